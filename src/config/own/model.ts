// A model that is named by where it is, without a card: a folder of ONNX files, two files, or one that does both. What the files are
// is recognised as `segbench inspect --write-card` does, and becomes a card whose paths begin where the model does.

import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Place, type Problem, reasonOf } from "../../core/errors.ts";
import type { ModelCard } from "../../core/schema-types.ts";
import { safeName } from "../../core/words.ts";
import { byCodeUnit, commonFolder, fromFolder } from "../../formats/files.ts";
import { readOnnxFile } from "../../formats/onnx-file.ts";
import { fileBeside, type Reading, readingsAmong, readingsOf } from "../../models/index.ts";
import { type Folders, resolveInput, shownPath } from "../paths.ts";
import { readYaml } from "../yaml/file.ts";
import {
  type File,
  filesOf,
  nearPath,
  severalContracts,
  severalModels,
  unknownContract,
} from "./model-problems.ts";

export interface OwnModel {
  readonly card: ModelCard;
  /** What the card's paths are relative to, absolute. */
  readonly base: string;
}

/** A card within a folder. */
export interface CardInside {
  /** Absolute. */
  readonly path: string;
}

/** Folders below the one that is named. */
const DEPTH = 2;

/** What a text means; undefined where it is the name or the path of a card. `taken`: names of the run's other models. */
export async function ownModel(
  text: string,
  { place, ...around }: Folders & { readonly place: Place },
  taken: ReadonlySet<string>,
): Promise<OwnModel | CardInside | Problem | undefined> {
  const whole = resolveInput(text, around);
  if (!("path" in whole)) return { where: place, ...whole };
  const there = existsSync(whole.path);
  if (there && statSync(whole.path).isDirectory()) return inFolder(whole.path, { place, ...around }, taken);
  const words = there ? [text] : text.split(",").map((word) => word.trim());
  const shown = (path: string) => shownPath(path, around);
  if (!words.some((word) => word.endsWith(".onnx"))) {
    const isCard = /\.ya?ml$/.test(text);
    if (there && !isCard) {
      const expected = "an ONNX file, a folder of them, or a card (YAML)";
      return { where: place, what: "is not a model that can be run", expected, got: JSON.stringify(text) };
    }
    if (words.length === 1 && !isCard && text.includes("/")) {
      const expected = "a folder, ENCODER.onnx,DECODER.onnx, or a card";
      const got = `nothing at ${shown(whole.path)}`;
      const what = "there is no such file or folder";
      return { code: "not-found", where: place, what, expected, got, ...nearPath(text, whole.path) };
    }
    if (words.length === 1) return undefined;
    const expected = "a folder, ENCODER.onnx,DECODER.onnx, a card or a name; `model` again for another model";
    return { where: place, what: "takes one model", expected, got: JSON.stringify(text) };
  }
  const paths: string[] = [];
  for (const word of words) {
    const found = resolveInput(word, around);
    if (!("path" in found)) return { where: place, ...found };
    if (!existsSync(found.path)) {
      const expected = `an ONNX file at ${shown(found.path)}`;
      const got = JSON.stringify(word);
      return {
        code: "not-found",
        where: place,
        what: "no such file",
        expected,
        got,
        ...nearPath(word, found.path),
      };
    }
    paths.push(found.path);
  }
  const files = await readAll(paths, place, around);
  if (!Array.isArray(files)) return files;
  const [reading, ...others] = withoutRefused(readingsOf(files));
  if (reading === undefined) return unknownContract(files, place, around);
  if (others.length > 0) return severalContracts([reading, ...others], place, around);
  return modelOf(reading, { base: commonFolder(paths.map(dirname)), name: nameOfFiles(paths) }, place, taken);
}

async function inFolder(
  folder: string,
  { place, ...around }: Folders & { readonly place: Place },
  taken: ReadonlySet<string>,
): Promise<OwnModel | CardInside | Problem> {
  const cards = await cardsIn(folder, around.cwd);
  if (cards.length === 1) return { path: cards[0]! };
  const where = shownPath(folder, around);
  if (cards.length > 1) {
    const expected = `one of ${cards.map((path) => shownPath(path, around)).join(", ")}`;
    return { where: place, what: "holds several model cards", expected, got: where };
  }
  const paths = onnxFiles(folder);
  if (paths.length === 0) {
    const expected = "an encoder and a decoder (.onnx), one file that does both, or a model card";
    return { code: "not-found", where: place, what: "holds no ONNX file", expected, got: where };
  }
  const files = await readAll(paths, place, around);
  if (!Array.isArray(files)) return files;
  const [reading, ...others] = withoutRefused(readingsAmong(files));
  if (reading === undefined) return unknownContract(files, place, around);
  if (others.length === 0)
    return modelOf(reading, { base: folder, name: nameOfFolder(folder) }, place, taken);
  const all = [reading, ...others];
  const choices = new Set(all.map(({ roles }) => filesOf(roles).join(",")));
  if (choices.size === 1) return severalContracts(all, place, around);
  // Those whose names go together come alone where there are such.
  const together = all.filter(({ roles }) => new Set(filesOf(roles).map(withoutRole)).size === 1);
  return severalModels(together.length > 1 ? together : all, where, place, around);
}

