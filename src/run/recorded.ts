// Recorded prompts: of a model of a run folder, or of a file that `segbench export prompts` wrote, a JSON line for each target, for any
// framework.
import { createHash } from "node:crypto";
import { createWriteStream, statSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { checkSchema, knownProtocol, type Plugins, rowCheck, withPlugins } from "../config/index.ts";
import { complain, reasonOf, SegbenchError } from "../core/errors.ts";
import { given } from "../core/given.ts";
import type { Invariant } from "../core/measure.ts";
import type { PromptsHead, RecordedStep, RecordedTarget } from "../core/recorded.ts";
import type { ScoredRow } from "../core/rows.ts";
import type { FindRecorded } from "../eval/index.ts";
import { makeFolder } from "../formats/files.ts";
import { readLines } from "../store/lines.ts";
import { readRows } from "../store/read-run.ts";
import { openModel } from "./compare/sides.ts";
import type { Context } from "./context.ts";

const FORMAT = "segbench/prompts@2";
const OLDER = "segbench/prompts@1";

export interface Recorded {
  readonly head: PromptsHead;
  readonly targets: AsyncIterable<RecordedTarget>;
}

/** Opens RUN, RUN:MODEL or a file of prompts; `plugins`: custom protocols and metrics that rows name. */
export async function openRecorded(
  word: string,
  context: Pick<Context, "cwd">,
  plugins: Plugins = {},
): Promise<Recorded> {
  const path = resolve(context.cwd, word);
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return isFile ? openPromptsFile(path, word) : openRun(word, context, plugins);
}

async function openRun(word: string, context: Pick<Context, "cwd">, plugins: Plugins): Promise<Recorded> {
  const { path, model, manifest, complete, baseline } = await openModel(word, context);
  const { plan, planHash } = manifest;
  if (baseline !== undefined || !complete)
    throw complain(word, "does not have a complete record of its prompts", { expected: "a finished run" });
  const known = withPlugins(plugins);
  const of = (task: string) => plan.protocols.filter((id) => knownProtocol(id, known)?.task === task);
  const [clips, sets] = [of("video"), of("everything")];
  if (clips.length > 0)
    throw complain(
      word,
      `is a run of clips (${clips.join(", ")}), whose prompts cannot be sent again by themselves`,
      { expected: "a run of images; `run` with the other model sends the same kind of prompts to it" },
    );
  if (sets.length > 0)
    throw complain(
      word,
      `is of all masks of every image (${sets.join(", ")}), for which no prompt about a target was sent`,
      {
        expected:
          "a run of prompts about targets; `run` with the other model makes all masks of the same images",
      },
    );
  if (plan.replay !== undefined)
    throw complain(word, "sent the prompts of another run", { expected: `that run: ${plan.replay.run}` });
  const head: PromptsHead = {
    ...{ format: FORMAT, run: plan.name, plan: planHash, model },
    ...{ seed: plan.seed, batch: plan.batch, threads: plan.threads, provider: plan.provider },
    ...given({
      optimisation: plan.optimisation,
      allowCpuFallback: plan.allowCpuFallback,
      limit: plan.limit,
      points: plan.points,
    }),
    ...{ protocols: plan.protocols, metrics: plan.metrics },
    benchmarks: plan.benchmarks.map(({ name, images, subsetHash }) => ({ name, images, subsetHash })),
  };
  return { head, targets: runTargets(path, model, rowCheck(withPlugins(plugins))) };
}

async function* runTargets(path: string, model: string, check: Invariant): AsyncGenerator<RecordedTarget> {
  for await (const row of readRows(path, check)) {
    if (row.model !== model || row.status !== "ok") continue;
    const { benchmark, protocol, sample, target, size } = row;
    if (size === undefined) throw complain(path, `${protocol} sends no prompts about targets`);
    yield { ...{ benchmark, protocol, sample, target, size }, steps: recordedSteps(row, path) };
  }
}

function recordedSteps({ steps }: ScoredRow, where: string): RecordedStep[] {
  return steps.map(({ at, sent }) => {
    if (sent !== undefined) return { at, sent };
    throw complain(where, "holds masks made elsewhere, whose prompts are not known");
  });
}

async function openPromptsFile(path: string, word: string): Promise<Recorded> {
  for await (const { text } of readLines(path)) {
    const where = `${basename(path)}:1`;
    const head = parse(text, where) as Partial<PromptsHead> | null;
    const format = head?.format as string | undefined;
    if (format === OLDER)
      throw complain(word, "was written by an earlier version of segbench", {
        expected: `${FORMAT}: \`segbench export prompts RUN\` writes a run's prompts again`,
        got: OLDER,
      });
    if (format !== FORMAT) break;
    return { head: checked(head, where) as PromptsHead, targets: fileTargets(path) };
  }
  throw complain(word, "is not a prompts file", {
    expected: "what `segbench export prompts` writes, or a run folder",
  });
}

async function* fileTargets(path: string): AsyncGenerator<RecordedTarget> {
  for await (const { number, text } of readLines(path)) {
    const where = `${basename(path)}:${number}`;
    if (number > 1 && text.trim() !== "") yield checked(parse(text, where), where) as RecordedTarget;
  }
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw complain(where, "the line is not JSON", { got: text.slice(0, 40), cause });
  }
}

