// Runs every sample through both models and writes the results.

import { join } from "node:path";
import { registries } from "../../config/index.ts";
import { rowCheck } from "../../config/protocol-facts.ts";
import type { PreparedPair } from "../../config/runs/pair.ts";
import { parityDefaults } from "../../core/defaults.ts";
import type { ParityRow, ParityTiming } from "../../core/parity.ts";
import type { Manifest } from "../../core/plan.ts";
import type { CallStage, TimedLine } from "../../core/timing.ts";
import type { Sample } from "../../core/types.ts";
import { inOrder, type UnitJob } from "../../eval/index.ts";
import { runScore, trajectoryScores } from "../../parity/changes.ts";
import type { PlayedTimes } from "../../parity/crossing.ts";
import type { WorstStep } from "../../parity/record.ts";
import type { SidedScore } from "../../stats/compare.ts";
import { type MeasuredProtocol, targetScore } from "../../stats/score-table.ts";
import { openAppendFile } from "../../store/journal.ts";
import { openRunFolder, type RunFolder } from "../../store/run-folder.ts";
import { type Context, lockOptions } from "../context.ts";
import type { Opened } from "../history.ts";
import { sittingOf } from "../surroundings.ts";
import { progressGroups, progressOf } from "../tallies.ts";
import { loadNow, unitJobs } from "../units.ts";
import { writeOut } from "../write.ts";
import type { OpenPair } from "./pairs.ts";

export interface Played {
  readonly rows: readonly ParityRow[];
  readonly scores: readonly SidedScore[];
  /** The farthest apart, at most as many as are drawn. */
  readonly worst: readonly WorstStep[];
  readonly times: Readonly<Record<"reference" | "candidate", ParityTiming>>;
  /** The same times by image. */
  readonly timed: Readonly<Record<"reference" | "candidate", readonly TimedLine[]>>;
  readonly complete: boolean;
}

const callStages: readonly CallStage[] = ["encode", "decode"];

export async function playAll(
  runs: PreparedPair,
  manifests: Readonly<Record<keyof PreparedPair, Manifest>>,
  pair: OpenPair,
  protocols: readonly MeasuredProtocol[],
  out: string,
  context: Context,
  opened: Opened,
): Promise<Played> {
  const { signal, onEvent } = context;
  const { reference, candidate } = runs;
  const others = unitJobs({ ...reference, plan: candidate.plan });
  const jobs = unitJobs(reference).map((job, i) => ({ reference: job, candidate: others[i]! }));
  const check = rowCheck(registries);
  const folders = await Promise.all(
    (["reference", "candidate"] as const).map((side) =>
      openRunFolder(join(out, side), manifests[side], { check, fresh: true, lock: lockOptions(context) }),
    ),
  );
  const [first] = folders as [RunFolder, RunFolder];
  const progress = () => ({ finished: first.finished.size, expected: first.expected });
  opened(out, progress, reference.benchmarks);
  const path = join(out, "parity.jsonl");
  await writeOut(path, "");
  const file = await openAppendFile(path, 0);
  const rows: ParityRow[] = [];
  const scores: SidedScore[] = [];
  let worst: WorstStep[] = [];
  const times: { [side in keyof PlayedTimes]: { encode: number[]; decode: number[] } } = {
    reference: { encode: [], decode: [] },
    candidate: { encode: [], decode: [] },
  };
  const timed: { readonly [side in keyof PlayedTimes]: TimedLine[] } = { reference: [], candidate: [] };
  const sittings = { reference: sittingIn(reference), candidate: sittingIn(candidate) };
  const known = new Map(protocols.map((protocol) => [protocol.id, protocol]));
  const shares = progressOf(runs.reference);
  // An image of thousands of points is left where it is: nothing of a parity that was stopped is taken up again.
  let left = false;
  const advance = ({ unit }: UnitJob<Sample>, by: number) => {
    if (by > 0) onEvent({ type: "advanced", group: unit.benchmark, ...(by === 1 ? {} : { by }) });
  };
  onEvent({
    type: "started",
    groups: progressGroups(
      jobs.map((job) => job.reference),
      () => false,
      ({ unit }) => unit.benchmark,
      shares,
    ),
  });
  try {
    const results = inOrder(
      jobs,
      [pair],
      (job, lane) =>
        lane.play(job, (count) => {
          left ||= signal.aborted && reference.task.whole === true;
          if (left) throw new Error("stopped");
          advance(job.reference, shares.part(job.reference.unit.index, job.reference.ref, count));
        }),
      {
        ahead: 1,
        stop: () => signal.aborted,
      },
    );
    for await (const result of results) {
      if (left) break;
      for (const [i, { unit, rows: own, masks, timing }] of [result.reference, result.candidate].entries()) {
        const { calls: _, ...times } = timing; // of both models in turn: parity has times of its own
        await folders[i]!.append(unit, own, masks, times);
        for (const row of own) scores.push(runScore(i as 0 | 1, row, known.get(row.protocol)!));
      }
      if (result.rows.length > 0)
        await file.append(result.rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
      const ofReference = new Map(result.reference.rows.map((row) => [keyOf(row), row]));
      for (const row of result.rows) {
        rows.push(row);
        if (row.kind === "target" && result.prompted === undefined)
          scores.push(...trajectoryScores(ofReference.get(keyOf(row))!, row, known.get(row.protocol)!));
      }
      for (const row of result.prompted ?? [])
        scores.push({ side: 2, score: targetScore(row, known.get(row.protocol)!.measures) });
      // A stable sort: ties stay in the order of the rows.
      worst = [...worst, ...result.worst]
        .sort((a, b) => a.agreement - b.agreement)
        .slice(0, parityDefaults.drawn);
      const { benchmark, sample } = result.reference.unit;
      for (const side of ["reference", "candidate"] as const) {
        const own = result.times[side];
        const first = callStages.filter((stage) => times[side][stage].length === 0 && own[stage].length > 0);
        // A decoder call's time is that of one prompt, whatever the batch.
        const calls = [{ ...own, first, sitting: sittings[side], batch: 1, load: loadNow() }];
        timed[side].push({ benchmark, sample, cached: 0, calls });
        for (const stage of callStages) times[side][stage].push(...own[stage]);
      }
      const job = jobs.find((one) => one.reference.unit === result.reference.unit)!.reference;
      advance(job, shares.rest(job.unit.index, job.ref));
    }
  } finally {
    onEvent({ type: "ended" });
    await file.close();
    await Promise.all(folders.map((folder) => folder.close()));
  }
  return { rows, scores, worst, times, timed, complete: !left && first.finished.size === first.expected };
}

/** Both models make their calls at the same time. */
function sittingIn({ models, plan: { provider, threads } }: PreparedPair["reference"]) {
  return sittingOf({ provider: models[0]!.card.provider ?? provider, threads, workers: 2 });
}

const keyOf = ({ protocol, target }: { readonly protocol: string; readonly target: string }) =>
  `${protocol}\n${target}`;
