// `inspect` of data: which format a user's own files are in, and the card for them.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { chosenReading, type OwnData, recogniseOwnData, registries } from "../config/index.ts";
import { complain, reasonOf } from "../core/errors.ts";
import { given } from "../core/given.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import type { Reading, RecognisedData } from "../datasets/recognise/index.ts";
import { fromFolder } from "../formats/files.ts";
import { writeCardFile } from "./card-file.ts";
import type { Context } from "./context.ts";

export interface InspectDataOptions extends OwnData {
  /** A card to write; its stem is the benchmark's name. */
  readonly writeCard?: string | undefined;
}

/** Images that are read: more than a run reads to be sure of the format. */
const TRIED = 16;

export interface InspectedData {
  readonly recognised: RecognisedData;
  /** Absolute path of the card, where one was written. */
  readonly card?: string;
  /** Why nothing fits, or why no card was written. */
  readonly problem?: string;
}

/** The ONNX files that a path means: itself, or those of a folder; none where it is something else. */
export function onnxFiles(path: string, { cwd }: Pick<Context, "cwd">): readonly string[] {
  if (/\.onnx$/i.test(path)) return [path];
  const whole = resolve(cwd, path);
  if (!existsSync(whole) || !statSync(whole).isDirectory()) return [];
  const names = readdirSync(whole).filter((name) => /\.onnx$/i.test(name));
  return names.sort().map((name) => join(path, name));
}

/** `paths`: files or folders of which it is not said what they hold. */
export async function inspectData(
  paths: readonly string[],
  { images, masks, annotations, format, writeCard: file }: InspectDataOptions,
  { cwd, env }: Pick<Context, "cwd" | "env">,
): Promise<InspectedData> {
  const own = given({ images, masks, annotations, format });
  if (paths.length === 0 && images === undefined && masks === undefined && annotations === undefined)
    throw complain({
      where: "segbench inspect",
      what: "no file is named",
      expected: "ONNX files; or images, masks, annotations",
    });
  const recognised = await recogniseOwnData({ ...own, others: paths }, { cwd, env, registries }, TRIED);
  if (recognised.readings.length === 0 && file === undefined)
    return { recognised, problem: "no format fits: segbench list formats has all that are read" };
  try {
    if (file === undefined) return { recognised };
    const reading = chosenReading(recognised, own);
    return { recognised, card: await writeCard(file, reading, cwd) };
  } catch (error) {
    return { recognised, problem: reasonOf(error) };
  }
}

function writeCard(file: string, { card: made, root }: Reading, cwd: string): Promise<string> {
  return writeCardFile(
    file,
    "dataset-card",
    cwd,
    (name, folder): DatasetCard => ({
      ...{ name, root: rootFrom(folder, root) },
      ...given({ select: made.select }),
      adapter: made.adapter,
    }),
  );
}

/** Begins with a dot: relative to the card. */
function rootFrom(folder: string, root: string): string {
  const path = fromFolder(folder, root);
  return path === "" ? "./" : path.startsWith("..") ? path : `./${path}`;
}
