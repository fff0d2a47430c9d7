// Checks what is on disk against the card.

import type { Note } from "../core/errors.ts";
import { codeOf, reasonOf } from "../core/errors.ts";
import { given } from "../core/given.ts";
import { type Kind, kindOf, nounOf } from "../core/plan.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import type {
  Clip,
  ConceptSample,
  Dataset,
  ImageSample,
  Sample,
  SampleRef,
  Size,
  Track,
} from "../core/types.ts";
import { byCodeUnit } from "../formats/files.ts";
import { sizeText } from "./shared/targets.ts";

/** What is counted of images, of clips, and of images with phrases. */
export const counted = {
  image: ["images", "masks"],
  clip: ["clips", "frames", "tracks", "masks"],
  concept: ["images", "phrases", "masks"],
} as const;
export type Count = (typeof counted)[keyof typeof counted][number];
export type CountsOf = Readonly<Partial<Record<Count, number>>>;

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

/** Samples of the benchmark and what they hold; what is not known without loading everything is left out. */
export interface Found extends CountsOf {
  /** Samples with at least one target to score. */
  readonly labelled?: number | undefined;
}

export interface DatasetProblem {
  /** The sample's id; the card's name for the benchmark as a whole. */
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
  readonly expected: CountsOf;
  /** Only part of the split is there: fewer samples than expected. */
  readonly part: boolean;
  /** Means of the samples of which it is known. */
  readonly each: CountsOf;
  /** Number of samples loaded, and of targets by status or reason. */
  readonly loaded: number;
  readonly targets: Readonly<Record<string, number>>;
  readonly problems: readonly DatasetProblem[];
  /** What was chosen or left out in silence, in code-unit order of the text. */
  readonly notes: readonly CountedNote[];
}

