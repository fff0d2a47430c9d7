import { availableParallelism } from "node:os";
import { knownMetrics, preparePlan, registries } from "../config/index.ts";
import { openPrepared } from "../config/open-model.ts";
import { datasetCardDefaults, runDefaults, validateDefaults } from "../core/defaults.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import type { ImageSession, SampleRef, Target } from "../core/types.ts";
import { spread } from "../datasets/inspect.ts";
import { evaluateImage, isInteractive } from "../eval/index.ts";
import type { Around } from "./data-folder.ts";
import { workersFor } from "./units.ts";
import type { RunEstimate, TimedWith } from "./verdict.ts";

export interface Timing extends TimedWith {
  readonly session: ImageSession;
}

export function estimateRun(
  card: DatasetCard,
  refs: readonly SampleRef[],
  masksPerImage: number | undefined,
): RunEstimate & { readonly refs: readonly SampleRef[] } {
  const subset = { ...datasetCardDefaults.subset, ...card.subset };
  const images = chosen(refs, { benchmark: card.name, ...subset });
  const counted = images.every(({ masks }) => masks !== undefined);
  const masks =
    counted || masksPerImage !== undefined
      ? Math.round(images.reduce((sum, ref) => sum + (ref.masks ?? masksPerImage ?? 0), 0))
      : undefined;
  return { images: images.length, masks, counted, refs: images };
}

/** A set whose masks are not known from its list cannot be cut down by them; then all images are meant. */
function chosen(refs: readonly SampleRef[], rule: { benchmark: string; seed: string; masks?: number }) {
  const known = rule.masks === undefined || refs.every(({ masks }) => masks !== undefined);
  return known ? registries.selectImages(refs, rule).images : refs;
}

/** Opens the model that `--model` names, to be timed. */
export async function openTimed(model: string, { cwd, env }: Around): Promise<Timing> {
  const run = await preparePlan({
    overrides: { models: [model], protocols: [...runDefaults.protocols], limit: 1 },
    cwd,
    env,
  });
  const session = await openPrepared(run.models[0]!, run.plan);
  const { threads } = run.plan;
  const workers = workersFor(run);
  return { model: run.models[0]!.name, workers, threads, protocol: run.protocols[0]!.id, session };
}

/**
 * Seconds of a run: a few images are encoded and a few of their targets played through the protocol; what belongs to
 * images and what belongs to masks is scaled up separately.
 */
export async function secondsOf(
  { refs, masks }: { readonly refs: readonly SampleRef[]; readonly masks: number | undefined },
  { model: name, session, workers, threads, protocol }: Timing,
  clock: () => number,
): Promise<number | undefined> {
  if (masks === undefined) return undefined;
  const settings = {
    protocols: [registries.protocols[protocol]!].filter(isInteractive),
    metrics: knownMetrics(runDefaults.metrics),
    seed: runDefaults.seed,
    masks: runDefaults.masks,
    clock,
  };
  let [images, targets] = [0, 0];
  const model = { image: 0, target: 0 };
  const thread = { image: 0, target: 0 };
  for (const i of spread(refs.length, validateDefaults.samples)) {
    const ref = refs[i]!;
    const unit = { index: i, model: name, benchmark: "", sample: ref.id };
    const { timing } = await evaluateImage({ unit, ref: withFewTargets(ref) }, session, settings);
    if (timing.targets === 0) continue;
    images++;
    targets += timing.targets;
    model.image += timing.encode;
    model.target += timing.decode;
    thread.image += timing.read + timing.preprocess;
    thread.target += timing.postprocess + timing.score + timing.click;
  }
  if (images === 0) return undefined;
  const all = (part: { readonly image: number; readonly target: number }) =>
    (part.image / images) * refs.length + (part.target / targets) * masks;
  // Workers share the graphs; one thread does all the rest meanwhile; no more is done at a time than there are processors.
  const together = (threads * all(model) + all(thread)) / availableParallelism();
  return Math.max(all(model) / workers, all(thread), together) / 1000;
}

function withFewTargets(ref: SampleRef): SampleRef {
  return {
    ...ref,
    load: async () => {
      const { targets, ...sample } = await ref.load();
      const scored = targets.filter((target): target is Target => target.status === "ok");
      return { ...sample, targets: scored.slice(0, validateDefaults.timedTargets) };
    },
  };
}
