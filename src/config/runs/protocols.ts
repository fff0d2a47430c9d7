// The protocols of a run, the numbers of clicks that it asks for, their task, and its metrics.

import { runDefaults } from "../../core/defaults.ts";
import { groupBy } from "../../core/group-by.ts";
import type { Metric } from "../../core/measure.ts";
import type { Plan } from "../../core/plan.ts";
import {
  gridProblem,
  pointsProblem,
  type Task,
  type TaskProtocol,
  taskOf,
  withGenerator,
  withPoints,
} from "../../eval/index.ts";
import type { BenchmarkPlan } from "../benchmarks/prepare.ts";
import type { Preparation } from "../plugins.ts";
import { unknownName } from "../problems.ts";
import type { RunSource } from "../request.ts";
import { kindAmong } from "./kinds.ts";

/** The protocols of a run, and the numbers of clicks that are not their own. */
export interface PreparedProtocols {
  readonly protocols: readonly TaskProtocol[];
  readonly points?: readonly number[];
  /** Settings of those that make all masks of an image. */
  readonly generators?: Plan["generators"];
}

export function prepareProtocols(
  run: RunSource,
  benchmarks: readonly BenchmarkPlan[],
  preparation: Preparation,
): PreparedProtocols {
  const protocols = namedProtocols(run, benchmarks, preparation);
  const made = withSettings(run, protocols, preparation);
  if (made !== undefined) return made;
  const points = run.value.points && [...run.value.points].sort((a, b) => a - b);
  if (points === undefined || !checkPoints(points, protocols, run, preparation)) return { protocols };
  const cut = protocols.map((protocol) => withPoints(protocol, points));
  const same = cut.every(({ reported }, i) => reported?.join() === protocols[i]!.reported?.join());
  return same ? { protocols } : { protocols: cut, points };
}

/** Protocols that make all masks of an image, each with its settings; undefined where there are none. */
function withSettings(
  { value, place }: RunSource,
  protocols: readonly TaskProtocol[],
  { problems }: Preparation,
): PreparedProtocols | undefined {
  const { generator, points } = value;
  const set = protocols.map((protocol) => withGenerator(protocol, generator));
  const settings = set.flatMap(({ id, generator: own }) => (own === undefined ? [] : [[id, own] as const]));
  if (settings.length > 0) {
    if (points !== undefined)
      problems.push({
        where: place(["points"]),
        what: "are numbers of clicks, and these protocols click a grid",
        expected: "`generator` with pointsPerSide",
      });
    for (const [id, own] of settings) {
      const wrong = gridProblem(own);
      if (wrong === undefined) continue;
      const expected = "more points a side, or fewer layers of crops";
      problems.push({ where: place(["generator"]), what: `${id}: ${wrong}`, expected });
    }
    return { protocols: set, generators: Object.fromEntries(settings) };
  }
  if (generator !== undefined && protocols.length > 0)
    problems.push({
      where: place(["generator"]),
      what: "is how all masks of an image are made, and no protocol of the run makes them",
      expected: "a protocol that does, such as everything@1",
      got: protocols.map(({ id }) => id).join(", "),
    });
  return undefined;
}

/** A run without a run file plays clicks and boxes, or what was asked for; one of clips, masks; one of phrases is judged as its benchmarks' cards say, which have to agree. */
function namesOf(
  { own, value, words, place }: RunSource,
  benchmarks: readonly BenchmarkPlan[],
  { problems }: Preparation,
): readonly string[] {
  const kind = kindAmong(benchmarks);
  const { protocols, points } = value;
  const { protocols: usual, ownProtocols } = runDefaults;
  const clips = kind === "clip";
  const box = words.box === true ? [clips ? "vos-box@1" : "box@1"] : [];
  if (protocols !== undefined) return [...new Set([...protocols, ...box])];
  if (kind === "clip") return [...runDefaults.usualProtocols.clip, ...box];
  if (kind === "concept") {
    const said = groupBy(benchmarks, ({ ready: { card } }) =>
      String(("protocol" in card ? card.protocol : undefined) ?? runDefaults.usualProtocols.concept),
    );
    const [first, ...others] = said.keys();
    if (others.length > 0)
      problems.push({
        where: place(["benchmarks"]),
        what: "are judged by different protocols, as their cards say",
        expected: "a run for each, or `protocols` for all",
        got: [...said]
          .map(([ids, some]) => `${some.map(({ ready }) => ready.name).join(", ")} by ${ids}`)
          .join("; "),
      });
    return first!.split(",");
  }
  if (!own) return [...new Set([...usual, ...box])];
  return points === undefined && box.length === 0
    ? ownProtocols
    : [...(points === undefined ? [] : usual), ...box];
}

