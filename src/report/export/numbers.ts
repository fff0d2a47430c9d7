// The numbers of a run or a comparison as other tools keep them: by name, with their intervals, one set for each model or pair.
import { given } from "../../core/given.ts";
import type { MeasureNote } from "../../core/measure.ts";
import type { Manifest } from "../../core/plan.ts";
import type { Comparison, Estimate, Summary } from "../../core/results.ts";
import type { ModelCalls, ModelTimes } from "../../core/timing.ts";
import { plural } from "../../core/words.ts";

/** A file that is written, by its name below the export's folder. */
export interface ExportFile {
  readonly file: string;
  readonly content: string | Uint8Array;
}

/** A picture that is written beside the numbers. */
export interface ExportedPicture {
  /** Name of the set that it belongs to. */
  readonly of: string;
  readonly file: string;
  readonly caption: string;
}

/** What every exporter makes its files from. */
export interface ExportInput {
  readonly kind: "run" | "comparison";
  readonly name: string;
  readonly title: string;
  /** By name. */
  readonly benchmarks: ReadonlyMap<string, { readonly title: string; readonly drawn?: boolean }>;
  readonly sets: readonly NumberSet[];
  readonly pictures: readonly ExportedPicture[];
  /** Ids on the Hugging Face Hub by benchmark, as far as they are known. */
  readonly hub: ReadonlyMap<string, string>;
}

/** A road to another tool. */
export interface Exporter {
  readonly summary: string;
  /** true: pictures are written for it. */
  readonly pictures?: true;
  /** true: only of runs. */
  readonly runsOnly?: true;
  /** What to type next, where the files lie in `dir`. */
  readonly next: (dir: string, input: Pick<ExportInput, "sets">) => string;
  readonly files: (input: ExportInput) => readonly ExportFile[];
}

/** A number and where it stands; of a comparison the candidate minus the base, and both sides. */
export interface ExportedNumber {
  readonly protocol: string;
  /** A benchmark's name, `suite (macro)`, `suite (micro)` or a domain's. */
  readonly place: string;
  readonly note: MeasureNote;
  readonly estimate: Estimate;
  readonly pair?: { readonly base: number; readonly candidate: number; readonly p: number };
}

/** What one model, or one pair of models, gave. */
export interface NumberSet {
  readonly name: string;
  readonly title: string;
  /** What was evaluated and how, for a tracker's settings; texts and numbers alone. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  readonly numbers: readonly ExportedNumber[];
  /** How long calls took, where that was recorded. */
  readonly calls?: ModelCalls;
}

/** Whether a measure is exported: the main ones, and those requested by name or id. */
export type Wanted = (measure: MeasureNote) => boolean;

/** The mean over benchmarks, and that over all targets. */
export const macro = "suite (macro)";
export const micro = "suite (micro)";

interface MeasuredRun {
  readonly summary: Summary;
  readonly manifest: Manifest;
  readonly times: readonly ModelTimes[];
}

/** One set for each model: its suites first, then benchmark by benchmark in the order of the plan. */
export function numbersOfRun({ summary, manifest, times }: MeasuredRun, wanted: Wanted): NumberSet[] {
  const { models, protocols, benchmarks, cells, suites } = summary;
  const notes = notesOf(protocols, wanted);
  return models.map(({ name, title }): NumberSet => {
    const numbers = protocols.flatMap(({ id: protocol }) => {
      const own = <T extends { readonly model: string; readonly protocol: string }>(all: readonly T[]) =>
        all.filter((one) => one.model === name && one.protocol === protocol);
      const over = own(suites).filter(() => benchmarks.length > 1);
      const places = [
        ...over.map(({ measures }) => ({ place: macro, of: (id: string) => measures[id]?.macro })),
        ...over.map(({ measures }) => ({ place: micro, of: (id: string) => measures[id]?.micro })),
        ...own(cells).map(({ benchmark, measures }) => ({
          place: benchmark,
          of: (id: string) => measures[id],
        })),
      ];
      return places.flatMap(({ place, of }) =>
        (notes.get(protocol) ?? []).flatMap((note): ExportedNumber[] => {
          const estimate = of(note.id);
          return estimate === undefined ? [] : [{ protocol, place, note, estimate }];
        }),
      );
    });
    const calls = times.find(({ model }) => model === name)?.calls;
    return { name, title, facts: runFacts({ summary, manifest }, name), numbers, ...given({ calls }) };
  });
}

