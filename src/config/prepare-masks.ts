// One model and the way in which it makes all masks of an image, without a run: what `masks` is told.
import { runDefaults } from "../core/defaults.ts";
import { SegbenchError } from "../core/errors.ts";
import type { GeneratorSettings } from "../core/mask-sets.ts";
import type { Plan } from "../core/plan.ts";
import { taskOf } from "../eval/index.ts";
import { packageFolder } from "./paths.ts";
import type { Preparation } from "./plugins.ts";
import type { PreparedRun } from "./prepare.ts";
import { type PreparedModel, prepareModels } from "./prepare-models.ts";
import { prepareProtocols } from "./prepare-protocols.ts";
import { oneOf } from "./problems.ts";
import { registries } from "./registries.ts";
import { type Overrides, ownRun } from "./request.ts";

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
}

export interface PreparedMasks extends Pick<PreparedRun, "task" | "protocols"> {
  readonly model: PreparedModel;
  /** The protocol's settings, with those that were asked for in place of its own. */
  readonly protocol: string;
  readonly generator: GeneratorSettings;
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
  { model: text, protocol: asked, generator, ...running }: MasksRequest,
  around: Pick<Preparation, "cwd" | "env" | "onStep">,
): Promise<PreparedMasks> {
  const run = ownRun({ ...running, generator, model: [text] }, around.cwd);
  const problems = [...run.problems];
  const preparation: Preparation = { ...around, home: packageFolder, registries, problems, notes: [] };
  const { batch = runDefaults.batch, ...value } = run.value;
  const [model] = await prepareModels(run, batch, preparation);
  const usual = sam2Families.includes(model?.ready.card.family ?? "") ? "everything-sam2@1" : "everything@1";
  const id = asked ?? usual;
  const able = Object.values(registries.protocols).filter((one) => one.generator !== undefined);
  if (!able.some((one) => one.id === id))
    problems.push({
      ...{ code: "unknown-name", where: { path: "protocol" }, what: "makes no masks of everything" },
      ...{ expected: oneOf(able.map((one) => one.id)), got: JSON.stringify(id) },
    });
  const named = { ...run, value: { ...run.value, protocols: [id] as [string] } };
  const { protocols } =
    problems.length > 0 ? { protocols: [] } : prepareProtocols(named, [], preparation);
  const [protocol] = protocols;
  const settings = protocol?.generator;
  if (problems.length > 0 || model === undefined || settings === undefined) throw new SegbenchError(problems);
  const { threads, provider, optimisation, allowCpuFallback } = value;
  return {
    ...{ model: model.ready, protocol: id, generator: settings, protocols },
    task: taskOf(protocol!, registries.tasks)!,
    workers: value.workers,
    plan: {
      ...{ models: [model.planned], batch, threads: threads ?? runDefaults.threads },
      provider: provider ?? runDefaults.provider,
      ...(optimisation === undefined || optimisation === "all" ? {} : { optimisation }),
      ...(allowCpuFallback === true ? { allowCpuFallback: true as const } : {}),
    },
  };
}
