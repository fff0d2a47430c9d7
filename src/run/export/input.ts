// What a road out takes of a run or a comparison: numbers by model or by pair, and pictures.
import { oneOf, type Plugins, type Registries } from "../../config/index.ts";
import { complain, reasonOf } from "../../core/errors.ts";
import type { MeasureNote } from "../../core/measure.ts";
import type { Comparison } from "../../core/results.ts";
import { summarizeTimes } from "../../core/timing.ts";
import {
  type ExportedPicture,
  type ExportInput,
  numbersOfComparison,
  numbersOfRun,
  slug,
  type Wanted,
} from "../../report/export/index.ts";
import type { Picture } from "../../report/index.ts";
import { readTimes } from "../../store/read-run.ts";
import { isCalled, unknownMeasure } from "../compare/compare.ts";
import { compareGallery } from "../compare/gallery.ts";
import { openSides, type Side } from "../compare/sides.ts";
import { type Context, shownPath } from "../context.ts";
import { noteUnknown } from "../own-names.ts";
import { summaryOf } from "../read.ts";
import { readGallery } from "../report/gallery.ts";
import { readStrips } from "../report/tracks.ts";

export interface ExportOptions {
  /** The folder to write: new, empty, or an earlier export. */
  readonly out: string;
  /** Names or ids of measures to export beside the main ones. */
  readonly metrics?: readonly string[] | undefined;
  /** `BENCHMARK=ORG/DATASET`: ids on the Hugging Face Hub. */
  readonly hub?: readonly string[] | undefined;
  /** Where the data lie, for images. */
  readonly data?: string | undefined;
  /** Custom protocols and metrics that the run names. */
  readonly plugins?: Plugins | undefined;
}

export interface DrawnPicture extends ExportedPicture {
  /** WebP. */
  readonly source: Uint8Array;
}

/** Numbers and pictures, before those that a tool takes are written. */
export interface DrawnInput extends Omit<ExportInput, "pictures"> {
  readonly drawn: readonly DrawnPicture[];
}

/** Of the models of a run. */
export async function runInput(
  sides: readonly Side[],
  { metrics = [], hub = [] }: ExportOptions,
  known: Registries,
  context: Context,
): Promise<DrawnInput> {
  const [{ path }] = sides as [Side];
  const { manifest, summary } = await summaryOf(path, known, context);
  noteUnknown(shownPath(path, context), manifest.plan, known, context);
  const times = await summarizeTimes(readTimes(path));
  const models = sides.map(({ model }) => model);
  const benchmarks = new Map(summary.benchmarks.map((one) => [one.name, one]));
  const gallery = (await readGallery(path)).filter(({ model }) => models.includes(model));
  const strips = (await readStrips(path)).filter(({ model }) => models.includes(model));
  return {
    ...{ kind: "run", name: summary.run, title: summary.title, benchmarks },
    sets: numbersOfRun({ summary, manifest, times }, wantedOf(summary.protocols, metrics)).filter(
      ({ name }) => models.includes(name),
    ),
    hub: hubIds(hub, [...benchmarks.keys()]),
    drawn: [
      ...gallery.map(({ model, benchmark, kind, picture }, n) => ({
        ...drawnPicture(model, [model, benchmark, kind, numbered(n)], picture),
        caption: `${kind}: ${picture.alt}`,
      })),
      ...strips.flatMap(({ model, benchmark, protocol, kind, frames }, n) =>
        frames.map(({ frame, picture }) => ({
          ...drawnPicture(model, [model, benchmark, kind, numbered(n), frame], picture),
          caption: `${protocol}, ${kind}: ${picture.alt}`,
        })),
      ),
    ],
  };
}

/** Of a comparison, with the pictures of what changed most. */
export async function comparisonInput(
  comparison: Comparison,
  { metrics = [], data }: ExportOptions,
  known: Registries,
  context: Context,
): Promise<DrawnInput> {
  const sets = numbersOfComparison(comparison, wantedOf(comparison.protocols, metrics));
  const names = new Map(comparison.candidates.map(({ name }, n) => [name, sets[n]!.name]));
  const { changes, strips = [], missing } = await changesOf(comparison, { data, known }, context);
  for (const text of missing) context.onEvent({ type: "note", text });
  const both = ["base", "candidate"] as const;
  const drawn = [
    ...changes.flatMap(({ candidateName: of, benchmark, pictures }, n) =>
      both.map((side) => drawnPicture(names.get(of)!, [of, benchmark, numbered(n), side], pictures[side])),
    ),
    ...strips.flatMap(({ candidateName: of, benchmark, strips: own }, n) =>
      both.flatMap((side) =>
        own[side].map(({ frame, picture }) =>
          drawnPicture(names.get(of)!, [of, benchmark, numbered(n), side, frame], picture),
        ),
      ),
    ),
  ];
  const title = `${comparison.candidates.map((side) => side.title).join(", ")} against ${comparison.base.title}`;
  const name = [comparison.base, ...comparison.candidates].map((side) => side.name).join(" vs ");
  const benchmarks = new Map(comparison.benchmarks.map((one) => [one.name, one]));
  return { kind: "comparison", name, title, benchmarks, sets, hub: new Map(), drawn };
}

/** The runs and baselines of a comparison, where they still are. */
export async function sidesOf({ base, candidates }: Comparison, context: Context): Promise<Side[]> {
  return openSides(
    [base, ...candidates].map(({ folder = "", model }) => `${folder}:${model}`),
    undefined,
    context,
  );
}

/** The pictures of a comparison, drawn again where its runs and their data are still there. */
async function changesOf(
  comparison: Comparison,
  from: { readonly data: string | undefined; readonly known: Registries },
  context: Context,
) {
  const sides = await sidesOf(comparison, context).catch((cause: unknown) => reasonOf(cause));
  if (typeof sides === "string") return { changes: [], missing: [`No pictures: ${sides}`] };
  return compareGallery(comparison, sides, from, context);
}

function numbered(place: number): string {
  return String(place + 1).padStart(3, "0");
}

function drawnPicture(of: string, parts: readonly string[], { src, alt }: Picture): DrawnPicture {
  const source = Buffer.from(src.slice(src.indexOf(",") + 1), "base64");
  return { of, file: `media/${parts.map(slug).join("-")}.jpg`, caption: alt, source };
}

function wantedOf(
  protocols: readonly { readonly measures: readonly MeasureNote[] }[],
  asked: readonly string[],
): Wanted {
  const all = protocols.flatMap(({ measures }) => measures);
  for (const name of asked)
    if (!all.some((measure) => isCalled(measure, name))) throw unknownMeasure(name, all);
  return (measure) => measure.show === "main" || asked.some((name) => isCalled(measure, name));
}

/** `BENCHMARK=ORG/DATASET` as a map. */
function hubIds(words: readonly string[], benchmarks: readonly string[]): Map<string, string> {
  return new Map(
    words.map((word) => {
      const [, benchmark, id] = /^([^=]+)=([\w.-]+\/[\w.-]+)$/.exec(word) ?? [];
      if (benchmark !== undefined && id !== undefined && benchmarks.includes(benchmark))
        return [benchmark, id];
      const names = benchmark !== undefined && id !== undefined;
      throw complain(
        { path: "hub" },
        names ? "is not a benchmark of this run" : "is not a benchmark and its id on the Hugging Face Hub",
        {
          expected: names ? oneOf(benchmarks) : "BENCHMARK=ORG/DATASET",
          got: JSON.stringify(names ? benchmark : word),
        },
      );
    }),
  );
}