function modelOf(
  { roles, contract }: Reading<File>,
  { base, name }: { readonly base: string; readonly name: string },
  place: Place,
  taken: ReadonlySet<string>,
): OwnModel | Problem {
  const { family, refused, why } = contract;
  if (refused !== undefined)
    return { where: place, what: `${family}, which cannot be run: ${refused}`, got: why };
  const files = Object.fromEntries(
    Object.entries(roles).map(([part, { path }]) => [part, fromFolder(base, path)]),
  );
  const own = distinct(name, basename(dirname(base)), taken);
  const card = { name: own, title: own, files };
  const needs = fileBeside(family);
  if (needs === undefined) return { card, base };
  const beside = pathBeside(
    Object.values(roles).map(({ path }) => path),
    needs.name,
  );
  if (beside === undefined) {
    const expected = `${needs.name} beside the graphs: ${needs.holds}`;
    return { code: "not-found", where: place, what: `${family} needs one more file`, expected };
  }
  return { card: { ...card, family, files: { ...files, [needs.part]: fromFolder(base, beside) } }, base };
}

/** A file of this name in the folder of one of the graphs. */
export function pathBeside(paths: readonly string[], name: string): string | undefined {
  return paths.map((path) => join(dirname(path), name)).find((path) => existsSync(path));
}

/** What cannot be run counts only where nothing else is there. */
function withoutRefused(readings: readonly Reading<File>[]): readonly Reading<File>[] {
  const good = readings.filter(({ contract }) => contract.refused === undefined);
  return good.length > 0 ? good : readings.slice(0, 1);
}

async function readAll(
  paths: readonly string[],
  place: Place,
  around: Pick<Folders, "cwd">,
): Promise<File[] | Problem> {
  const files: File[] = [];
  for (const path of paths)
    try {
      files.push({ ...(await readOnnxFile(path)), path });
    } catch (cause) {
      const got = reasonOf(cause);
      return { where: place, what: `${shownPath(path, around)} cannot be used`, got, cause };
    }
  return files;
}

/** ONNX files of the folder itself; where it has none, those of folders below it. In code-unit order. */
function onnxFiles(folder: string, depth = DEPTH): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => byCodeUnit(a.name, b.name));
  const own = entries.filter((entry) => !entry.isDirectory() && entry.name.endsWith(".onnx"));
  if (own.length > 0 || depth === 0) return own.map(({ name }) => join(folder, name));
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules")
    .flatMap(({ name }) => onnxFiles(join(folder, name), depth - 1));
}

/** YAML files of the folder that name model files. */
async function cardsIn(folder: string, cwd: string): Promise<string[]> {
  const cards: string[] = [];
  for (const name of readdirSync(folder).sort(byCodeUnit)) {
    if (!/\.ya?ml$/.test(name)) continue;
    const { value } = await readYaml(join(folder, name), cwd);
    if (typeof value === "object" && value !== null && "files" in value && "name" in value)
      cards.push(join(folder, name));
  }
  return cards;
}

const separators = /[._\s-]+/;
/** Words of a file's name that say which part it is. */
const roles = ["image", "vision", "prompt", "mask", "masks", "encoder", "decoder", "preprocess"];
/** Words that are a name only together with the folder's. */
const general =
  /^(?:model|onnx|export(?:ed)?|merged|(?:u?int|q|bnb)\d+(?:f\d+)?|(?:fp|float)\d+|quant(?:i[sz]ed)?|dynamic|static|opt(?:imi[sz]ed)?)$/;

function wordsOf(path: string): string[] {
  const words = basename(path)
    .replace(/\.onnx$/, "")
    .split(separators);
  return words.filter((word) => word !== "" && !roles.includes(word.toLowerCase()));
}

function withoutRole(path: string): string {
  return wordsOf(path).join("-").toLowerCase();
}

/** What the files' names share; where that says nothing, with the name of their folder. */
function nameOfFiles(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map(wordsOf);
  const until = first.findIndex((word, i) => others.some((words) => words[i] !== word));
  const shared = until === -1 ? first : first.slice(0, until);
  if (shared.some((word) => !general.test(word.toLowerCase()))) return shared.join("-");
  const kinds = shared.filter((word) => !/^(?:model|onnx|export(?:ed)?)$/i.test(word));
  return [nameOfFolder(commonFolder(paths.map(dirname))), ...kinds].join("-");
}

/** Public exports keep their graphs in a folder "onnx" below the model's. */
function nameOfFolder(folder: string): string {
  const name = basename(folder);
  return name === "onnx" ? basename(dirname(folder)) : name;
}

/** A name that a card may have, and that no other model of the run has. */
function distinct(name: string, parent: string, taken: ReadonlySet<string>): string {
  const own = safeName(name) || "model";
  if (!taken.has(own)) return own;
  const longer = safeName(`${parent}-${name}`);
  if (!taken.has(longer)) return longer;
  for (let n = 2; ; n++) if (!taken.has(`${own}-${n}`)) return `${own}-${n}`;
}
