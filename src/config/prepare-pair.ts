// The words REFERENCE and CANDIDATE of the command line as models: a card by name or path, or ONNX files that are used as
// the reference's card says.
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { complain } from "../core/errors.ts";
import { hashOf } from "../core/hash.ts";
import { fileFact } from "../formats/file-fact.ts";
import { type PlanRequest, type PreparedRun, prepare } from "./prepare.ts";
import type { PreparedModel } from "./prepare-models.ts";
import { registries } from "./registries.ts";
import type { Overrides } from "./run-source.ts";

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
  const planned = (word: string) =>
    prepare({ ...request, overrides: { ...overrides, models: [word] } }, registries);
  const own = modelFiles(words.reference, cwd);
  if (own !== undefined)
    throw complain({
      where: words.reference,
      what: "ONNX files do not say how they are used",
      expected: "a model card as the reference",
    });
  const reference = await planned(words.reference);
  const files = modelFiles(words.candidate, cwd);
  const candidate =
    files === undefined ? await planned(words.candidate) : await withFiles(reference, files, cwd);
  return { reference, candidate: renamed(candidate, reference.plan.models[0]!.name) };
}

interface Files {
  readonly encoder: string;
  readonly decoder: string;
  readonly name: string;
}

/** "encoder.onnx,decoder.onnx" or a folder that holds them; undefined for anything else. */
function modelFiles(word: string, cwd: string): Files | undefined {
  const parts = word.split(",").map((part) => part.trim());
  if (parts.length === 2 && parts.every((part) => part.endsWith(".onnx"))) {
    const [encoder, decoder] = parts.map((part) => resolve(cwd, part)) as [string, string];
    return { encoder, decoder, name: basename(encoder).replace(/\.onnx$/, "") };
  }
  const folder = resolve(cwd, word);
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
      throw complain({
        where: word,
        what: `has no ${stage}`,
        expected: `${stage}.onnx, or one file with "${stage}" in its name`,
        got: found.length === 0 ? "no ONNX file" : found.sort().join(", "),
      });
    return join(folder, name);
  };
  return { encoder: one("encoder"), decoder: one("decoder"), name: basename(folder) };
}

/** The reference's run with other files. */
async function withFiles(
  run: PreparedRun,
  { encoder, decoder, name }: Files,
  cwd: string,
): Promise<PreparedRun> {
  const model = run.models[0]!;
  const planned = run.plan.models[0]!;
  for (const file of [encoder, decoder])
    if (!existsSync(file))
      throw complain({ where: relative(cwd, file), what: "no such file", expected: "an ONNX file" });
  const safe = name.toLowerCase().replace(/[^a-z0-9._-]+/g, "-");
  const shown = { encoder: relative(cwd, encoder), decoder: relative(cwd, decoder) };
  const card = { ...planned.card, name: safe, title: `${planned.card.title}: ${name}`, files: shown };
  const files = [
    { path: shown.encoder, ...(await fileFact(encoder)) },
    { path: shown.decoder, ...(await fileFact(decoder)) },
  ];
  const ready: PreparedModel = {
    ...{ name: safe, card: { ...model.card, name: card.name, title: card.title, files: card.files } },
    ...{ encoderPath: encoder, decoderPath: decoder },
  };
  const plan = { ...run.plan, models: [{ name: safe, card, files }] };
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
