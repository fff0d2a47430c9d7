// A run in names alone, so that a machine without the run file prepares the same plan from its own cards, data and models. What a broker
// says is not trusted: names only, no path, nothing that is executed.
import { type PreparedRun, planRequest, preparePlan, type RunRequest } from "../../config/index.ts";
import { complain, reasonOf, SegbenchError } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import { hashOf } from "../../core/hash.ts";
import type { Plan } from "../../core/plan.ts";
import type { RunHead } from "../../queue/broker.ts";
import { planDifferences } from "../../store/plan-differences.ts";
import type { Context } from "../context.ts";

type Names = Readonly<Record<string, unknown>>;

/** What prepares a plan anew, as far as names can; whether they do is tried by whoever asks. */
export function namesOf({ plan, task }: Pick<PreparedRun, "plan" | "task">): Names {
  const { name, title, seed, limit, batch, threads, provider, optimisation, allowCpuFallback } = plan;
  const [generator] = Object.values(plan.generators ?? {});
  return given({
    ...{ name, title, seed, limit, batch, threads, provider, optimisation, allowCpuFallback, generator },
    ...{ points: plan.points, saveMasks: plan.masks, protocols: plan.protocols },
    // Of some tasks there are none to choose.
    metrics: task.defaultMetrics.length === 0 ? undefined : plan.metrics,
    models: plan.models.map((model) => model.name),
    // As many of each as there are, in place of a limit of its own.
    benchmarks: plan.benchmarks.map((one) => ({ name: one.name, limit: one.images })),
  });
}

/** The same plan as one that machines may work on that round in different ways. */
export function mixedPlan<P extends Pick<PreparedRun, "plan" | "planHash">>(prepared: P, mixed: boolean): P {
  if (!mixed) return prepared;
  const plan: Plan = { ...prepared.plan, mixed: true };
  return { ...prepared, plan, planHash: hashOf(plan) };
}

/** What names of cards may be: no path among them. */
const safe = /^[\w+@][\w.+@-]*$/;

/** A request of names and settings, from a head; `own`: what this machine says itself (where its data lie, say); `roots`: or of single benchmarks. */
export function requestOf(
  { plan, request, withoutRequest }: RunHead,
  own: RunRequest,
  roots: ReadonlyMap<string, string | undefined> = new Map(),
): RunRequest {
  if (request === null)
    throw complain(plan.name, withoutRequest ?? "is not described by names alone", {
      code: "refused",
      expected:
        "segbench work FILE --queue URL, with the run file; where there is none, --write-run FILE behind the words of `run` writes it",
    });
  const { benchmarks: listed, ...names } = request;
  // No more than a name and a number of a benchmark: it may not say where data lie.
  const benchmarks = listOf(listed).map((one) => {
    const { name, limit } = (one ?? {}) as { readonly name?: unknown; readonly limit?: unknown };
    return { name, limit, ...(typeof name === "string" ? given({ root: roots.get(name) }) : {}) };
  });
  const named = [
    ...benchmarks.map(({ name }) => name),
    ...["models", "protocols", "metrics"].flatMap((key) => listOf(names[key])),
  ];
  const wrong = named.find((one) => typeof one !== "string" || !safe.test(one));
  if (wrong !== undefined)
    throw complain(plan.name, "the queue names what is not the name of a card", {
      expected: "names of cards, protocols and metrics",
      got: JSON.stringify(wrong).slice(0, 80),
    });
  const known = Object.fromEntries(Object.entries(names).filter(([key]) => keys.includes(key)));
  return { ...known, benchmarks, ...own } as RunRequest;
}

/** The name of a run in a broker; `of`: the class of machines that it is for. */
export function idOf(planHash: string, of: string | undefined): string {
  return [planHash.slice(0, 12), ...(of === undefined ? [] : [of])].join("-");
}

/** The run as workers find it. Whether its names are enough for them is tried here. */
export async function headOf(
  { plan, planHash, task, benchmarks }: Pick<PreparedRun, "plan" | "planHash" | "task" | "benchmarks">,
  { parts, of }: { readonly parts: RunHead["parts"]; readonly of: string | undefined },
  { cwd, env }: Pick<Context, "cwd" | "env">,
): Promise<RunHead> {
  if (of !== undefined && !/^\w[\w.-]{0,31}$/.test(of))
    throw complain({ path: "class" }, "is no name of a class", {
      expected: "letters, digits, points and hyphens, 32 at most",
      got: JSON.stringify(of),
    });
  const id = idOf(planHash, of);
  const head = { id, plan, planHash, request: namesOf({ plan, task }), parts, ...given({ class: of }) };
  const without = (reason: string): RunHead => ({ ...head, request: null, withoutRequest: reason });
  if (plan.ids !== undefined) return without("has a list of samples, which its run file names");
  try {
    // Where data lie is every machine's own: here they lie where the run has them.
    const roots = new Map(benchmarks.map(({ name, root }) => [name, root]));
    const found = await preparePlan({ ...planRequest(requestOf(head, {}, roots)), cwd, env });
    const again = mixedPlan(found, plan.mixed === true);
    if (again.planHash === planHash) return head;
    const [difference = ""] = planDifferences(plan, again.plan, ["here", "by name"]);
    return without(`is another plan by the names of its cards alone (${difference.trim()})`);
  } catch (error) {
    const problems = error instanceof SegbenchError ? error.problems : [];
    const named = problems.map(({ what, got }) => `${what}${got === undefined ? "" : ` ${got}`}`);
    const why = named.length > 0 ? named.join(", ") : reasonOf(error);
    return without(`is not made of cards that machines know by name (${why})`);
  }
}

export function needsFile({ plan, withoutRequest }: RunHead): string {
  return `workers need the run file (segbench work FILE; --write-run FILE writes one): ${plan.name} ${withoutRequest}`;
}

function listOf(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

const keys: readonly string[] = [
  ...["name", "title", "seed", "limit", "batch", "threads", "provider", "optimisation", "allowCpuFallback"],
  ...["generator", "points", "saveMasks", "protocols", "metrics", "models"],
];
