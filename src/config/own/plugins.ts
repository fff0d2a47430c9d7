// Checks what a program passes in for all that later code relies on, before the first sample: all problems at once.
import { complain, type Problem, reasonOf, SegbenchError } from "../../core/errors.ts";
import { type Metric, units } from "../../core/measure.ts";
import type { BitMask, Dataset, ImageSample, SampleRef, TargetEntry } from "../../core/types.ts";
import type { TaskProtocol } from "../../eval/index.ts";
import { unscorable } from "../../masks/bit-mask.ts";
import type { OwnBenchmark, Plugins, Registries } from "../plugins.ts";

/** Names stand in file names, in ids of measures before the "@", and in columns of tables. */
const metricName = /^[a-z][a-z0-9-]*$/;
const protocolId = /^(replay:)*[\w.+-]+@\d+$/;
const benchmarkName = /^[A-Za-z0-9][\w.+-]*$/;

/** The key of a candidate that stands beside its metrics. */
const candidateKey = "predicted";

/** What is wrong with custom objects; `registries`: the project's own, whose names keep their meanings. */
export function ownProblems(
  { tasks = [], protocols = [], metrics = [], benchmarks = [] }: Plugins,
  registries: Pick<Registries, "tasks" | "protocols" | "metrics">,
): Problem[] {
  if ([tasks, protocols, metrics, benchmarks].every(({ length }) => length === 0)) return [];
  // Rows of other tasks have no scores by metrics.
  const scored = Object.values(registries.tasks).filter((task) => task.defaultMetrics.length > 0);
  const measured = scored.flatMap((task) =>
    Object.values(task.protocols).flatMap((protocol) => protocol.measures([])),
  );
  const taken = [candidateKey, ...measured.map(({ name }) => name)];
  const ofTasks = tasks.flatMap((task) => Object.values(task.protocols));
  return [
    ...tasks.flatMap((task) => takenName(`task ${task.name}`, task.name, task, registries.tasks)),
    ...ofTasks.flatMap((one) => takenName(`protocol ${one.id}`, one.id, one, registries.protocols)),
    ...metrics.flatMap((metric) => metricProblems(metric, registries.metrics, taken)),
    ...protocols.flatMap((protocol) => protocolProblems(protocol, registries.protocols)),
    ...benchmarks.flatMap(benchmarkProblems),
    ...twice("task", names(tasks)),
    ...twice("metric", names(metrics)),
    ...twice(
      "protocol",
      [...ofTasks, ...protocols].map(({ id }) => id),
    ),
    ...twice("benchmark", names(benchmarks)),
  ];
}

function names(objects: readonly { readonly name: string }[]): string[] {
  return objects.map(({ name }) => name);
}

function metricProblems(metric: Metric, known: Registries["metrics"], taken: readonly string[]): Problem[] {
  const { name, title, meaning, unit, better, against } = metric;
  const where = `metric ${name}`;
  return [
    ...nameProblem(where, name, metricName, "lowercase letters, digits and hyphens, beginning with a letter"),
    ...takenName(where, name, metric, taken.includes(name) ? { [name]: undefined } : known),
    ...text(where, { title, meaning }),
    ...choice(where, "unit", unit, Object.keys(units)),
    ...choice(where, "better", better, ["higher", "lower"]),
    ...functions(where, { against }),
  ];
}

function protocolProblems(protocol: TaskProtocol, known: Registries["protocols"]): Problem[] {
  const { id, summary, reported = [], measures } = protocol;
  const { next = () => undefined } = protocol as { readonly next?: unknown };
  const where = `protocol ${id}`;
  return [
    ...nameProblem(where, id, protocolId, "a name and a version, such as mine@1"),
    ...takenName(where, id, protocol, known),
    ...text(where, { summary }),
    ...(Array.isArray(reported) && reported.every((clicks) => Number.isInteger(clicks) && clicks >= 0)
      ? []
      : [{ where, what: "reported is not a list of numbers of clicks", got: JSON.stringify(reported) }]),
    ...functions(where, { measures, next }),
  ];
}

function benchmarkProblems({ name, version, dataset }: OwnBenchmark): Problem[] {
  const where = `benchmark ${name}`;
  return [
    ...nameProblem(where, name, benchmarkName, "letters, digits, dots, hyphens and underscores"),
    ...text(where, { version }),
    ...functions(where, { "dataset.list": dataset?.list }),
  ];
}

function nameProblem(where: string, name: unknown, pattern: RegExp, expected: string): Problem[] {
  return typeof name === "string" && pattern.test(name)
    ? []
    : [{ where, what: "cannot be a name", expected, got: JSON.stringify(name) ?? "nothing" }];
}