/** Counts from the listing; loaded samples are counted exactly. Rejects a benchmark that cannot be listed. */
export async function checkDataset(
  card: DatasetCard,
  dataset: Dataset<Sample>,
  { limit, full = false, samples = 0, exact = false, notes = collectNotes() }: CheckOptions = {},
): Promise<DatasetCheck> {
  const kind = kindOf(card);
  const refs = await dataset.list();
  const problems: DatasetProblem[] = [];
  const targets: Record<string, number> = {};
  const own: CountsOf[] = refs.map((ref) =>
    kind === "clip"
      ? { clips: 1, ...known({ frames: ref.frames, tracks: ref.masks }) }
      : { images: 1, ...known({ masks: ref.masks }) },
  );
  const chosen = full ? range(Math.min(limit ?? refs.length, refs.length)) : spread(refs.length, samples);
  for (const i of chosen) own[i] = await loadOne(refs[i]!, { kind, targets, problems, notes });
  const [one] = counted[kind];
  const scored = own.map((counts) => (kind === "clip" ? counts.tracks : counts.masks));
  // Of phrases those that name nothing are scored too.
  for (const [i, ref] of refs.entries())
    if (scored[i] === 0 && kind !== "concept")
      notes.take({
        what: `${one} without a ${kind === "image" ? "mask" : "target"} to score`,
        where: ref.id,
      });
  const sums: Partial<Record<Count, number>> = {};
  const each: Partial<Record<Count, number>> = {};
  for (const key of counted[kind]) {
    const values = own.flatMap((counts) => counts[key] ?? []);
    const sum = values.reduce((total, value) => total + value, 0);
    if (values.length === own.length) sums[key] = sum;
    if (values.length > 0) each[key] = sum / values.length;
  }
  const labelled = scored.every((count) => count !== undefined)
    ? scored.filter((count) => count > 0).length
    : undefined;
  const found: Found = { ...sums, ...known({ labelled }) };
  const expected = card.expected ?? {};
  const part = !exact && expected[one] !== undefined && refs.length < expected[one];
  for (const key of counted[kind]) {
    const [wanted, got] = [expected[key], found[key]];
    if (wanted === undefined || got === undefined || wanted === got || (part && got < wanted)) continue;
    const what = `wrong number of ${key}; expected ${wanted}, got ${got}`;
    problems.unshift({ where: card.name, what });
  }
  return { found, expected, part, each, loaded: chosen.length, targets, problems, notes: notes.counted() };
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

interface Looking {
  readonly kind: Kind;
  readonly targets: Record<string, number>;
  readonly problems: DatasetProblem[];
  readonly notes: Notes;
}

/** What a sample holds; what is wrong with it is added. */
async function loadOne(ref: SampleRef<Sample>, looking: Looking): Promise<CountsOf> {
  const { kind, problems } = looking;
  try {
    const sample = await ref.load();
    if (sample.kind === "concept") return await lookFor(ref, sample, looking);
    return sample.kind === "image" ? lookAt(ref, sample, looking) : await lookThrough(ref, sample, looking);
  } catch (error) {
    count(looking, `${nounOf(kind)}s failed`);
    problems.push({ where: ref.id, what: reasonOf(error) });
    return kind === "clip"
      ? { clips: 1, frames: ref.frames ?? 0, tracks: 0, masks: 0 }
      : { images: 1, masks: 0, ...(kind === "concept" && { phrases: 0 }) };
  }
}

function count({ targets }: Looking, key: string): void {
  targets[key] = (targets[key] ?? 0) + 1;
}

function lookAt(
  { id }: { readonly id: string },
  {
    targets,
  }: { readonly targets: readonly (ImageSample["targets"][number] | ConceptSample["queries"][number])[] },
  looking: Looking,
): CountsOf {
  for (const target of targets) {
    count(looking, target.status === "dropped" ? `dropped ${target.reason}` : target.status);
    if (target.status === "failed")
      looking.problems.push({ where: id, what: `target ${target.id}: ${target.reason}` });
  }
  return { images: 1, masks: targets.filter(({ status }) => status === "ok").length };
}

/** The image is decoded, though scores do without it: where there is none that is noted. */
async function lookFor(
  { id }: { readonly id: string },
  { image, size, queries }: ConceptSample,
  looking: Looking,
): Promise<CountsOf> {
  try {
    const { width, height } = await image();
    if (sizeText({ width, height }) !== sizeText(size))
      looking.problems.push({
        where: id,
        what: `image and annotations differ in size; expected ${sizeText(size)}, got ${sizeText({ width, height })}`,
      });
  } catch (error) {
    if (codeOf(error) === "not-found")
      looking.notes.take({ what: "no image: it can be scored, not looked at", where: id });
    else looking.problems.push({ where: id, what: reasonOf(error) });
  }
  const counts = lookAt({ id }, { targets: queries }, looking);
  const masks = queries.reduce(
    (sum, query) => sum + (query.status === "ok" ? query.annotators[0]!.masks.length : 0),
    0,
  );
  return { images: 1, phrases: counts.masks!, masks };
}

/** Every frame's header and every mask. */
async function lookThrough(
  { id: where }: { readonly id: string },
  { frames, tracks }: Clip,
  looking: Looking,
): Promise<CountsOf> {
  const said = new Set<string>();
  const wrong = (what: string) => {
    // One file may be of several targets.
    if (!said.has(what)) looking.problems.push({ where, what });
    said.add(what);
  };
  const seen = new Map<string, number>();
  const labelled = tracks.map((track) => ({ track, in: new Set(track.labelled) }));
  let whole: Size | undefined;
  for (const frame of frames) {
    const size = await Promise.resolve(frame.size?.() ?? frame.load()).catch((error: unknown) => {
      wrong(reasonOf(error));
      return undefined;
    });
    whole ??= size;
    if (size !== undefined && sizeText(size) !== sizeText(whole!))
      wrong(
        `frame ${frame.id} differs in size from the first; expected ${sizeText(whole!)}, got ${sizeText(size)}`,
      );
    for (const { track } of labelled.filter((one) => one.in.has(frame.id))) {
      const mask = await track.mask(frame.id).catch((error: unknown) => {
        wrong(reasonOf(error));
        return undefined;
      });
      if (mask === undefined) continue;
      seen.set(track.id, (seen.get(track.id) ?? 0) + 1);
      if (size !== undefined && sizeText(mask) !== sizeText(size))
        wrong(
          `frame ${frame.id}: mask and frame differ in size; expected ${sizeText(size)}, got ${sizeText(mask)}`,
        );
    }
  }
  for (const track of tracks) judgeTrack(track, seen.has(track.id), where, looking);
  const masks = [...seen.values()].reduce((sum, one) => sum + one, 0);
  return { clips: 1, frames: frames.length, tracks: seen.size, masks };
}

function judgeTrack({ id, labelled }: Track, seen: boolean, where: string, looking: Looking): void {
  count(looking, seen ? "ok" : "failed");
  if (!seen)
    looking.problems.push({ where, what: `target ${id}: it is in none of the clip's labelled frames` });
  if (seen && labelled.length < 3) {
    const what =
      "clips with targets labelled in fewer than three frames: the first and the last do not count";
    looking.notes.take({ what, where });
  }
}

function known<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return given(values) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
