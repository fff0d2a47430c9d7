// Recorded prompts: of a model of a run folder, or of a file that `segbench export prompts` wrote.
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { basename } from "node:path";
import { checkSchema, type FindRecorded, isRecorded, recordedRounds, registries } from "../config/index.ts";
import { complain } from "../core/errors.ts";
import type { PromptsHead, RecordedTarget } from "../core/recorded.ts";
import { readLines } from "../store/lines.ts";
import { readRows } from "../store/read-rows.ts";
import { openModel } from "./compare-sides.ts";

export interface Recorded {
  readonly head: PromptsHead;
  readonly targets: AsyncIterable<RecordedTarget>;
  /** What of the run is not told, a sentence each. */
  readonly left: readonly string[];
}

/** Opens RUN, RUN:MODEL or a file of prompts. */
export async function openRecorded(word: string): Promise<Recorded> {
  const isFile = statSync(word, { throwIfNoEntry: false })?.isFile() === true;
  return isFile ? openPromptsFile(word) : openRun(word);
}

async function openRun(word: string): Promise<Recorded> {
  const { path, model, manifest, complete, baseline } = await openModel(word);
  const { plan, planHash } = manifest;
  if (baseline !== undefined || !complete)
    throw complain({ where: word, what: "has no whole record of its prompts", expected: "a finished run" });
  const known = plan.protocols.filter((id) => {
    const protocol = registries.protocols[id];
    return protocol !== undefined && isRecorded(protocol);
  });
  const others = plan.protocols.filter((id) => !known.includes(id));
  if (known.length === 0)
    throw complain({
      where: word,
      what: "holds no prompts that can be told",
      expected: "a protocol of clicks and boxes",
      got: others.join(", "),
    });
  const head: PromptsHead = {
    ...{ format: "segbench/prompts@1", run: plan.name, plan: planHash, model },
    ...{ seed: plan.seed, batch: plan.batch, threads: plan.threads, provider: plan.provider },
    ...(plan.optimisation === undefined ? {} : { optimisation: plan.optimisation }),
    ...(plan.allowCpuFallback === undefined ? {} : { allowCpuFallback: plan.allowCpuFallback }),
    ...(plan.limit === undefined ? {} : { limit: plan.limit }),
    protocols: known,
    benchmarks: plan.benchmarks.map(({ name, images, subsetHash }) => ({ name, images, subsetHash })),
  };
  const left = others.map((id) => `${id} is left out: rows do not hold the masks that it sends`);
  return { head, left, targets: targetsOf(path, model, known) };
}

async function* targetsOf(
  path: string,
  model: string,
  protocols: readonly string[],
): AsyncGenerator<RecordedTarget> {
  for await (const row of readRows(path)) {
    if (row.model !== model || row.status !== "ok" || !protocols.includes(row.protocol)) continue;
    if (row.promptsKnown === false)
      throw complain({ where: path, what: "holds masks made elsewhere, whose prompts are not known" });
    const { benchmark, protocol, image, target, size } = row;
    yield {
      ...{ benchmark, protocol, image, target, size },
      rounds: recordedRounds(row, registries.protocols[protocol]!),
    };
  }
}

async function openPromptsFile(path: string): Promise<Recorded> {
  for await (const { text } of readLines(path)) {
    const head = parse(text, `${basename(path)}:1`) as Partial<PromptsHead>;
    if (head.format !== "segbench/prompts@1") break;
    return { head: head as PromptsHead, left: [], targets: fileTargets(path) };
  }
  throw complain({
    where: path,
    what: "is no file of prompts",
    expected: "what `segbench export prompts` writes, or a run folder",
  });
}

async function* fileTargets(path: string): AsyncGenerator<RecordedTarget> {
  for await (const { number, text } of readLines(path))
    if (number > 1 && text.trim() !== "") yield parse(text, `${basename(path)}:${number}`) as RecordedTarget;
}

function parse(text: string, where: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw complain({ where, what: "the line is not JSON", got: text.slice(0, 40), cause });
  }
  const [problem] = checkSchema("prompts", value);
  if (problem === undefined) return value;
  const { path, what, expected, got } = problem;
  throw complain({
    where: [where, ...path].join(" "),
    what,
    ...(expected === undefined ? {} : { expected }),
    ...(got === undefined ? {} : { got }),
  });
}

/** All of a record at hand, with its hash. */
export async function loadRecorded({ targets }: Pick<Recorded, "targets">): Promise<{
  readonly find: FindRecorded;
  readonly hash: string;
  readonly count: number;
}> {
  const byKey = new Map<string, RecordedTarget>();
  const key = ({ benchmark, protocol, image, target }: Parameters<FindRecorded>[0]) =>
    JSON.stringify([benchmark, protocol, image, target]);
  const hash = createHash("sha256");
  for await (const target of targets) {
    hash.update(`${lineOf(target)}\n`);
    byKey.set(key(target), target);
  }
  return { find: (one) => byKey.get(key(one)), hash: hash.digest("hex"), count: byKey.size };
}

/** A target's line, keys in one order wherever it comes from. */
export function lineOf({ benchmark, protocol, image, target, size, rounds }: RecordedTarget): string {
  const { width, height } = size;
  return JSON.stringify({
    ...{ benchmark, protocol, image, target, size: { width, height } },
    rounds: rounds.map(({ clicks, box, mask, multimask, draw }) => ({
      clicks: clicks.map(({ x, y, label }) => ({ x, y, label })),
      ...(box === undefined ? {} : { box }),
      ...(mask === undefined ? {} : { mask }),
      multimask,
      ...(draw === undefined ? {} : { draw }),
    })),
  });
}