/** The project's own object of a name may be passed in as well. */
function takenName(where: string, name: string, own: object, known: Readonly<Record<string, unknown>>) {
  const problem: Problem = {
    code: "refused",
    where,
    what: "the project already has something of this name",
    expected: "another name",
  };
  return Object.hasOwn(known, name) && known[name] !== own ? [problem] : [];
}

function twice(what: string, names: readonly string[]): Problem[] {
  return names
    .filter((name, i) => names.indexOf(name) < i)
    .map((name) => ({ where: `${what} ${name}`, what: "is given twice" }));
}

function text(where: string, values: Readonly<Record<string, unknown>>): Problem[] {
  return Object.entries(values)
    .filter(([, value]) => typeof value !== "string" || value.trim() === "")
    .map(([key, value]) => ({ where, what: `${key} is missing`, expected: "a string", got: got(value) }));
}

function choice(where: string, key: string, value: unknown, known: readonly string[]): Problem[] {
  return known.includes(value as string)
    ? []
    : [{ where, what: `unknown ${key}`, expected: `one of ${known.join(", ")}`, got: got(value) }];
}

function functions(where: string, values: Readonly<Record<string, unknown>>): Problem[] {
  return Object.entries(values)
    .filter(([, value]) => typeof value !== "function")
    .map(([key, value]) => ({ where, what: `${key} is not a function`, got: got(value) }));
}

function got(value: unknown): string {
  return value === undefined ? "nothing" : (JSON.stringify(value) ?? typeof value);
}

/** Custom samples, held to the same rules as adapters: ids, sizes, masks. A bad target fails alone. */
export function checkedDataset({ name, dataset }: OwnBenchmark): Dataset {
  return {
    list: async () => {
      const refs = await dataset.list();
      const problems = refProblems(name, refs);
      if (problems.length > 0) throw new SegbenchError(problems);
      return refs.map((ref) => ({ ...ref, load: () => loaded(name, ref) }));
    },
  };
}

function refProblems(name: string, refs: readonly SampleRef[]): Problem[] {
  const where = `benchmark ${name}`;
  if (!Array.isArray(refs) || refs.length === 0)
    return [{ code: "no-samples", where, what: "list() gave no sample", expected: "at least one" }];
  const seen = new Set<unknown>();
  return refs.flatMap(({ id, cluster, load }, i): Problem[] => {
    const at = `${where}, sample ${i}`;
    const again = seen.has(id);
    seen.add(id);
    return [
      ...text(at, { id, cluster }),
      ...functions(at, { load }),
      ...(again ? [{ where: at, what: "two samples have the same id", got: got(id) }] : []),
    ];
  });
}

async function loaded(name: string, { id, load }: SampleRef): Promise<ImageSample> {
  const where = `${name}, sample ${id}`;
  let sample: ImageSample;
  try {
    sample = await load();
  } catch (cause) {
    if (cause instanceof SegbenchError) throw cause;
    throw complain(where, `load() failed: ${reasonOf(cause)}`, { cause });
  }
  return checkedImage(where, sample);
}

function checkedImage(where: string, sample: ImageSample): ImageSample {
  if (sample?.kind !== "image")
    throw complain(where, "is not an image", { expected: 'kind "image"', got: got(sample?.kind) });
  const { width, height, data } = sample.image ?? {};
  const bytes = 3 * width * height;
  if (!(Number.isInteger(width) && Number.isInteger(height) && bytes > 0 && data?.length === bytes))
    throw complain(where, "the image is not 8-bit RGB of its size", {
      expected: `3 x ${width} x ${height} bytes`,
      got: `${data?.length ?? "no"} bytes`,
    });
  return { ...sample, targets: sample.targets.map((target) => checkedTarget(target, sample.image)) };
}

function checkedTarget(target: TargetEntry, image: ImageSample["image"]): TargetEntry {
  if (target.status !== "ok") return target;
  const { id, mask, ignore, category } = target;
  const kept = { id, ...(category === undefined ? {} : { category }) };
  const wrong = [mask, ...(ignore === undefined ? [] : [ignore])].find((one) => !isMaskOf(one, image));
  if (wrong !== undefined)
    return {
      ...kept,
      status: "failed",
      reason: `target ${id}: the mask and its image differ in size; expected ${image.width}x${image.height}, got ${wrong?.width}x${wrong?.height}`,
    };
  const reason = unscorable(mask, ignore);
  return reason === undefined ? target : { ...kept, status: "dropped", reason };
}

function isMaskOf(mask: BitMask, { width, height }: ImageSample["image"]): boolean {
  const stride = Math.ceil(width / 32);
  return (
    mask?.width === width &&
    mask.height === height &&
    mask.stride === stride &&
    mask.words?.length === stride * height
  );
}
