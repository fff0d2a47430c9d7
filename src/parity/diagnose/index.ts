import { type FullModelCard, parityDefaults } from "../../core/defaults.ts";
import { reasonOf } from "../../core/errors.ts";
import type { GraphFacts, ParityDiagnosis } from "../../core/parity.ts";
import type { EvaluationSettings, UnitJob } from "../../eval/index.ts";
import type { Protocol } from "../../eval/interactive/protocol.ts";
import { readOnnx } from "../../formats/onnx-graph.ts";
import type { TappedHost } from "../../models/runtime/tap.ts";
import { floatsOf } from "../../models/tensors/cast.ts";
import type { ParityPair } from "../crossing.ts";
import { anotherModel, anotherModelDiagnosis } from "./another-model.ts";
import { probeCases } from "./cases.ts";
import { encoderHypotheses } from "./encoder.ts";
import { graphFacts, graphHypotheses, weightDiagnosis } from "./graphs.ts";
import { diagnosisOf, errorOf, type Hypothesis, type ProbeCase, tryAll } from "./hypothesis.ts";
import { decoderHypotheses } from "./prompts.ts";
import { weightsId } from "./weights.ts";

export interface DiagnoseRequest {
  readonly pair: ParityPair;
  /** Of the candidate. */
  readonly card: FullModelCard;
  readonly jobs: readonly UnitJob[];
  readonly settings: EvaluationSettings<Protocol>;
  /** Folder for patched graphs; the caller removes it. */
  readonly folder: string;
  /** The stage that explains more of the difference; it is diagnosed first. */
  readonly first: "encoder" | "decoder";
  /** Aborting rejects before the next experiment. */
  readonly signal?: AbortSignal;
}

export interface DiagnoseStageRequest extends Pick<DiagnoseRequest, "folder" | "signal"> {
  readonly pair: { readonly candidate: { readonly host: TappedHost } };
}

/** Tries the usual mistakes on a few images. Diagnoses come with evidence, the likeliest first. */
export async function diagnose(request: DiagnoseRequest): Promise<{
  readonly diagnoses: readonly ParityDiagnosis[];
  readonly remarks: readonly string[];
}> {
  const { pair, card, jobs, settings, first } = request;
  const { encoder, decoder, remarks } = await probeCases(jobs, pair, settings, parityDefaults.probedTargets);
  const found = {
    encoder: await diagnoseStage("encoder", encoder, encoderHypotheses(card), request),
    decoder: await diagnoseStage("decoder", decoder, decoderHypotheses(decoder, card.image.size), request),
  };
  const order = first === "encoder" ? (["encoder", "decoder"] as const) : (["decoder", "encoder"] as const);
  const diagnoses = order.flatMap((stage) => found[stage]);
  return { diagnoses, remarks: diagnoses.some(({ id }) => id === anotherModel) ? [] : remarks };
}

/** What is wrong with one stage. Patched graphs are opened on the candidate's host. */
export async function diagnoseStage(
  stage: ParityDiagnosis["stage"],
  cases: readonly ProbeCase[],
  hypotheses: readonly Hypothesis[],
  { pair, folder, signal }: DiagnoseStageRequest,
): Promise<ParityDiagnosis[]> {
  if (cases.length === 0) return [];
  const error = errorOf(cases);
  if (error < parityDefaults.sameStage) return [];
  const symptoms = [...notFinite(stage, cases), ...constant(stage, cases)];
  const models = await graphsOf(cases[0]!);
  const another = models && anotherModelDiagnosis(stage, models.reference.model, models.candidate.model);
  if (another !== undefined) return [...symptoms, another];
  const patched =
    models === undefined
      ? []
      : await graphHypotheses(
          models.reference.model,
          models.candidate.model,
          pair.candidate.host,
          folder,
          stage,
        );
  const tried = await tryAll([...hypotheses, ...patched], cases, signal);
  const named = onePerCause(tried.map((one) => diagnosisOf(one, stage)));
  if (named.length + symptoms.length > 0) return [...symptoms, ...named];
  return models === undefined ? [] : [weightDiagnosis(stage, error, models.reference, models.candidate)];
}

async function graphsOf({ reference, candidate }: ProbeCase) {
  const read = async (file: string) => ({ file, model: await readOnnx(file) });
  try {
    return { reference: await read(reference.graph.file), candidate: await read(candidate.graph.file) };
  } catch {
    return undefined;
  }
}

/** The facts of a file, or why it cannot be read. */
export async function factsOf(file: string): Promise<GraphFacts | string> {
  return readOnnx(file).then(
    (model) => graphFacts(file, model),
    (error: unknown) => reasonOf(error),
  );
}

/** Weights in another guise are not named beside what they cause. */
function onePerCause(diagnoses: readonly ParityDiagnosis[]): ParityDiagnosis[] {
  const others = diagnoses.filter(({ id }) => !id.startsWith(weightsId));
  const kept = others.length > 0 ? others : diagnoses;
  return kept.filter(({ id }, i) => kept.findIndex((other) => other.id === id) === i);
}

function notFinite(stage: ParityDiagnosis["stage"], cases: readonly ProbeCase[]): ParityDiagnosis[] {
  let [bad, all] = [0, 0];
  for (const { candidate } of cases)
    for (const tensor of Object.values(candidate.outputs)) {
      const values = floatsOf(tensor);
      all += values.length;
      for (const value of values) if (!Number.isFinite(value)) bad += 1;
    }
  if (bad === 0) return [];
  return [
    {
      ...{ id: "not-finite", stage, mistake: true, title: `Overflow: NaN or infinity in the ${stage}` },
      evidence: [`${bad} of ${all} values are not finite. float16 is finite up to 65504.`],
      advice:
        "Keep the layers that overflow in float32: LayerNorm, softmax and attention are the usual ones.",
    },
  ];
}

/** Identical outputs for different inputs, where the reference's outputs differ. */
function constant(stage: ParityDiagnosis["stage"], cases: readonly ProbeCase[]): ParityDiagnosis[] {
  const [first, ...others] = cases;
  let compared = 0;
  const same = (side: "reference" | "candidate") =>
    others.every((one) =>
      Object.entries(one[side].outputs).every(([name, tensor]) => {
        const known = first![side].outputs[name];
        if (known === undefined || known.data.length !== tensor.data.length) return true;
        const [a, b] = [floatsOf(known), floatsOf(tensor)];
        compared += a.length;
        return a.every((value, i) => value === b[i]);
      }),
    );
  // A graph that finds nothing answers with no value.
  if (others.length === 0 || !same("candidate") || compared === 0 || same("reference")) return [];
  return [
    {
      ...{
        id: "constant",
        stage,
        mistake: true,
        title: `The same output of the ${stage} for every input`,
      },
      evidence: [
        `${cases.length} different inputs gave bit-identical outputs; the reference's outputs differ.`,
      ],
      advice:
        "An input was frozen when the graph was traced: export again, and look at which inputs the graph reads.",
    },
  ];
}