/** Whether the protocols can be asked for these numbers of clicks. */
function checkPoints(
  points: readonly number[],
  protocols: readonly TaskProtocol[],
  run: RunSource,
  { problems }: Preparation,
): boolean {
  const before = problems.length;
  const where = run.place(["points"]);
  const clicked = protocols.filter(({ reported = [] }) => reported.some((clicks) => clicks > 0));
  if (protocols.length > 0 && clicked.length === 0)
    problems.push({
      where,
      what: "are numbers of clicks, and no protocol of the run has clicks",
      expected: `a protocol with clicks, such as ${protocols.every(({ task }) => task === "video") ? "vos-3-click@1, which says itself how many" : "sam1-d1@1"}`,
      got: protocols.map(({ id }) => id).join(", "),
    });
  for (const protocol of clicked)
    if (protocol.points === undefined)
      problems.push({
        where,
        what: `${protocol.id} says itself how many clicks a target gets`,
        expected: `\`protocols\` without it, or no \`points\``,
      });
    else {
      const wrong = points.map((clicks) => pointsProblem(protocol, clicks)).find((one) => one !== undefined);
      if (wrong !== undefined) problems.push({ where, what: wrong, got: points.join(",") });
    }
  return problems.length === before;
}

function namedProtocols(
  run: RunSource,
  benchmarks: readonly BenchmarkPlan[],
  preparation: Preparation,
): readonly TaskProtocol[] {
  const { registries, problems } = preparation;
  const ids = namesOf(run, benchmarks, preparation);
  return [...ids.entries()].flatMap(([i, id]) => {
    const known = Object.keys(registries.protocols);
    if (known.includes(id)) return [registries.protocols[id]!];
    problems.push(unknownName(run.place(["protocols", i]), "unknown protocol", id, known));
    return [];
  });
}

/** All protocols of a run are of one task: its samples are opened once for all of them. */
export function prepareTask(
  run: RunSource,
  protocols: readonly TaskProtocol[],
  { registries, problems }: Preparation,
): Task {
  const tasks = new Set<Task>();
  for (const protocol of protocols) {
    const task = taskOf(protocol, registries.tasks);
    if (task !== undefined) tasks.add(task);
    else {
      const known = Object.keys(registries.tasks);
      problems.push(
        unknownName(
          run.place(["protocols"]),
          `${protocol.id} is of an unknown task`,
          protocol.task ?? "",
          known,
        ),
      );
    }
  }
  if (tasks.size > 1)
    problems.push({
      where: run.place(["protocols"]),
      what: "are of different tasks",
      expected: "a run for each",
      got: [...tasks].map(({ name }) => name).join(", "),
    });
  // Where there is none, a problem was reported.
  return [...tasks][0] ?? taskOf({}, registries.tasks)!;
}

/** What the task computes itself, then those named, or the usual ones of the task, and what comes along with them. */
export function prepareMetrics(
  run: Pick<RunSource, "value" | "place">,
  task: Task | undefined,
  { registries: { metrics }, problems }: Pick<Preparation, "registries" | "problems">,
): readonly Metric[] {
  const known = Object.keys(metrics);
  const names = run.value.metrics ?? task?.defaultMetrics ?? [];
  const chosen = new Set(task?.metrics.filter((name) => known.includes(name)));
  if (run.value.metrics !== undefined && task !== undefined && task.defaultMetrics.length === 0)
    problems.push({
      where: run.place(["metrics"]),
      what: `protocols of the task ${task.name} have measures of their own`,
      expected: "no metrics",
    });
  for (const [i, name] of names.entries())
    if (known.includes(name)) chosen.add(name);
    else problems.push(unknownName(run.place(["metrics", i]), "unknown metric", name, known));
  for (const name of chosen) for (const other of metrics[name]!.with ?? []) chosen.add(other);
  return [...chosen].map((name) => metrics[name]!);
}
