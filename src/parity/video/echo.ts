// The candidate's graphs on the reference's inputs, run by run: an error of one stage does not reach the next.
import { reasonOf } from "../../core/errors.ts";
import type { EmbeddingError } from "../../core/parity.ts";
import type { Part } from "../../models/index.ts";
import type { Graph, TensorType } from "../../models/runtime/graph.ts";
import type { GraphCall, Tap, Tensors } from "../../models/runtime/tap.ts";
import { castTo, floatsOf } from "../../models/tensors/cast.ts";
import { tensorError } from "../crossing.ts";
import type { ProbeCase } from "../diagnose/hypothesis.ts";
import { type ClipPair, graphsOf, partIn } from "./pair.ts";

/** How far one output is off, over all runs. */
export interface OutputError {
  noise: number;
  signal: number;
  max: number;
  notFinite: number;
}

/** One part of both models on the same inputs. */
export interface PartRecord {
  readonly part: Part;
  /** Runs of the reference. */
  calls: number;
  readonly outputs: Map<string, OutputError>;
  /** Why the candidate gave nothing to compare. */
  failed?: string;
  /** Of the image encoder: the frame that is farthest off. */
  readonly worst: Map<string, EmbeddingError>;
  readonly cases: ProbeCase[];
}

export interface Echo {
  /** For the reference's host. */
  readonly tap: Required<Pick<Tap, "around">>;
  /** Resolves when the candidate has run what the reference has run. */
  settle(): Promise<void>;
  readonly parts: ReadonlyMap<Part, PartRecord>;
}

/** Of recorded runs: most of one kind (sizes of what is fed), and of a part. */
const kept = { kind: 1, part: 6 };

export function newEcho(pair: ClipPair, { cases = false } = {}): Echo {
  const candidates = graphsOf(pair.candidate);
  const partOf = partIn([pair.reference]);
  const parts = new Map<Part, PartRecord>();
  for (const part of graphsOf(pair.reference).keys())
    parts.set(part, { part, calls: 0, outputs: new Map(), worst: new Map(), cases: [] });
  let pending: Promise<void>[] = [];

  async function echoed(record: PartRecord, call: GraphCall, own: Tensors): Promise<void> {
    const graph = candidates.get(record.part);
    if (graph === undefined) {
      record.failed ??= "the candidate does not have this graph";
      return;
    }
    try {
      const feeds = fedTo(graph, call);
      const outputs = paired(own, (await graph.run(feeds)) as Tensors, call.graph, graph);
      compare(record, own, outputs);
      const kind = kindOf(call.feeds);
      const alike = record.cases.filter(({ reference }) => kindOf(reference.feeds) === kind);
      if (cases && alike.length < kept.kind && record.cases.length < kept.part)
        record.cases.push({
          image: 0,
          reference: { graph: call.graph, feeds: call.feeds, outputs: own },
          candidate: { graph, feeds, outputs },
        });
    } catch (error) {
      record.failed ??= reasonOf(error);
    }
  }

  return {
    parts,
    tap: {
      async around(call, run) {
        const outputs = await run();
        const record = parts.get(partOf(call.graph.file) ?? "");
        if (record === undefined) return outputs;
        record.calls += 1;
        // The host rounds and adds to memories in place.
        pending.push(echoed(record, call, copied(outputs)));
        return outputs;
      },
    },
    async settle() {
      const all = pending;
      pending = [];
      await Promise.all(all);
    },
  };
}

function copied(outputs: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, one]) => [name, { ...one, data: one.data.slice() } as typeof one]),
  );
}

const kindOf = (feeds: Tensors) =>
  Object.values(feeds)
    .map(({ dims }) => dims.join("x"))
    .join();

/** The same values by the graph's own names (or, where names differ, in its order) and types. */
function fedTo(graph: Graph, { graph: own, feeds }: GraphCall): Tensors {
  const byName = graph.inputs.every(({ name }) => feeds[name] !== undefined);
  const entries = graph.inputs.map(({ name, type }, i) => {
    const tensor = feeds[byName ? name : (own.inputs[i]?.name ?? name)];
    if (tensor === undefined) throw new Error(`it has an input "${name}" that the reference does not have`);
    return [name, castTo(tensor, type as TensorType)] as const;
  });
  return Object.fromEntries(entries);
}

/** The candidate's outputs by the reference's names. */
function paired(own: Tensors, outputs: Tensors, graph: Graph, other: Graph): Tensors {
  if (Object.keys(own).every((name) => outputs[name] !== undefined)) return outputs;
  const entries = graph.outputs.flatMap(({ name }, i) => {
    const found = outputs[other.outputs[i]?.name ?? ""];
    return found === undefined ? [] : [[name, found] as const];
  });
  return Object.fromEntries(entries);
}

function compare(record: PartRecord, own: Tensors, others: Tensors): void {
  for (const [name, reference] of Object.entries(own)) {
    const other = others[name];
    if (other === undefined) continue;
    if (other.dims.join() !== reference.dims.join())
      throw new Error(
        `its output "${name}" is ${other.dims.join(" x ")}, the reference's ${reference.dims.join(" x ")}`,
      );
    const [a, b] = [floatsOf(reference), floatsOf(other)];
    const sum = record.outputs.get(name) ?? { noise: 0, signal: 0, max: 0, notFinite: 0 };
    record.outputs.set(name, sum);
    for (let i = 0; i < a.length; i++) {
      const difference = b[i]! - a[i]!;
      if (!Number.isFinite(difference)) sum.notFinite += 1;
      else {
        sum.noise += difference * difference;
        sum.max = Math.max(sum.max, Math.abs(difference));
        sum.signal += a[i]! * a[i]!;
      }
    }
    if (record.part !== "image_encoder" || reference.dims.length !== 4) continue;
    const error = { name, dims: reference.dims, ...tensorError(a, b, reference.dims[1]!) };
    const worst = record.worst.get(name);
    if (worst === undefined || error.relativeL2 > worst.relativeL2) record.worst.set(name, error);
  }
}

/** Sums of several records of a part. */
export function addRecord(to: PartRecord, { calls, outputs, failed, worst }: PartRecord): void {
  to.calls += calls;
  if (failed !== undefined) to.failed ??= failed;
  for (const [name, one] of outputs) {
    const sum = to.outputs.get(name) ?? { noise: 0, signal: 0, max: 0, notFinite: 0 };
    to.outputs.set(name, {
      noise: sum.noise + one.noise,
      signal: sum.signal + one.signal,
      max: Math.max(sum.max, one.max),
      notFinite: sum.notFinite + one.notFinite,
    });
  }
  for (const [name, one] of worst)
    if (one.relativeL2 > (to.worst.get(name)?.relativeL2 ?? -1)) to.worst.set(name, one);
}
