// The arguments REFERENCE and CANDIDATE of the command line as models: a card by name or path, or ONNX files that are used as
// the reference's card says.

import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { complain, type Problem, SegbenchError } from "../../core/errors.ts";
import { hashOf } from "../../core/hash.ts";
import type { FileFact, Kind } from "../../core/plan.ts";
import { fileFact } from "../../formats/files.ts";
import { readOnnxFile } from "../../formats/onnx-file.ts";
import { tokenizerPart } from "../../models/concept/contract.ts";
import type { ModelFiles, Part } from "../../models/index.ts";
import { constantsPart } from "../../models/video/contract.ts";
import { listCards, loadCard } from "../cards.ts";
import type { PreparedModel } from "../models/prepare.ts";
import { ownModel } from "../own/model.ts";
import { orPackaged, packageFolder } from "../paths.ts";
import { registries } from "../registries.ts";
import type { Overrides, PlanRequest } from "../request.ts";
import { type PreparedRun, prepare } from "./prepare.ts";

/** Two runs that differ in their model alone. */
export interface PreparedPair {
  readonly reference: PreparedRun;
  readonly candidate: PreparedRun;
}

export async function preparePair(
  words: { readonly reference: string; readonly candidate: string },
  request: Omit<PlanRequest, "overrides"> & { readonly overrides: Overrides },
): Promise<PreparedPair> {
  const { cwd, overrides } = request;
  const planned = (side: keyof typeof words) =>
    askedAs(side, prepare({ ...request, overrides: { ...overrides, model: [words[side]] } }, registries));
  for (const word of Object.values(words)) checkThere(word, cwd);
  const reference = await planned("reference");
  const files =
    reference.task.kind !== "image"
      ? await partFiles(words.candidate, cwd, reference.models[0]!)
      : modelFiles(words.candidate, cwd);
  const candidate = files === undefined ? await planned("candidate") : await withFiles(reference, files, cwd);
  return { reference, candidate: renamed(candidate, reference.plan.models[0]!.name) };
}

/** What is wrong with a model is said of the word by which the caller names it. */
export async function askedAs(word: string, prepared: Promise<PreparedRun>): Promise<PreparedRun> {
  const named = ({ where, ...problem }: Problem): Problem => {
    const isModel = typeof where !== "string" && where.file === undefined && where.path === "model";
    return { ...problem, where: isModel ? { path: word } : where };
  };
  return prepared.catch((error: unknown) => {
    throw error instanceof SegbenchError ? new SegbenchError(error.problems.map(named)) : error;
  });
}

/** Below the working folder, else in the package; where nothing is there, where it would be. */
function inputPath(word: string, cwd: string): string {
  return orPackaged(resolve(cwd, word), { cwd });
}

/** A path that leads nowhere is neither a card nor a folder. */
function checkThere(word: string, cwd: string): void {
  const paths = word.split(",").map((part) => part.trim());
  const missing = paths.find(
    (path) => /[\\/]|\.(onnx|ya?ml)$/.test(path) && !existsSync(inputPath(path, cwd)),
  );
  if (missing === undefined) return;
  throw complain(word, "there is no such file or folder", {
    code: "not-found",
    expected: "a model card by name or path, a folder of ONNX files, or ENCODER.onnx,DECODER.onnx",
    got: resolve(cwd, missing),
  });
}

interface NamedFiles {
  readonly name: string;
  readonly files: ModelFiles;
}

/** "encoder.onnx,decoder.onnx", one file, or a folder that holds them; undefined for anything else. */
function modelFiles(word: string, cwd: string): NamedFiles | undefined {
  const listed = word.split(",").map((part) => part.trim());
  if (listed.length <= 2 && listed.every((part) => part.endsWith(".onnx"))) {
    const [first, second] = listed.map((part) => inputPath(part, cwd)) as [string, string?];
    const files = second === undefined ? { model: first } : { encoder: first, decoder: second };
    return { name: basename(first).replace(/\.onnx$/, ""), files };
  }
  const folder = inputPath(word, cwd);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return undefined;
  const found = readdirSync(folder).filter((name) => name.endsWith(".onnx"));
  const one = (stage: "encoder" | "decoder") => {
    const exact = found.find((name) => name === `${stage}.onnx`);
    // "prompt_encoder_mask_decoder.onnx" is a decoder.
    const kin = found.filter(
      (name) => name.includes(stage) && (stage === "decoder" || !name.includes("decoder")),
    );
    const name = exact ?? (kin.length === 1 ? kin[0] : undefined);
    if (name === undefined)
      throw complain(word, `has no ${stage}`, {
        expected: `${stage}.onnx, or one file with "${stage}" in its name`,
        got: found.length === 0 ? "no ONNX file" : found.sort().join(", "),
      });
    return join(folder, name);
  };
  const files =
    found.length === 1
      ? { model: join(folder, found[0]!) }
      : { encoder: one("encoder"), decoder: one("decoder") };
  return { name: basename(folder), files };
}

/**
 * A folder with the files of a model of clips or phrases, called like the reference's or after its parts, or else known by their ports, each for one part.
 * What is not there is the reference's, unless there is a graph that is none of its parts. undefined for anything but a folder.
 */
