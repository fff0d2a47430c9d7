// The user's own files as a benchmark without a card: their format is recognised, and the card is part of the plan.

import { open } from "node:fs/promises";
import { join } from "node:path";
import { runDefaults } from "../../core/defaults.ts";
import { complain, type Problem, reasonOf, SegbenchError } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import { groupBy } from "../../core/group-by.ts";
import { kindOf } from "../../core/plan.ts";
import { plural } from "../../core/words.ts";
import type { FoundClips, Reading, RecognisedData } from "../../datasets/recognise/index.ts";
import { resolveInput } from "../paths.ts";
import type { MadeBenchmark, Preparation } from "../plugins.ts";
import type { Overrides, OwnData, PlanRequest, RunSource } from "../request.ts";
import { readPhrases } from "./phrases.ts";

/** Says which format files are in, of so many `images`; `others` are paths of which it is not said what they are. */
export async function recogniseOwnData(
  { format, phrases: _, ...written }: OwnData & { readonly others?: readonly string[] },
  preparation: Pick<Preparation, "cwd" | "env" | "registries" | "onStep">,
  images?: number,
): Promise<RecognisedData> {
  const { recogniseData } = await import("../../datasets/recognise/index.ts");
  const { adapters, openDataset } = preparation.registries;
  const { others, ...named } = written;
  const paths = Object.entries(named).flatMap(([key, text]) =>
    text === undefined ? [] : [[key, absolutePath(text, preparation, key)] as const],
  );
  return recogniseData(
    {
      ...Object.fromEntries(paths),
      ...(others && { others: others.map((text) => absolutePath(text, preparation)) }),
    },
    {
      format,
      formats: Object.keys(adapters).filter(
        (format) => format !== "any-of" && kindOf({ adapter: { format } }) === "image",
      ),
      open: openDataset,
      images,
      onFile: (name) => preparation.onStep?.({ what: "looks", name }),
    },
  );
}

/** Absolute, of those that can be told. */
export function inputsOf(
  { images, video, masks, annotations }: OwnData = {},
  { cwd, env }: Pick<Preparation, "cwd" | "env">,
): readonly string[] {
  return [images, video, masks, annotations].flatMap((text) => {
    const found = text === undefined ? undefined : resolveInput(text, { cwd, env, base: cwd });
    return found !== undefined && "path" in found ? [found.path] : [];
  });
}

/** The request with the benchmark among its names, and what was made; what is wrong and what was chosen is added to the lists. */
export async function prepareOwnData(
  request: PlanRequest,
  about: AboutRun,
  preparation: Preparation,
): Promise<{ readonly request: PlanRequest; readonly made: ReadonlyMap<string, MadeBenchmark | undefined> }> {
  const own = request.ownData!;
  const asked = areAskedPhrases(own, about, preparation) ? runDefaults.usualProtocols.concept : undefined;
  const overrides: Overrides = { ...request.overrides, ...given({ protocols: asked }) };
  if (overrides.data !== undefined && overrides.benchmarks === undefined)
    preparation.problems.push({
      where: { path: "data" },
      what: "is the folder of all benchmarks that have a card, and none is named",
      expected: "`images`, `masks` and `annotations` without it",
    });
  let name = "own-data";
  let made: MadeBenchmark | undefined;
  try {
    if (own.video !== undefined) {
      const { card, root, notes, ...found } = await ownClips(own, preparation);
      name = found.name;
      made = { card, root };
      preparation.notes.push(...notes);
    } else {
      const found = await recogniseOwnData(own, preparation);
      name = found.name;
      const reading = chosen(found, own);
      const protocols = asked ?? about.said.value.protocols;
      const ofPhrases = protocols?.some((id) => preparation.registries.protocols[id]?.phrases === true);
      if (own.phrases !== undefined || ofPhrases === true) {
        const { card, note } = await asPhrases(reading, own, preparation);
        made = { card, root: reading.root };
        // Entries that are phrases are no images: what was counted of them is of another reading.
        const said = card.adapter.format === phrasesFormat ? saidOf(reading, found) : [];
        preparation.notes.push(...said, `${name}: ${note}`);
      } else {
        made = reading;
        preparation.notes.push(...saidOf(reading, found));
      }
    }
  } catch (error) {
    preparation.problems.push(
      ...(error instanceof SegbenchError
        ? error.problems
        : [{ where: "", what: reasonOf(error), cause: error }]),
    );
  }
  const others = (overrides.benchmarks ?? []).filter((other) => other !== name);
  const benchmarks = [...others, name];
  return { request: { ...request, overrides: { ...overrides, benchmarks } }, made: new Map([[name, made]]) };
}

