// A child process: the calls that graphs get in one clip of a run file, made bare, one after the other.
//   tsx bench/clip-floor.ts RUNFILE    prints {"calls": milliseconds, "number": n}
// The clip is played once to learn what is called, in which order and with which sizes; tensors of a size are then the same ones, since
// their values do not change what a call costs.
import * as ort from "onnxruntime-node";
import { preparePlan } from "../src/config/index.ts";
import { openPreparedVideo } from "../src/config/models/open.ts";
import type { Clip, SampleRef } from "../src/core/types.ts";
import { evaluateSample } from "../src/eval/index.ts";
import { video } from "../src/eval/video/index.ts";
import type { GraphHost, Tensor } from "../src/models/runtime/graph.ts";
import { type TappedHost, tapHost } from "../src/models/runtime/tap.ts";
import { withoutTelemetry } from "../src/models/runtime/telemetry.ts";

withoutTelemetry();
const [file = ""] = process.argv.slice(2);
const run = await preparePlan({ file, overrides: {}, cwd: process.cwd(), env: process.env });
const [model, { name: benchmark, refs }, protocol] = [run.models[0]!, run.benchmarks[0]!, run.protocols[0]!];

const calls: { readonly graph: string; readonly feeds: Record<string, ort.Tensor> }[] = [];
const known = new Map<string, ort.Tensor>();
let host: TappedHost | undefined;
const wrap = (own: GraphHost) => {
  host = tapHost(own);
  return host;
};
const session = await openPreparedVideo(model, run.plan, wrap);
const after = ({ graph, feeds }: { graph: { file: string }; feeds: Readonly<Record<string, Tensor>> }) => {
  const fed = Object.entries(feeds).map(([name, { type, dims, data }]) => {
    const key = `${graph.file} ${name} ${dims}`;
    const tensor = known.get(key) ?? new ort.Tensor(type as "float32", data as Float32Array, dims);
    known.set(key, tensor);
    return [name, tensor] as const;
  });
  calls.push({ graph: graph.file, feeds: Object.fromEntries(fed) });
};
const ref = refs[0] as SampleRef<Clip>;
const unit = { index: 0, model: model.name, benchmark, sample: ref.id };
const settings = {
  ...{ metrics: [], seed: "bench", masks: false },
  protocols: [video.protocols[protocol.id]!],
  clock: () => 0,
};
await host!.during({ after }, () => evaluateSample(video, { unit, ref }, session, settings));
await session.close();

const options = {
  executionProviders: ["cpu"],
  intraOpNumThreads: run.plan.threads,
  interOpNumThreads: 1,
  graphOptimizationLevel: "all" as const,
};
const graphs = new Map<string, ort.InferenceSession>();
for (const graph of new Set(calls.map((call) => call.graph)))
  graphs.set(graph, await ort.InferenceSession.create(graph, options));
for (const [graph, opened] of graphs) await opened.run(calls.find((call) => call.graph === graph)!.feeds);

const start = performance.now();
for (const { graph, feeds } of calls) await graphs.get(graph)!.run(feeds);
console.log(JSON.stringify({ calls: performance.now() - start, number: calls.length }));
process.exit(0);
