// A run for FiftyOne: rows, masks and images of all models side by side, an image at a time, so that memory does not grow with the run.
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { protocolFacts, type Registries, rowCheck } from "../../config/index.ts";
import { complain } from "../../core/errors.ts";
import { isMaskSet, maskSetFacts } from "../../core/mask-set-facts.ts";
import type { MaskRow, Row, ScoredRow } from "../../core/rows.ts";
import type { ImageSample } from "../../core/types.ts";
import { inWords } from "../../core/words.ts";
import { maskTargets } from "../../eval/index.ts";
import { makeFolder } from "../../formats/files.ts";
import { fiftyOneLine, fiftyOneScript, slug } from "../../report/export/index.ts";
import { jpegOfImage } from "../../report/index.ts";
import { readMasks, readRows } from "../../store/read-run.ts";
import type { Side } from "../compare/sides.ts";
import { type Context, shownPath } from "../context.ts";
import { type FindSample, sameTarget, sampleFinder } from "../find-samples.ts";
import { cannotWrite, writeOut } from "../write.ts";

export interface FiftyOneOptions {
  readonly dir: string;
  /** The first folder to look for images in. */
  readonly data: string | undefined;
  readonly known: Registries;
  /** The first side is the base of the others. */
  readonly compared: boolean;
}

/** Writes samples.jsonl, the images and the script that loads them; returns the names of all files. */
export async function exportFiftyOne(
  sides: readonly Side[],
  { dir, data, known, compared }: FiftyOneOptions,
  context: Context,
): Promise<string[]> {
  const [{ manifest }] = sides as [Side];
  const { plan } = manifest;
  const without = sides.find((side) => side.baseline !== undefined || !side.manifest.plan.masks);
  if (without !== undefined)
    throw complain(
      shownPath(without.path, context),
      without.baseline === undefined ? "was run without masks" : "is a baseline, which has no masks",
      { expected: "a run that keeps them, without --no-save-masks" },
    );
  const files = ["samples.jsonl", "load_fiftyone.py"];
  const find = sampleFinder(data, context);
  const runs = sides.map(({ path }) => path);
  const seek: FindSample = (of, sample, looking) => find(of, sample, { runs, ...looking });
  const benchmarks = new Map(plan.benchmarks.map((planned) => [planned.name, planned]));
  const protocols = plan.protocols.map((id) => protocolFacts(id, plan.metrics, known, plan));
  if (protocols.some(({ samples }) => samples === "clips"))
    throw complain(shownPath(sides[0]!.path, context), "is a run of clips", {
      expected: "a run of images (the film strips of clips are in the exports for wandb, mlflow and dvc)",
    });
  const placeOf = (protocol: string, clicks: number) =>
    protocols.find(({ id }) => id === protocol)?.measures.find(({ step }) => step?.clicks === clicks)?.at ??
    `${clicks} clicks`;
  const out = join(dir, files[0]!);
  const lines = await open(out, "w").catch(cannotWrite(out));
  try {
    for await (const { benchmark, sample, models } of samplesOf(sides, known)) {
      context.signal.throwIfAborted();
      const rows = models.flatMap((one) => one.rows);
      const { image, targets } = await scoredSample(seek, benchmarks.get(benchmark)!, sample, rows);
      const { width, height } = image;
      const file = `data/${slug(benchmark)}/${encodeURIComponent(sample)}.jpg`;
      await makeFolder(dirname(join(dir, file)));
      await writeOut(join(dir, file), await jpegOfImage(image));
      files.push(file);
      const line = fiftyOneLine({
        ...{ benchmark, sample, file, size: { width, height }, targets, models, placeOf, compared },
      });
      await lines.writeFile(`${line}\n`).catch(cannotWrite(out));
    }
  } finally {
    await lines.close();
  }
  await writeOut(join(dir, files[1]!), fiftyOneScript);
  return files;
}

/** The sample as it was scored: one of that name whose targets are those of the rows. */
async function scoredSample(
  find: FindSample,
  benchmark: Parameters<FindSample>[0],
  sample: string,
  rows: readonly Row[],
): Promise<ImageSample> {
  const looked: string[] = [];
  for await (const found of find(benchmark, sample, { look: (folder) => looked.push(folder) })) {
    if (found.kind !== "image") continue;
    const truths = new Map(found.targets.map((target) => [target.id, target]));
    const same = rows.every((row) => {
      if (row.status === "ok" && isMaskSet(row)) return sameImage(found, row);
      const truth = truths.get(row.target);
      return row.status !== "ok" || (truth?.status === "ok" && sameTarget(truth, row));
    });
    if (same) return found;
  }
  throw complain(`${benchmark.name}, ${sample}`, "the image that was scored was not found", {
    code: "not-found",
    expected: "its data on this machine (`data` names the folder that the benchmarks lie in)",
    got: `nothing of it in ${inWords(looked, "or")}`,
  });
}

/** Whether an image is the one that a row of all its masks is about: its size, and how many targets count. */
function sameImage({ image: { width, height }, targets }: ImageSample, row: ScoredRow): boolean {
  const counted = maskTargets(targets).filter(({ crowd }) => !crowd).length;
  return row.size?.width === width && row.size.height === height && maskSetFacts(row).targets[0] === counted;
}

interface SampleOfModels {
  readonly benchmark: string;
  readonly sample: string;
  readonly models: readonly { readonly name: string; readonly rows: Row[]; readonly masks: MaskRow[] }[];
}

/** The models' rows and masks image by image: every model has the images in the same order. */
async function* samplesOf(sides: readonly Side[], known: Registries): AsyncGenerator<SampleOfModels> {
  const streams = sides.map((side) => unitsOf(side, known));
  try {
    for (;;) {
      const units = await Promise.all(
        streams.map(async (stream) => (await stream.next()).value ?? undefined),
      );
      const [first] = units;
      if (first === undefined) return;
      const { benchmark, sample } = first;
      const models = units.map((unit, n) => {
        if (unit?.benchmark === benchmark && unit.sample === sample) return unit.models[0]!;
        throw complain(sides[n]!.path, `the rows of ${sides[n]!.name} are not in the order of the others`, {
          expected: `${benchmark}, ${sample}`,
          got: unit === undefined ? "their end" : `${unit.benchmark}, ${unit.sample}`,
        });
      });
      yield { benchmark, sample, models };
    }
  } finally {
    for (const stream of streams) await stream.return(undefined);
  }
}

/** One model's, with the masks of each image beside its rows. */
async function* unitsOf({ path, model, name }: Side, known: Registries): AsyncGenerator<SampleOfModels> {
  const masks = readMasks(path);
  let next = await masks.next();
  let rows: Row[] = [];
  const isOf = ({ benchmark, sample, model: of }: Row | MaskRow, row: Row) =>
    of === model && benchmark === row.benchmark && sample === row.sample;
  const unit = async (): Promise<SampleOfModels> => {
    const [first] = rows as [Row];
    const own: MaskRow[] = [];
    while (next.done !== true && next.value.model !== model) next = await masks.next();
    while (next.done !== true && isOf(next.value, first)) {
      own.push(next.value);
      next = await masks.next();
    }
    const { benchmark, sample } = first;
    return { benchmark, sample, models: [{ name, rows, masks: own }] };
  };
  for await (const row of readRows(path, rowCheck(known))) {
    if (row.model !== model) continue;
    if (rows[0] !== undefined && !isOf(row, rows[0])) {
      yield await unit();
      rows = [];
    }
    rows.push(row);
  }
  if (rows.length > 0) yield await unit();
  await masks.return(undefined);
}
