// One model and the way in which it makes all masks of an image, without a run: what `masks` is told.

import { runDefaults } from "../../core/defaults.ts";
import { SegbenchError } from "../../core/errors.ts";
import type { GeneratorSettings } from "../../core/mask-sets.ts";
import type { Plan } from "../../core/plan.ts";
import { keptScore } from "../../core/query-facts.ts";
import type { RunFile } from "../../core/schema-types.ts";
import { queryProtocols, type TaskProtocol, taskOf } from "../../eval/index.ts";
import { type ModelPlan, type PreparedModel, prepareModels } from "../models/prepare.ts";
import { readPhrases } from "../own/phrases.ts";
import { packageFolder } from "../paths.ts";
import type { Preparation } from "../plugins.ts";
import { oneOf } from "../problems.ts";
import { registries } from "../registries.ts";
import { type Overrides, ownRun } from "../request.ts";
import { otherKind } from "./kinds.ts";
import type { PreparedRun } from "./prepare.ts";
import { prepareProtocols } from "./protocols.ts";

/** How graphs are run. */
export type Running = Pick<
  Overrides,
  "batch" | "threads" | "workers" | "provider" | "optimisation" | "allowCpuFallback"
>;

export interface MasksRequest extends Running, Pick<Overrides, "generator"> {
  /** As `run` takes one: a folder, ENCODER,DECODER, a card or a name. */
  readonly model: string;
  /** Default: everything@1, of SAM 2 everything-sam2@1. */
  readonly protocol?: string | undefined;
  /** Phrases to ask in place of a grid of clicks: a list, or text with commas between them, or @FILE with one on each line. */
  readonly phrases?: string | readonly string[] | undefined;
}

/** What is asked of every picture, and the lowest score of a mask that counts as an answer. */
export interface AskedPhrases {
  readonly phrases: readonly string[];
  readonly score: number;
}

export interface PreparedMasks extends Pick<PreparedRun, "task" | "protocols"> {
  readonly model: PreparedModel;
  /** The protocol's settings, with those that were asked for in place of its own. */
  readonly protocol: string;
  readonly generator: GeneratorSettings | AskedPhrases;
  readonly plan: Pick<
    Plan,
    "models" | "batch" | "threads" | "provider" | "optimisation" | "allowCpuFallback"
  >;
  /** As requested; undefined leaves it to the machine. */
  readonly workers: number | undefined;
}

/** Families whose authors wrote the second generator. */
const sam2Families = ["sam2", "hf-sam2"];

/** Rejects with a SegbenchError that lists every problem. */
export async function prepareMasks(
  { model: text, protocol: asked, generator, phrases, ...running }: MasksRequest,
  around: Pick<Preparation, "cwd" | "env" | "onStep">,
): Promise<PreparedMasks> {
  const run = ownRun({ ...running, generator, model: [text] }, around.cwd);
  const problems = [...run.problems];
  const preparation: Preparation = { ...around, home: packageFolder, registries, problems, notes: [] };
  const { batch = runDefaults.batch, ...value } = run.value;
  const wanted = phrases === undefined ? undefined : await readPhrases(phrases, around, problems);
  const [model] = await prepareModels(run, batch, preparation);
  if (wanted !== undefined) {
    const [protocol] = queryProtocols;
    for (const [key, value] of Object.entries({ protocol: asked, generator }))
      if (value !== undefined)
        problems.push({
          where: { path: key },
          what: "does not go with phrases",
          expected: "phrases without it",
        });
    if (model !== undefined) problems.push(...otherKind(model.ready, "concept", registries.families));
    if (problems.length > 0 || model === undefined) throw new SegbenchError(problems);
    const settings = { phrases: wanted, score: keptScore };
    return preparedBy(model, { protocol: protocol!, generator: settings, batch, value });
  }
  if (model !== undefined) problems.push(...otherKind(model.ready, "image", registries.families));
  const usual = sam2Families.includes(model?.ready.card.family ?? "") ? "everything-sam2@1" : "everything@1";
  const id = asked ?? usual;
  const able = Object.values(registries.protocols).filter((one) => one.generator !== undefined);
  if (!able.some((one) => one.id === id))
    problems.push({
      ...{ code: "unknown-name", where: { path: "protocol" }, what: "makes no masks of everything" },
      ...{ expected: oneOf(able.map((one) => one.id)), got: JSON.stringify(id) },
    });
  const named = { ...run, value: { ...run.value, protocols: [id] as [string] } };
  const { protocols } = problems.length > 0 ? { protocols: [] } : prepareProtocols(named, [], preparation);
  const [protocol] = protocols;
  const settings = protocol?.generator;
  if (problems.length > 0 || model === undefined || settings === undefined) throw new SegbenchError(problems);
  return preparedBy(model, { protocol: protocol!, generator: settings, batch, value });
}

function preparedBy(
  model: ModelPlan,
  {
    protocol,
    generator,
    batch,
    value: { workers, threads, provider, optimisation, allowCpuFallback },
  }: Pick<PreparedMasks, "generator"> & {
    readonly protocol: TaskProtocol;
    readonly batch: number;
    readonly value: Partial<RunFile>;
  },
): PreparedMasks {
  return {
    ...{ model: model.ready, protocol: protocol.id, generator, protocols: [protocol], workers },
    task: taskOf(protocol, registries.tasks)!,
    plan: {
      ...{ models: [model.planned], batch, threads: threads ?? runDefaults.threads },
      provider: provider ?? runDefaults.provider,
      ...(optimisation === undefined || optimisation === "all" ? {} : { optimisation }),
      ...(allowCpuFallback === true ? { allowCpuFallback: true as const } : {}),
    },
  };
}