/** One set for each candidate: its differences from the base. */
export function numbersOfComparison({ base, candidates, protocols, pairs }: Comparison, wanted: Wanted) {
  const notes = notesOf(protocols, wanted);
  const noteOf = (protocol: string, id: string) => notes.get(protocol)?.find((note) => note.id === id);
  return pairs.map(({ candidate, groups, cells, differences }, n): NumberSet => {
    const places = [
      ...groups.map(({ kind, name, ...group }) => ({ ...group, place: kind === "overall" ? macro : name })),
      ...cells.map(({ benchmark, ...cell }) => ({ ...cell, place: benchmark })),
    ];
    const side = candidates[n]!;
    const facts = {
      ...{ base: base.name, candidate, "base plan": base.plan, "candidate plan": side.plan },
      ...(differences.length === 0 ? {} : { differences: differences.join("; ") }),
    };
    const numbers = places.flatMap(({ place, protocol, measures }) =>
      measures.flatMap(({ measure, difference, ...own }): ExportedNumber[] => {
        const note = noteOf(protocol, measure);
        const pair = { base: own.base, candidate: own.candidate, p: "holm" in own ? own.holm : own.p };
        return note === undefined ? [] : [{ protocol, place, note, estimate: difference, pair }];
      }),
    );
    return {
      name: `${candidate} - ${base.name}`,
      title: `${side.title} minus ${base.title}`,
      facts,
      numbers,
    };
  });
}

function notesOf(protocols: Summary["protocols"], wanted: Wanted): Map<string, MeasureNote[]> {
  return new Map(protocols.map(({ id, measures }) => [id, measures.filter(wanted)]));
}

function runFacts({ summary, manifest }: Pick<MeasuredRun, "summary" | "manifest">, model: string) {
  const { plan, planHash, software } = manifest;
  const files = plan.models.find(({ name }) => name === model)?.files ?? [];
  const drawn = new Set(manifest.drawn ?? []);
  return {
    ...{ run: summary.run, model, plan: planHash, segbench: software.segbench ?? "" },
    ...{
      seed: plan.seed,
      threads: plan.threads,
      provider: plan.provider,
      protocols: plan.protocols.join(", "),
    },
    benchmarks: plan.benchmarks
      .map(({ name, images }) => `${name} (${plural(images, drawn.has(name) ? "drawn miniature" : "image")})`)
      .join(", "),
    ...given({ limit: plan.limit }),
    ...Object.fromEntries(
      files.map(({ path, sha256 }) => [`sha256 of ${slug(path.replace(/^.*\//, ""))}`, sha256]),
    ),
  };
}

/** The parts of an estimate beside its value; `images`: clusters, which intervals are over. */
export function aroundOf({ low, high, n, clusters, few }: Estimate) {
  return { ...given({ low, high }), targets: n, images: clusters, ...given({ few }) };
}

/** What trackers take as part of a name: letters, digits, `-` and `_`, with `_` for the rest: `iou@1` -> `iou_1`. */
export function slug(text: string): string {
  return text.replace(/[^A-Za-z0-9-]+/g, "_").replace(/^_+|_+$/g, "");
}

/** A place on an axis of its measure, and the number there. */
interface Point {
  readonly x: number;
  readonly value: number;
}

/** A measure along its axis: IoU by clicks. */
export interface Curve extends Pick<ExportedNumber, "protocol" | "place"> {
  /** Of the measures: the part of their ids before the `@`. */
  readonly name: string;
  readonly title: string;
  readonly axis: string;
  readonly points: readonly Point[];
}

/** Every measure that was taken at two places of an axis or more. */
export function curvesOf(numbers: readonly ExportedNumber[]): Curve[] {
  const curves = new Map<string, Curve & { readonly points: Point[] }>();
  for (const { protocol, place, note, estimate } of numbers) {
    if (note.axis === undefined || note.boundOf !== undefined) continue;
    const { name: axis, value: x } = note.axis;
    const key = JSON.stringify([protocol, place, note.name, axis]);
    const curve = curves.get(key) ?? { protocol, place, name: note.name, title: note.of, axis, points: [] };
    curve.points.push({ x, value: estimate.value });
    curves.set(key, curve);
  }
  return [...curves.values()].filter(({ points }) => points.length > 1);
}