/** What is known of a run before its own data are looked at. */
interface AboutRun {
  readonly said: RunSource;
  /** Of its models. */
  readonly families: readonly string[];
}

/** Of annotations of one's own that say nothing of protocols, models of phrases are asked the phrases, or all names of categories. */
function areAskedPhrases(
  { phrases, video }: OwnData,
  { said: { value, words, problems }, families: own }: AboutRun,
  { registries: { families } }: Preparation,
): boolean {
  const saysOthers = [value.protocols, value.points, words.box, phrases, video].some(
    (one) => one !== undefined,
  );
  const saysWhole = problems.every(({ code }) => code === "missing-key");
  const areOfPhrases = own.length > 0 && own.every((family) => families[family]?.kind === "concept");
  return saysWhole && !saysOthers && areOfPhrases;
}

/** Of COCO's layout, names of categories are the phrases. */
const phrasesFormat = "coco-phrases";

/** COCO's layout read as phrases: those that its entries have, as SA-Co's do, or the names of its categories, all or those that are asked. */
async function asPhrases(
  { card, root, format, categories: names }: Reading,
  { phrases }: OwnData,
  preparation: Preparation,
): Promise<Pick<Reading, "card"> & { readonly note: string }> {
  const { annotations, images } = card.adapter as {
    readonly annotations?: unknown;
    readonly images?: unknown;
  };
  if (format !== "coco" || !Array.isArray(annotations))
    throw complain({ path: "annotations" }, "have no names that phrases could be", {
      expected: "COCO's layout: its names of categories are the phrases; or SA-Co's, which has phrases",
      got: format,
    });
  const files = annotations as readonly string[];
  if ((await Promise.all(files.map((name) => hasPhrases(join(root, name))))).includes(true)) {
    if (phrases !== undefined)
      throw complain({ path: "phrases" }, "are in the annotations (text_input)", {
        expected: "`protocols` concept@1 in place of `phrases`",
      });
    const adapter = { format: "sa-co", annotations, images } as unknown as typeof card.adapter;
    return { card: { ...card, adapter }, note: "an entry of images for each phrase, as in SA-Co (sa-co)" };
  }
  const { plainName } = await import("../../datasets/shared/coco-images.ts");
  const wanted =
    phrases === undefined ? names : await readPhrases(phrases, preparation, preparation.problems);
  // A category is asked for by its name, or by the phrase that it becomes.
  const isAsked = (name: string) => wanted.includes(name) || wanted.includes(plainName(name));
  const asked = names.filter(isAsked);
  const stranger = wanted.find((one) => !asked.some((name) => name === one || plainName(name) === one));
  if (stranger !== undefined)
    throw complain({ path: "phrases" }, "is no category of the annotations, so that nothing is known of it", {
      expected: names.slice(0, 12).join(", ") + (names.length > 12 ? ", ..." : ""),
      got: stranger,
    });
  const excludeCategories = names.filter((one) => !asked.includes(one));
  const own = {
    ...card.adapter,
    format: phrasesFormat,
    ...(excludeCategories.length > 0 && { excludeCategories }),
  };
  const note = `${plural(asked.length, "name")} of categories asked of every image (${phrasesFormat})`;
  return { card: { ...card, adapter: own as unknown as typeof card.adapter }, note };
}

/** Whether the entries of its images have phrases, by the file's beginning. */
async function hasPhrases(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2 ** 16), 0, 2 ** 16, 0);
    return buffer.subarray(0, bytesRead).includes('"text_input"');
  } finally {
    await file.close();
  }
}

