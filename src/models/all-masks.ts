// Decoders that select a mask in their graph, written without the selection: all candidates as outputs.
import { complain } from "../core/errors.ts";
import {
  dataTypes,
  mustSurvive,
  type OnnxGraph,
  type OnnxModel,
  type OnnxValue,
  onnxBytes,
  parseOnnx,
  whole,
} from "../formats/onnx-graph.ts";
import { recognise } from "./recognise/recognise.ts";
import { findSelection, type Selection } from "./selection/find.ts";
import { type Rewritten, withAllCandidates } from "./selection/rewrite.ts";

export type { SelectedOutput, Selection } from "./selection/find.ts";
export { chosenBy, type Rule } from "./selection/rule.ts";

export interface SelectionIn {
  readonly selection?: Selection;
  /** Why there is none that can be taken out. */
  readonly why?: string;
}

/** The selection in a decoder's graph, or why there is none; nothing to say where all candidates are returned. */
export function selectionIn(bytes: Uint8Array, name: string): SelectionIn {
  const { written, why } = rewrite(parseOnnx(bytes, name));
  if (written !== undefined) return { selection: written.selection };
  return why === undefined ? {} : { why };
}

export interface AllMasks {
  readonly bytes: Uint8Array;
  readonly selection: Selection;
  /** Outputs and inputs that the file does not have any more. */
  readonly dropped: readonly string[];
  /** Nodes before and after. */
  readonly nodes: readonly [before: number, after: number];
  /** Its weights are float16: a runtime without float16 may round once more or once less where the graph ends elsewhere. */
  readonly float16: boolean;
  /** Side files with weights that it still names. */
  readonly sideFiles: readonly string[];
}

/**
 * The file without its selection: the same bytes on every machine. `name` is for messages. Throws where nothing is selected in the
 * graph, or the selection cannot be taken out.
 */
export function withAllMasks(bytes: Uint8Array, name: string): AllMasks {
  const model = parseOnnx(bytes, name);
  const { written, why, foreign } = rewrite(model);
  if (written === undefined) {
    const reason = why ?? foreign ?? "it returns all that it computes";
    throw complain(name, `has no hidden masks to bring back: ${reason}`);
  }
  if ((model.trainingInfo ?? []).length > 0)
    throw complain(name, "holds training information (training_info), which would not fit its new outputs");
  mustSurvive(bytes, name);
  const { graph } = written.model;
  const places = graph.initializer.flatMap(({ dataLocation, externalData = [] }) =>
    dataLocation === 1 ? externalData.filter(({ key }) => key === "location") : [],
  );
  return {
    bytes: onnxBytes(written.model),
    selection: written.selection,
    dropped: written.dropped,
    nodes: [model.graph.node.length, graph.node.length],
    float16: graph.initializer.some(({ dataType }) => dataTypes[dataType] === "float16"),
    sideFiles: [...new Set(places.map(({ value = "" }) => value))].sort(),
  };
}

/** Only the bytes: what `pull` makes of a fetched decoder. */
export function allMasks(bytes: Uint8Array, name: string): Uint8Array {
  return withAllMasks(bytes, name).bytes;
}

function rewrite(model: OnnxModel): {
  readonly written?: Rewritten & { readonly selection: Selection };
  readonly why?: string;
  readonly foreign?: string;
} {
  const { found, ...others } = findSelection(model.graph);
  if (found === undefined) return others;
  const written = withAllCandidates(model, found);
  const [before, after] = [model.graph, written.model.graph].map((graph) => recognise(portsOf(graph)));
  const [first] = before!;
  if (
    first === undefined ||
    after!.some(({ family, part }) => family === first.family && part === first.part)
  )
    return { written: { ...written, selection: found.selection } };
  const gone = written.dropped.join(", ");
  return { why: `${gone}, which ${first.family} needs, would go with the selection` };
}

function portsOf({ input, output }: OnnxGraph) {
  const port = ({ name, type }: OnnxValue) => ({
    name,
    type: dataTypes[type?.tensorType?.elemType ?? 0] ?? "",
    shape: (type?.tensorType?.shape?.dim ?? []).map(
      ({ dimValue, dimParam = "" }) => whole(dimValue) || dimParam,
    ),
  });
  return { inputs: input.map(port), outputs: output.map(port) };
}
