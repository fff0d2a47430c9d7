// What is said of model files that are not one model: a part alone, several, something else, nothing there.
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Place, Problem } from "../../core/errors.ts";
import { inWords } from "../../core/words.ts";
import { byCodeUnit } from "../../formats/files.ts";
import { readOnnxFile } from "../../formats/onnx-file.ts";
import {
  fileBeside,
  foreignSentence,
  type Incomplete,
  incompleteModules,
  incompleteText,
  type Reading,
  readingsOf,
  recognise,
} from "../../models/index.ts";
import { listCards } from "../cards.ts";
import { type Folders, shownPath } from "../paths.ts";
import { nearest } from "../problems.ts";

export type File = Awaited<ReturnType<typeof readOnnxFile>> & { readonly path: string };

/** Of more alternatives than these the number is enough. */
const LISTED = 8;
/** Of so many files beside one that is a part it is looked which is the other. */
const BESIDE = 24;

/** What files are of which no contract fits: a part of a model, or something else. */
export async function unknownContract(
  files: readonly File[],
  place: Place,
  around: Folders,
): Promise<Problem> {
  const [file] = files;
  const part = file === undefined || files.length > 1 ? undefined : partOf(file);
  if (part !== undefined) return halfModel(file!, part, place, around);
  const some = incompleteModules(files);
  if (some.length > 0) return someModules(some, place, around);
  const seen = files
    .slice(0, LISTED)
    .map((file) => `${shownPath(file.path, around)} ${foreignSentence(file)}`);
  const more = files.length > seen.length ? [`and ${files.length - seen.length} more files`] : [];
  return {
    where: place,
    what: "no known contract fits",
    expected: "an encoder and a decoder of one family, or one file that does both (segbench list families)",
    got: [...seen, ...more].join("; "),
  };
}

/** Some of the graphs of a model of several, without the others: which are missing, and a card that names these. */
async function someModules(
  some: readonly Incomplete<File>[],
  place: Place,
  around: Folders,
): Promise<Problem> {
  const paths = filesOf(some[0]!.roles);
  const cards = (await listCards("model", around)).filter(({ path, value }) => {
    const named = Object.values(value?.files ?? {}).map((file) => resolve(dirname(path), file!));
    return paths.every((file) => named.includes(file));
  });
  const others = [...new Set(some.flatMap(({ missing }) => missing))].map((part) => `${part}.onnx`);
  const folder = dirname(paths[0]!);
  const alone = paths.length === 1;
  const whole = existsSync(join(folder, fileBeside(some[0]!.family)!.name))
    ? `, such as ${shownPath(folder, around)}`
    : "";
  const beside = alone ? `the folder of all its graphs${whole}` : `${inWords(others)} in the same folder`;
  const named = cards.map(({ name, path }) => `the card ${name} (${shownPath(path, around)})`);
  return {
    where: place,
    what: `${alone ? "is" : "has"} ${incompleteText(some)}`,
    expected: [beside, ...named].join(", or "),
    got: paths.map((path) => shownPath(path, around)).join(", "),
  };
}

/** The same files as different families: a card has to say which. */
export function severalContracts(
  readings: readonly Reading<File>[],
  place: Place,
  around: Pick<Folders, "cwd">,
): Problem {
  const families = readings.map(({ contract }) => contract.family);
  const files = filesOf(readings[0]!.roles).map((path) => shownPath(path, around));
  return {
    where: place,
    what: "several contracts fit these files: a card must say the family",
    expected: `segbench inspect ${files.join(" ")} --write-card configs/models/NAME.yaml --family ${families[0]}`,
    got: families.join(", "),
  };
}

/** Variants beside each other. */
export function severalModels(
  readings: readonly Reading<File>[],
  where: string,
  place: Place,
  around: Pick<Folders, "cwd">,
): Problem {
  const words = new Set(
    readings.map(({ roles }) =>
      filesOf(roles)
        .map((path) => shownPath(path, around))
        .join(","),
    ),
  );
  const shown = [...words].slice(0, LISTED);
  const more = words.size > shown.length ? `, or one of ${words.size - shown.length} more` : "";
  return {
    where: place,
    what: "holds several models",
    expected: `one of ${shown.join(" or ")}${more}`,
    got: where,
  };
}

export function filesOf(roles: Reading<File>["roles"]): string[] {
  return Object.values(roles).map(({ path }) => path);
}

/** Encoder or decoder, where a file is one of the two. */
function partOf(file: File): "encoder" | "decoder" | undefined {
  const part = recognise(file).find(({ refused }) => refused === undefined)?.part;
  return part === "encoder" || part === "decoder" ? part : undefined;
}

async function halfModel(
  file: File,
  part: "encoder" | "decoder",
  place: Place,
  around: Pick<Folders, "cwd">,
): Promise<Problem> {
  const other = part === "encoder" ? "decoder" : "encoder";
  const folder = dirname(file.path);
  const names = readdirSync(folder).filter((name) => name.endsWith(".onnx") && name !== basename(file.path));
  const pairs: string[] = [];
  for (const name of names.sort(byCodeUnit).slice(0, BESIDE)) {
    const beside = await readOnnxFile(join(folder, name)).catch(() => undefined);
    if (beside === undefined) continue;
    const readings = readingsOf([file, { ...beside, path: join(folder, name) }]);
    const found = readings.find(({ contract }) => contract.refused === undefined);
    if (found !== undefined)
      pairs.push(
        filesOf(found.roles)
          .map((path) => shownPath(path, around))
          .join(","),
      );
  }
  const whole = names.length === 1 ? `, or the folder ${shownPath(folder, around)}` : "";
  const more = pairs.length > LISTED ? `, or one of ${pairs.length - LISTED} more` : "";
  return {
    where: place,
    what: `is ${part === "encoder" ? "an" : "a"} ${part} without its ${other}`,
    expected:
      pairs.length === 0
        ? `ENCODER.onnx,DECODER.onnx: no ${other} that fits lies beside it`
        : `both: ${pairs.slice(0, LISTED).join(" or ")}${whole}${more}`,
    got: shownPath(file.path, around),
  };
}

/** What lies beside a path that leads nowhere, and has nearly its name. */
export function nearPath(text: string, path: string): { nearest?: string } {
  let names: string[] = [];
  try {
    names = readdirSync(dirname(path)).sort(byCodeUnit);
  } catch {
    // Nothing is there.
  }
  const { nearest: name } = nearest(basename(path), names);
  const end = text.replace(/[\\/]+$/, "");
  return name === undefined || !end.endsWith(basename(path))
    ? {}
    : { nearest: end.slice(0, -basename(path).length) + name };
}
