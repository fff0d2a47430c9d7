import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { pathBeside } from "../../config/own/model.ts";
import { complain, reasonOf } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import type { ModelCard } from "../../core/schema-types.ts";
import { fromFolder, mustBeFile } from "../../formats/files.ts";
import { type OnnxContent, readOnnxContent, readOnnxFile } from "../../formats/onnx-file.ts";
import { type SelectionIn, selectionIn } from "../../models/all-masks.ts";
import { tokenizerPart } from "../../models/concept/contract.ts";
import {
  fileBeside,
  foreignSentence,
  incompleteModules,
  incompleteText,
  type PortMeanings,
  portMeanings,
  type Recognised,
  readingsOf,
  recognise,
} from "../../models/index.ts";
import type { Graph, GraphPort } from "../../models/runtime/graph.ts";
import { openOnnxHost } from "../../models/runtime/onnx.ts";
import type { Context } from "../context.ts";
import { type AllMasksWritten, writeAllMasks } from "./all-masks.ts";
import { mustBeNewCard, writeCardFile } from "./card-file.ts";

export interface Inspected extends OnnxContent, SelectionIn {
  /** As given. */
  readonly file: string;
  readonly bytes: number;
  readonly producer: string;
  readonly opset: number | undefined;
  readonly sideFiles: readonly string[];
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
  /** Every contract that this file could be a part of, the most confident first. */
  readonly contracts: readonly Recognised[];
  /** What would be fed and read, by port. */
  readonly meanings?: PortMeanings;
  /** What a file that no contract fits looks like. */
  readonly foreign?: string;
}

export interface InspectOptions {
  /** Execution provider; the CPU unless said otherwise. */
  readonly provider?: string | undefined;
  /** A card to write for the files; its stem is the model's name. */
  readonly writeCard?: string | undefined;
  /** The card's family, where several fit. */
  readonly family?: string | undefined;
  /** A file to write: the decoder among the files without the selection of masks in its graph. The card names it instead. */
  readonly allMasks?: string | undefined;
}

export interface Inspection {
  readonly files: readonly Inspected[];
  /** What went wrong, a sentence each. */
  readonly problems: readonly string[];
  /** Of several graphs that are one model of clips: what is missing, or how it is run. */
  readonly remarks?: readonly string[];
  /** Absolute path of the card, where one was written. */
  readonly card?: string;
  /** The decoder without its selection, where one was written. */
  readonly allMasks?: AllMasksWritten;
}

/** What ONNX files take, return and hold, which contract they fit, and the card for it. */
export async function inspect(
  paths: readonly string[],
  { provider = "cpu", writeCard: cardFile, family, allMasks: out }: InspectOptions,
  { cwd }: Pick<Context, "cwd">,
): Promise<Inspection> {
  const host = openOnnxHost({ provider, threads: 1 });
  const files: Inspected[] = [];
  const problems: string[] = [];
  try {
    for (const path of paths) {
      try {
        const file = resolve(cwd, path);
        await mustBeFile(file, path);
        files.push(await inspected(path, file, await host.open(file)));
      } catch (error) {
        problems.push(reasonOf(error));
      }
    }
  } finally {
    await host.close();
  }
  if (problems.length > 0) return { files, problems };
  const { files: parts, remarks } = asModules(files, cwd);
  files.splice(0, files.length, ...parts);
  let allMasks: AllMasksWritten | undefined;
  try {
    let used: readonly Inspected[] = files;
    if (out !== undefined) {
      const decoder = hiding(files);
      if (cardFile !== undefined) {
        mustBeNewCard(cardFile, cwd);
        chosen(files, family);
      }
      allMasks = await writeAllMasks(decoder.file, out, decoder.contracts[0]?.family, { cwd });
      used = files.map((one) => (one === decoder ? { ...one, file: out } : one));
    }
    const card = cardFile === undefined ? undefined : await writeCard(cardFile, used, family, cwd);
    return given({ files, problems, remarks, allMasks, card });
  } catch (error) {
    return given({ files, problems: [reasonOf(error)], remarks, allMasks });
  }
}

/** Files that are a model of clips together, or some of its graphs, are its parts, whatever they look like alone. */
function asModules(
  files: readonly Inspected[],
  cwd: string,
): {
  readonly files: readonly Inspected[];
  readonly remarks: readonly string[];
} {
  const [reading] = files.length < 3 ? [] : readingsOf(files);
  if (reading !== undefined) {
    const { roles, contract } = reading;
    const remarks = [wholeText(files, contract, cwd)];
    return { files: files.map((one) => asParts(one, [{ roles, contract }])), remarks };
  }
  const runs = files.some(({ contracts }) => contracts.some(({ refused }) => refused === undefined));
  const some = files.length === 1 && runs ? [] : incompleteModules(files);
  const readings = some.map(({ roles, family, of }) => {
    const why = `as exported by ${of}`;
    return {
      roles,
      contract: { ...{ family, part: "model", why, image: {} }, confidence: "likely" as const },
    };
  });
  const folder = dirname(files[0]?.file ?? "");
  const alone = files.length === 1;
  const name = fileBeside(some[0]?.family ?? "")?.name ?? "";
  const whole = alone && pathBeside([resolve(cwd, files[0]!.file)], name) !== undefined ? folder : "FOLDER";
  const remarks =
    some.length === 0
      ? []
      : [
          `${alone ? `${files[0]!.file} is ` : ""}${incompleteText(some)}; all of them in one folder, with ${name}: segbench inspect ${whole}`,
        ];
  return { files: files.map((one) => asParts(one, readings)), remarks };
}