/** A line of a prompts file, unless it is not one. */
export function checked(value: unknown, where: string): unknown {
  const [problem] = checkSchema("prompts", value);
  if (problem === undefined) return value;
  const { path, what, expected, got } = problem;
  throw complain([where, ...path].join(" "), what, { ...given({ expected, got }) });
}

/** A whole record in memory, with its hash. */
export async function loadRecorded({ targets }: Pick<Recorded, "targets">): Promise<{
  readonly find: FindRecorded;
  readonly hash: string;
}> {
  const byKey = new Map<string, RecordedTarget>();
  const key = ({ benchmark, protocol, sample, target }: Parameters<FindRecorded>[0]) =>
    JSON.stringify([benchmark, protocol, sample, target]);
  const hash = createHash("sha256");
  for await (const target of targets) {
    hash.update(`${lineOf(target)}\n`);
    byKey.set(key(target), target);
  }
  return { find: (one) => byKey.get(key(one)), hash: hash.digest("hex") };
}

/** A target's line, keys in one order wherever it comes from. */
export function lineOf({ benchmark, protocol, sample, target, size, steps }: RecordedTarget): string {
  const { width, height } = size;
  return JSON.stringify({
    ...{ benchmark, protocol, sample, target, size: { width, height } },
    steps: steps.map(({ at: { clicks, draw }, sent }) => ({
      at: given({ clicks, draw }),
      sent: {
        clicks: sent.clicks,
        ...given({ box: sent.box, mask: sent.mask === undefined ? undefined : shapeOf(sent.mask) }),
        multimask: sent.multimask,
      },
    })),
  });
}

function shapeOf(mask: NonNullable<RecordedStep["sent"]["mask"]>) {
  if (mask === "previous") return mask;
  const { rle, magnitude } = mask;
  return { rle: { size: rle.size, counts: rle.counts }, magnitude };
}

/** The lines of a prompts file: where the prompts come from, then a target each. `run`: RUN or RUN:MODEL; `plugins`: what its rows name. */
export async function* promptLines(
  run: string,
  context: Pick<Context, "cwd">,
  plugins: Plugins = {},
): AsyncGenerator<string> {
  const { head, targets } = await openRecorded(run, context, plugins);
  yield JSON.stringify(head);
  for await (const target of targets) yield lineOf(target);
}

/** Writes them to a file, whole or not at all; returns how many targets there are. */
export async function writePrompts(
  run: string,
  out: string,
  context: Pick<Context, "cwd">,
  plugins: Plugins = {},
): Promise<number> {
  const path = resolve(context.cwd, out);
  const temporary = `${path}.tmp`;
  let lines = 0;
  const text = async function* () {
    for await (const line of promptLines(run, context, plugins)) {
      lines += 1;
      yield `${line}\n`;
    }
  };
  try {
    await makeFolder(dirname(path));
    await pipeline(Readable.from(text()), createWriteStream(temporary));
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    if (cause instanceof SegbenchError) throw cause;
    throw complain(out, "cannot be written", { got: reasonOf(cause), cause });
  }
  return lines - 1;
}
