// Recorded runs of both models for experiments: a few images and targets, with clicks, boxes and mask prompts.
import type { ImageSample, ImageSession, Prediction, Prompt } from "../../core/types.ts";
import { type EvaluationSettings, evaluateImage, type UnitJob } from "../../eval/index.ts";
import type { Protocol } from "../../eval/interactive/protocol.ts";
import type { GraphCall, Tap, Tensors } from "../../models/runtime/tap.ts";
import { crossingTap, type Encoded, encodeWatched, type ParityModel, type ParityPair } from "../crossing.ts";
import type { ProbeCase, ProbeRun } from "./hypothesis.ts";

export interface ProbeCases {
  readonly encoder: readonly ProbeCase[];
  /** The candidate's decoder is fed the reference's embedding. */
  readonly decoder: readonly ProbeCase[];
  readonly remarks: readonly string[];
}

/** Recorded steps per target: the first has no mask prompt, later ones do. */
const STEPS = 3;

export async function probeCases(
  jobs: readonly UnitJob[],
  pair: ParityPair,
  settings: EvaluationSettings<Protocol>,
  targets: number,
): Promise<ProbeCases> {
  const [encoder, decoder]: [ProbeCase[], ProbeCase[]] = [[], []];
  const remarks = new Set<string>();
  const short = settings.protocols.map(
    (protocol): Protocol => ({
      ...protocol,
      next: (context, done, last) => (done >= STEPS ? undefined : protocol.next(context, done, last)),
    }),
  );
  for (const [image, { unit, ref }] of jobs.entries()) {
    const session = recording(pair, image, encoder, decoder, remarks);
    const load = async () => fewer(await ref.load(), targets);
    await evaluateImage({ unit, ref: { ...ref, load } }, session, {
      ...settings,
      protocols: short,
      masks: false,
    });
  }
  return { encoder, decoder, remarks: [...remarks] };
}

function fewer({ targets, ...rest }: ImageSample, most: number): ImageSample {
  return { ...rest, targets: targets.filter(({ status }) => status === "ok").slice(0, most) };
}

function recording(
  { reference, candidate }: ParityPair,
  image: number,
  encoder: ProbeCase[],
  decoder: ProbeCase[],
  remarks: Set<string>,
): ImageSession {
  let own: Encoded | undefined;
  let other: Encoded | undefined;
  async function decoded(model: ParityModel, encoded: Encoded, prompts: readonly Prompt[], tap: Tap) {
    const runs: ProbeRun[] = [];
    const after = ({ graph, feeds }: GraphCall, outputs: Tensors) =>
      void runs.push({ graph, feeds, outputs });
    const predictions = await model.host.during({ ...tap, after }, () =>
      model.session.decode(encoded.embedding, prompts),
    );
    return { runs, predictions };
  }
  return {
    ...reference.session,
    async encode(rgb) {
      own = await encodeWatched(reference, rgb);
      other = await encodeWatched(candidate, rgb).catch(() => undefined);
      const [a, b] = [runOf(own), runOf(other)];
      if (a === undefined || b === undefined)
        remarks.add("the encoder stage is not one graph in both: it was not diagnosed");
      else encoder.push({ image, reference: a, candidate: b });
      return own.embedding;
    },
    async decode(_embedding, prompts): Promise<readonly Prediction[]> {
      const { runs, predictions } = await decoded(reference, own!, prompts, {});
      if (other === undefined) return predictions;
      const { tap, replaced } = crossingTap(other, own!);
      const size = candidate.session.capabilities.batch;
      if (size < prompts.length) {
        remarks.add("the exports take different numbers of prompts at once: the decoder was not diagnosed");
        return predictions;
      }
      const theirs = await decoded(candidate, other, prompts, tap).catch(() => undefined);
      const [a, b] = [runs, theirs?.runs ?? []];
      if (a.length !== 1 || b.length !== 1 || replaced() === 0)
        remarks.add(
          "the decoder stage is not one graph in both, or its embedding cannot be swapped: it was not diagnosed",
        );
      else decoder.push({ image, reference: a[0]!, candidate: b[0]! });
      return predictions;
    },
    release: async (embedding) => {
      await reference.session.release(embedding);
      if (other !== undefined) await candidate.session.release(other.embedding);
    },
  };
}

function runOf(encoded: Encoded | undefined): ProbeRun | undefined {
  const [call, ...more] = encoded?.calls ?? [];
  if (encoded === undefined || call === undefined || more.length > 0) return undefined;
  const outputs = Object.fromEntries(encoded.outputs.map(({ name, tensor }) => [name, tensor]));
  return { graph: call.graph, feeds: call.feeds, outputs };
}
