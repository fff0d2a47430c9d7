// `inspect` of data: which format a user's own files are in, and the card for them.
import { existsSync, readdirSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { stringify } from "yaml";
import {
  checkSchema,
  chosenReading,
  type OwnData,
  packageFolder,
  recogniseOwnData,
  registries,
} from "../config/index.ts";
import { complain, reasonOf } from "../core/errors.ts";
import { given } from "../core/given.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import type { Reading, RecognisedData } from "../datasets/recognise/index.ts";
import { makeFolder } from "../formats/files.ts";
import type { Context } from "./context.ts";

export interface InspectDataOptions extends OwnData {
  /** A card to write; its stem is the benchmark's name. */
  readonly writeCard?: string | undefined;
}

export interface InspectedData {
  readonly recognised: RecognisedData;
  /** Absolute path of the card, where one was written. */
  readonly card?: string;
  /** Why nothing fits, or why no card was written. */
  readonly problem?: string;
}

/** An ONNX file, or a folder that holds one. */
export function isModel(path: string, { cwd }: Pick<Context, "cwd">): boolean {
  if (/\.onnx$/i.test(path)) return true;
  const whole = resolve(cwd, path);
  if (!existsSync(whole) || !statSync(whole).isDirectory()) return false;
  return readdirSync(whole).some((name) => /\.onnx$/i.test(name));
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
  const recognised = await recogniseOwnData({ ...own, others: paths }, { cwd, env, registries });
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

/** Refuses to replace a file; returns its absolute path. */
async function writeCard(file: string, { card: made, root }: Reading, cwd: string): Promise<string> {
  const path = resolve(cwd, file);
  const name = basename(path).replace(/\.ya?ml$/, "");
  if (!/\.ya?ml$/.test(path))
    throw complain({ where: file, what: "is not a name for a card", expected: "NAME.yaml" });
  if (existsSync(path))
    throw complain({ where: file, what: "exists already", expected: "a file that does not exist yet" });
  const card: DatasetCard = {
    name,
    root: rootFrom(dirname(path), root),
    ...given({ select: made.select }),
    adapter: made.adapter,
  };
  const [wrong] = checkSchema("dataset-card", card);
  if (wrong !== undefined)
    throw complain({
      ...{ where: file, what: `${wrong.path.join(".")}: ${wrong.what}` },
      ...given({ expected: wrong.expected, got: wrong.got }),
    });
  await makeFolder(dirname(path));
  const line = `# yaml-language-server: $schema=${schemaFrom(dirname(path))}\n`;
  await writeFile(path, line + stringify(card, { lineWidth: 120 }), { flag: "wx" });
  return path;
}

/** Begins with a dot: relative to the card. */
function rootFrom(folder: string, root: string): string {
  const path = fromFolder(folder, root);
  return path === "" ? "./" : path.startsWith("..") ? path : `./${path}`;
}

/** The schema as the card's folder sees it: of the package that its project has installed, else of this one. */
function schemaFrom(folder: string): string {
  const inside = join("schemas", "dataset-card.schema.json");
  for (let project = folder; ; project = dirname(project)) {
    const installed = join(project, "node_modules", "segbench", inside);
    if (existsSync(installed)) return fromFolder(folder, installed);
    if (dirname(project) === project) break;
  }
  const own = join(packageFolder, inside);
  // Outside the repository a relative address would break as soon as the card moves.
  return `${folder}${sep}`.startsWith(packageFolder) ? fromFolder(folder, own) : own.split(sep).join("/");
}

function fromFolder(folder: string, file: string): string {
  return relative(folder, file).split(sep).join("/");
}
