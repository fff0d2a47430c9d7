// Checks what is on disk against the card.
import { reasonOf } from "../core/errors.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import type { Dataset, Note, SampleRef, TargetEntry } from "../core/types.ts";
import { byCodeUnit } from "../formats/files.ts";

export interface CheckOptions {
  /** Load at most this many images, the first by id. Default: all. */
  readonly limit?: number | undefined;
  /** Load images and masks instead of only listing them. */
  readonly full?: boolean | undefined;
  /** Without `full`: load this many images, evenly spread over the list. */
  readonly samples?: number | undefined;
  /** Fewer images than expected are a problem, not a partial download. */
  readonly exact?: boolean | undefined;
  /** What the dataset was opened with. */
  readonly notes?: Notes | undefined;
}

export interface Found {
  readonly images: number;
  /** Images with at least one mask to score; undefined like `masks`. */
  readonly labelled: number | undefined;
  /** Masks to score; undefined where that is not known without loading everything. */
  readonly masks: number | undefined;
}

export interface DatasetProblem {
  /** The image's id; the card's name for the benchmark as a whole. */
  readonly where: string;
  readonly what: string;
}

/** Notes of one text: how often, and where first. */
export interface CountedNote extends Note {
  readonly count: number;
}

export interface Notes {
  take(note: Note): void;
  counted(): readonly CountedNote[];
}

export interface DatasetCheck {
  readonly found: Found;
  readonly expected: { readonly images?: number; readonly masks?: number };
  /** Only part of the split is there: fewer images than expected. */
  readonly part: boolean;
  /** Mean of the images whose masks are known; undefined where none are. */
  readonly masksPerImage: number | undefined;
  /** Number of images loaded, and of targets by status or reason. */
  readonly loaded: number;
  readonly targets: Readonly<Record<string, number>>;
  readonly problems: readonly DatasetProblem[];
  /** What was chosen or left out in silence, in code-unit order of the text. */
  readonly notes: readonly CountedNote[];
}

/** Counts from the listing; loaded images are counted exactly. Rejects a benchmark that cannot be listed. */
export async function checkDataset(
  card: DatasetCard,
  dataset: Dataset,
  { limit, full = false, samples = 0, exact = false, notes = collectNotes() }: CheckOptions = {},
): Promise<DatasetCheck> {
  const refs = await dataset.list();
  const problems: DatasetProblem[] = [];
  const targets: Record<string, number> = {};
  const scored: (number | undefined)[] = refs.map(({ masks }) => masks);
  const chosen = full ? range(Math.min(limit ?? refs.length, refs.length)) : spread(refs.length, samples);
  for (const i of chosen) scored[i] = await loadOne(refs[i]!, targets, problems);
  for (const [i, ref] of refs.entries())
    if (scored[i] === 0) notes.take({ what: "images without a mask to score", where: ref.id });
  const known = scored.filter((count) => count !== undefined);
  const sum = known.reduce((total, count) => total + count, 0);
  const counted =
    known.length < scored.length
      ? { masks: undefined, labelled: undefined }
      : { masks: sum, labelled: known.filter((count) => count > 0).length };
  const found = { images: refs.length, ...counted };
  const expected = card.expected ?? {};
  const part = !exact && expected.images !== undefined && found.images < expected.images;
  for (const key of ["images", "masks"] as const) {
    const [wanted, got] = [expected[key], found[key]];
    if (wanted === undefined || got === undefined || wanted === got || (part && got < wanted)) continue;
    const what = `wrong number of ${key}; expected ${wanted}, got ${got}`;
    problems.unshift({ where: card.name, what });
  }
  const masksPerImage = known.length === 0 ? undefined : sum / known.length;
  return {
    found,
    expected,
    part,
    masksPerImage,
    loaded: chosen.length,
    targets,
    problems,
    notes: notes.counted(),
  };
}

/** Counts notes of one text by where they are about: an image read twice counts once. */
export function collectNotes(): Notes {
  const byText = new Map<string, Map<string, Note>>();
  return {
    take(note: Note): void {
      const text = `${note.what}\n${note.key ?? ""}`;
      const places = byText.get(text) ?? new Map<string, Note>();
      byText.set(text, places.set(note.where, note));
    },
    counted: () =>
      [...byText]
        .sort(([a], [b]) => byCodeUnit(a, b))
        .map(([, places]) => {
          const first = [...places.keys()].sort(byCodeUnit)[0]!;
          return { ...places.get(first)!, count: places.size };
        }),
  };
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** At most `count` evenly spread indices below `length`, with the first and the last. */
export function spread(length: number, count: number): readonly number[] {
  if (count >= length) return range(length);
  const step = (length - 1) / Math.max(count - 1, 1);
  return range(count).map((i) => Math.round(i * step));
}

async function loadOne(
  ref: SampleRef,
  counts: Record<string, number>,
  problems: DatasetProblem[],
): Promise<number> {
  const count = (key: string) => {
    counts[key] = (counts[key] ?? 0) + 1;
  };
  try {
    const { targets } = await ref.load();
    for (const target of targets) {
      count(target.status === "dropped" ? `dropped ${target.reason}` : target.status);
      if (target.status === "failed")
        problems.push({ where: ref.id, what: `target ${target.id}: ${target.reason}` });
    }
    return targets.filter((target: TargetEntry) => target.status === "ok").length;
  } catch (error) {
    count("images failed");
    problems.push({ where: ref.id, what: reasonOf(error) });
    return 0;
  }
}