async function partFiles(
  word: string,
  cwd: string,
  { files }: PreparedModel,
): Promise<NamedFiles | undefined> {
  const folder = inputPath(word, cwd);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return undefined;
  const found = readdirSync(folder).sort();
  const graphs = found.filter((name) => name.endsWith(".onnx"));
  const portsOf = async (file: string) => {
    const { inputs, outputs } = await readOnnxFile(file);
    return JSON.stringify([...inputs, ...outputs].map(({ name, shape }) => [name, ...shape]));
  };
  const taken = new Map<Part, string>();
  const left = () => graphs.filter((name) => ![...taken.values()].includes(name));
  const open = () => Object.entries(files).filter(([part]) => isGraph(part) && !taken.has(part));
  const take = (part: Part, names: readonly string[]) => {
    if (names.length === 1) taken.set(part, names[0]!);
  };
  for (const [part, own] of Object.entries(files)) {
    const names = [`${part}${isGraph(part) ? ".onnx" : ".json"}`, basename(own!)];
    take(part, names.filter((name) => found.includes(name)).slice(0, 1));
  }
  const ports = new Map<string, string>();
  if (open().length > 0) for (const name of left()) ports.set(name, await portsOf(join(folder, name)));
  for (const [part, own] of open()) {
    const wanted = ports.size === 0 ? "" : await portsOf(own!);
    take(
      part,
      left().filter((name) => ports.get(name) === wanted),
    );
  }
  // "text_encoder.onnx" is the text's: the encoder of images comes last.
  const byName = open().sort(([a], [b]) => Number(a === "encoder") - Number(b === "encoder"));
  for (const [part] of byName)
    take(
      part,
      left().filter((name) => name.includes(part)),
    );
  const [[lacking] = []] = open();
  if (lacking !== undefined && (left().length > 0 || graphs.length === 0))
    throw complain(word, `has no ${lacking}`, {
      expected: `${lacking}.onnx, one file with "${lacking}" in its name, or one with the ports of the reference's`,
      got: graphs.length === 0 ? "no ONNX file" : graphs.join(", "),
    });
  const whole = Object.entries(files).map(([part, own]) => {
    const name = taken.get(part);
    return [part, name === undefined ? own! : join(folder, name)] as const;
  });
  return { name: basename(folder), files: Object.fromEntries(whole) };
}

/** Parts of a model of clips or phrases whose graph is one file of both. */
export function sharedParts({ reference, candidate }: PreparedPair): Part[] {
  if (reference.task.kind === "image") return [];
  const [own, other] = [reference.models[0]!.files, candidate.models[0]!.files];
  return Object.keys(own).filter((part) => isGraph(part) && own[part] === other[part]);
}

const isGraph = (part: Part) => part !== constantsPart && part !== tokenizerPart;

/** What the reference takes, by its card or its files; images where that cannot be told yet. */
export async function kindOfModel(
  word: string,
  { cwd, env }: Pick<PlanRequest, "cwd" | "env">,
): Promise<Kind> {
  const path = inputPath(word, cwd);
  const folders = { cwd, env, home: packageFolder };
  const kindOf = (family = "") => registries.families[family]?.kind ?? "image";
  if (/\.ya?ml$/.test(word) && existsSync(path)) return kindOf(await familyOn(path, cwd));
  const card = (await listCards("model", folders)).find(({ name }) => name === word);
  if (card !== undefined) return kindOf(card.value?.family);
  const own = await ownModel(word, { ...folders, place: { path: "" }, base: cwd }, new Set());
  if (own === undefined || "what" in own) return "image";
  return kindOf("path" in own ? await familyOn(own.path, cwd) : own.card.family);
}

async function familyOn(path: string, cwd: string): Promise<string | undefined> {
  return (await loadCard("model", path, cwd)).value?.family;
}

/** The reference's run with other files. */
async function withFiles(run: PreparedRun, { name, files }: NamedFiles, cwd: string): Promise<PreparedRun> {
  const model = run.models[0]!;
  const planned = run.plan.models[0]!;
  const wanted = Object.keys(model.files).sort().join(" and ");
  if (wanted !== Object.keys(files).sort().join(" and "))
    throw complain(name, "does not have the files that the reference has", {
      expected: wanted,
      got: Object.keys(files).join(" and "),
    });
  const safe = name.toLowerCase().replace(/[^a-z0-9._-]+/g, "-");
  const shown: Record<Part, string> = {};
  const facts: FileFact[] = [];
  for (const [part, file] of Object.entries(files)) {
    const path = relative(cwd, file);
    if (!existsSync(file))
      throw complain(path, "no such file", { code: "not-found", expected: "an ONNX file" });
    shown[part] = path;
    facts.push({ path, ...(await fileFact(file)) });
    if (!isGraph(part)) continue;
    const { sideFiles } = await readOnnxFile(file);
    for (const side of sideFiles)
      facts.push({ path: join(dirname(path), side), ...(await fileFact(join(dirname(file), side))) });
  }
  const card = {
    ...model.card,
    name: safe,
    title: `${planned.card.title}: ${name}`,
    files: shown as typeof model.card.files,
  };
  const ready: PreparedModel = { name: safe, card, files };
  const plan = { ...run.plan, models: [{ name: safe, card, files: facts }] };
  return { ...run, plan, planHash: hashOf(plan), models: [ready] };
}

/** Two models of one name would be one model to every reader of their rows. */
function renamed(run: PreparedRun, taken: string): PreparedRun {
  const [model, planned] = [run.models[0]!, run.plan.models[0]!];
  if (planned.name !== taken) return run;
  const name = `${taken}-candidate`;
  const card = { ...planned.card, name, title: `${planned.card.title} (candidate)` };
  const plan = { ...run.plan, models: [{ ...planned, name, card }] };
  return { ...run, plan, planHash: hashOf(plan), models: [{ ...model, name }] };
}