function absolutePath(text: string, preparation: Pick<Preparation, "cwd" | "env">, key?: string): string {
  const resolved = resolveInput(text, { ...preparation, base: preparation.cwd });
  if ("path" in resolved) return resolved.path;
  throw complain({ where: key === undefined ? text : { path: key }, ...resolved });
}

/** `video` with `masks`; nothing else goes with it. */
async function ownClips(
  { video, masks, phrases: _, ...others }: OwnData,
  preparation: Pick<Preparation, "cwd" | "env">,
): Promise<FoundClips> {
  for (const [key, got] of Object.entries(given({ ...others })))
    throw complain({ path: key }, "does not go with video", { expected: "video with masks", got });
  const { recogniseClips } = await import("../../datasets/recognise/index.ts");
  return recogniseClips({
    video: absolutePath(video!, preparation, "video"),
    masks: masks === undefined ? undefined : absolutePath(masks, preparation, "masks"),
  });
}

/** The reading that is taken; rejects where none fits, or where several are as likely. */
export function chosen({ readings, alike, missing, files }: RecognisedData, own: OwnData = {}): Reading {
  const [first] = readings;
  if (first !== undefined && alike === 1) return first;
  const path = (["annotations", "masks", "images"] as const).find((key) => own[key] !== undefined);
  const where: Problem["where"] = path === undefined ? "" : { path };
  if (first === undefined && own.phrases !== undefined && path === "images")
    throw complain({ path: "phrases" }, "have no annotations to be scored against", {
      expected: "`annotations`; without them the verb masks, and in code `masks`, writes the answers",
    });
  if (first === undefined)
    throw complain(
      where,
      `no format fits${own.format === undefined ? "" : ` (${own.format} was asked for)`}`,
      {
        code: "no-samples",
        expected: `images with masks named like them, or annotations: segbench list formats has all of them${path === "images" ? " (models of phrases are asked without them: `phrases`)" : ""}`,
        got: missing.length === 0 ? `${files} files` : missing.slice(0, 4).join("; "),
      },
    );
  const listed = readings.slice(0, alike);
  throw complain(where, "can be read in several ways", {
    expected: deciding(listed),
    got: listed.slice(0, 4).map(wordsOf).join("; "),
  });
}

/** The flag that tells readings apart. */
function deciding(readings: readonly Reading[]): string {
  const formats = [...new Set(readings.map(({ format }) => format))];
  if (formats.length === readings.length) return `one of them: --format ${formats.join(" or ")}`;
  const pictures = readings.some(({ format }) => format === "label-png" || format === "mask-files");
  return pictures
    ? "one of them: --masks FOLDER, or --masks 'FOLDER/*_mask.png'"
    : "one of them: --annotations FILE";
}

/** "one mask for each image (mask-files), photos/{image}.jpg and masks/{image}.png, values 0, 255 in 3 of 3" */
export function wordsOf({ title, format, why, card }: Reading): string {
  const { images, ...rest } = card.adapter as unknown as {
    readonly images?: unknown;
    readonly [key: string]: unknown;
  };
  const others = [images, rest.masks, rest.labels].filter((one) => typeof one === "string");
  const patterns = others.length === 2 ? [others.join(" and ")] : [];
  return [`${title} (${format})`, ...patterns, why].join(", ");
}

/** What was taken, a line each: how it is read, what was not seen, what was chosen. */
function saidOf(reading: Reading, { name, readings }: RecognisedData): readonly string[] {
  const { format, images, masks, unseen, notes } = reading;
  const others = [...groupBy(readings.slice(1), (other) => other.format).values()].flatMap(([other]) =>
    other === undefined || other.format === format ? [] : [other],
  );
  const counted = masks === undefined ? "masks not counted" : plural(masks, "mask");
  return [
    `${name}: ${wordsOf(reading)}: ${plural(images, "image")}, ${counted}`,
    ...[...unseen, ...notes].map((text) => `${name}: ${text}`),
    ...others.map(
      (other) =>
        `${name}: ${other.title}${other.notes[0] === undefined ? "" : ` (${other.notes[0]})`} would fit too: --format ${other.format}`,
    ),
  ];
}