function asParts(
  one: Inspected,
  readings: readonly Pick<ReturnType<typeof readingsOf<Inspected>>[number], "roles" | "contract">[],
): Inspected {
  const contracts = readings.flatMap(({ roles, contract }) =>
    Object.keys(roles).flatMap((part) => (roles[part] === one ? [{ ...contract, part }] : [])),
  );
  if (contracts.length === 0) return one;
  const { foreign: _, selection: _1, why: _2, ...rest } = one;
  return { ...rest, contracts, meanings: portMeanings(contracts[0]!, one) };
}

/** What a model of several graphs needs besides them, and how it is run. */
function wholeText(files: readonly Inspected[], { family }: Recognised, cwd: string): string {
  const paths = files.map(({ file }) => file);
  const folders = new Set(paths.map((path) => dirname(path)));
  const [folder] = folders;
  const where = folders.size > 1 ? "beside one of the graphs" : `in ${folder}`;
  const { part, name, holds } = fileBeside(family)!;
  const given =
    part === tokenizerPart ? '--images IMAGES/ --phrases "A,B"' : "--video FRAMES/ --masks MASKS/";
  if (
    pathBeside(
      paths.map((path) => resolve(cwd, path)),
      name,
    ) === undefined
  )
    return `${family} also needs ${name} ${where}, which is not there: ${holds}`;
  return folders.size > 1
    ? `all graphs of ${family}, with ${name}: a card names them (--write-card CARD), then segbench run --model CARD ${given}`
    : `all graphs of ${family}, with ${name}: segbench run --model ${folder} ${given}`;
}

/** The one file that hides candidates; without one, that whose masks are asked for: the decoder, or the only file. */
function hiding(files: readonly Inspected[]): Inspected {
  const found = files.filter(({ selection }) => selection !== undefined);
  const decoders = files.filter(({ contracts }) => contracts.some(({ part }) => part !== "encoder"));
  const [only, another] = [found, decoders, files].find((some) => some.length > 0) ?? [];
  if (only !== undefined && another === undefined) return only;
  throw complain(
    files.map(({ file }) => file).join(", "),
    "it is not clear which file to take the selection out of",
    { expected: "one decoder" },
  );
}

/** Larger files are not searched for a selection. */
const SEARCHED = 2 ** 30;

/** Of what may be a decoder: whether candidates are selected in its graph. */
async function searched(file: string, bytes: number, contracts: readonly Recognised[]): Promise<SelectionIn> {
  const decoder = contracts.some(({ part, refused }) => part !== "encoder" && refused === undefined);
  if (!decoder || bytes > SEARCHED) return {};
  return selectionIn(await readFile(file), file);
}

async function inspected(shown: string, file: string, { inputs, outputs }: Graph): Promise<Inspected> {
  const { producer, opset, sideFiles } = await readOnnxFile(file);
  const contracts = recognise({ inputs, outputs });
  const [first] = contracts;
  return {
    ...{ file: shown, bytes: statSync(file).size, producer, opset, sideFiles, inputs, outputs, contracts },
    ...(await readOnnxContent(file)),
    ...(await searched(file, statSync(file).size, contracts)),
    ...(first === undefined
      ? { foreign: foreignSentence({ inputs, outputs }) }
      : { meanings: portMeanings(first, { inputs, outputs }) }),
  };
}

/** Writes what the files say; everything else stays at the family's defaults. */
function writeCard(
  file: string,
  found: readonly Inspected[],
  family: string | undefined,
  cwd: string,
): Promise<string> {
  return writeCardFile(file, "model-card", cwd, (name, folder): ModelCard => {
    const { roles, contract, image } = chosen(found, family);
    return {
      name,
      title: name,
      description: `Recognised as ${contract.family}: ${contract.why}.`,
      family: contract.family,
      files: filesOf(contract.family, roles, (path) => fromFolder(folder, resolve(cwd, path))),
      ...(Object.keys(image).length === 0 ? {} : { image }),
    };
  });
}

/** With the file beside them that is no graph, where the family has one. */
function filesOf(
  family: string,
  roles: Readonly<Record<string, Inspected>>,
  shown: (path: string) => string,
): ModelCard["files"] {
  const files = Object.entries(roles).map(([part, { file }]) => [part, shown(file)]);
  const needs = fileBeside(family);
  const beside =
    needs &&
    pathBeside(
      Object.values(roles).map(({ file }) => file),
      needs.name,
    );
  return Object.fromEntries([...files, ...(beside === undefined ? [] : [[needs!.part, shown(beside)]])]);
}

/** The files in the roles that a contract gives them, whatever their order. */
function chosen(found: readonly Inspected[], family: string | undefined) {
  const fits = readingsOf(found).filter(({ contract }) => family === undefined || contract.family === family);
  const where = found.map(({ file }) => file).join(", ");
  const [only, ...others] = fits;
  if (only === undefined)
    throw complain(where, "no card can be written: no contract fits these files together", {
      expected: `an encoder and a decoder, or one file that does both${family === undefined ? "" : `, of family ${family}`}`,
    });
  if (others.length > 0)
    throw complain(where, "no card can be written: several contracts fit", {
      expected: `\`family\` with one of ${fits.map(({ contract }) => contract.family).join(", ")}`,
    });
  refuse(where, only.contract);
  return only;
}

function refuse(where: string, { family, refused }: Recognised): void {
  if (refused !== undefined)
    throw complain(where, `no card can be written: ${family} cannot be run: ${refused}`);
}
