// A baseline: one model of a finished run, boiled down to what a later comparison needs. Gzip of JSON lines: a head, a line per
// target, an end that vouches for them and holds the means for whoever looks inside (`zcat FILE | tail -1`).
import { createReadStream, createWriteStream } from "node:fs";
import { rename, unlink } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { complain, reasonOf } from "../core/errors.ts";
import type { Manifest } from "../core/plan.ts";
import type { ProtocolNote, TargetParts, TargetScore } from "../core/results.ts";
import { makeFolder } from "../formats/files.ts";
import { splitLines } from "./lines.ts";

const format = "segbench/baseline@2";

export interface BaselineHead {
  readonly format: typeof format;
  readonly model: string;
  readonly protocols: readonly ProtocolNote[];
  /** Of the run; its plan names this model alone. */
  readonly manifest: Manifest;
}

/** Counts and means of one benchmark under one protocol. */
export interface BaselineCell extends Readonly<Record<TargetScore["status"], number>> {
  readonly benchmark: string;
  readonly protocol: string;
  /** Of the measures that are means. */
  readonly means: Readonly<Record<string, number>>;
}

interface BaselineEnd {
  /** Lines between head and end. */
  readonly end: number;
  readonly cells: readonly BaselineCell[];
}

type Line = readonly [
  benchmark: string,
  protocol: string,
  sample: string,
  cluster: string,
  target: string,
  status: TargetScore["status"],
  parts: readonly (number | TargetParts)[],
];

/** A mean is one number: [0.5, 1] is 0.5. */
function short(parts: TargetParts): number | TargetParts {
  if (parts === null || parts.length !== 2 || parts[1] !== 1) return parts;
  return parts[0] as number;
}

function long(parts: number | TargetParts): TargetParts {
  return typeof parts === "number" ? [parts, 1] : parts;
}

/** Writes a baseline whole or not at all; the same scores make the same bytes. */
export async function writeBaseline(
  path: string,
  { model, protocols, manifest }: Omit<BaselineHead, "format">,
  scores: AsyncIterable<TargetScore>,
): Promise<readonly BaselineCell[]> {
  const cells = new Map<string, Totals>();
  const head: BaselineHead = { format, model, protocols, manifest };
  const text = async function* () {
    yield `${JSON.stringify(head)}\n`;
    let end = 0;
    for await (const score of scores) {
      const { benchmark, protocol, sample, cluster, target, status } = score;
      const parts = score.parts.map(short);
      const line: Line = [benchmark, protocol, sample, cluster, target, status, parts];
      addTo(cells, score, parts);
      end += 1;
      yield `${JSON.stringify(line)}\n`;
    }
    yield `${JSON.stringify({ end, cells: cellsOf(cells, head) } satisfies BaselineEnd)}\n`;
  };
  const temporary = `${path}.tmp`;
  try {
    await makeFolder(dirname(resolve(path)));
    await pipeline(Readable.from(text()), createGzip({ level: 9 }), createWriteStream(temporary));
    await rename(temporary, path);
  } catch (cause) {
    await unlink(temporary).catch(() => undefined);
    throw complain(path, "the baseline cannot be written", { got: reasonOf(cause), cause });
  }
  return cellsOf(cells, head);
}

/** Reads the head of a baseline. */
export async function readBaselineHead(path: string): Promise<BaselineHead> {
  for await (const { value } of readValues(path)) {
    const head = value as { readonly format?: unknown } | null;
    if (head?.format === format) return value as BaselineHead;
    if (head?.format === "segbench/baseline@1")
      throw complain(path, "is a baseline of an earlier version", {
        expected: "one of this version: `segbench baseline RUN --out FILE` makes it again from a new run",
        got: "segbench/baseline@1",
      });
    break;
  }
  throw complain(path, "is not a baseline", {
    expected: "a file that `segbench baseline` wrote, or a run folder",
  });
}

/** Streams the scores of a baseline; rejects one that is cut off. */
export async function* readBaseline(path: string): AsyncGenerator<TargetScore> {
  let lines = 0;
  let end: BaselineEnd | undefined;
  for await (const { number, value } of readValues(path)) {
    if (number === 1) continue;
    if (!Array.isArray(value)) {
      end = value as BaselineEnd;
      break;
    }
    const [benchmark, protocol, sample, cluster, target, status, parts] = value as unknown as Line;
    lines += 1;
    yield { benchmark, protocol, sample, cluster, target, status, parts: parts.map(long) };
  }
  if (end?.end !== lines)
    throw complain(path, "the baseline is damaged", {
      expected: end === undefined ? "a last line that counts the others" : `${end.end} targets`,
      got: `${lines} targets`,
    });
}

async function* readValues(path: string): AsyncGenerator<{ number: number; value: unknown }> {
  const file = createReadStream(path);
  const bytes = createGunzip();
  file.once("error", (error) => bytes.destroy(error));
  let number = 0;
  try {
    for await (const line of splitLines(file.pipe(bytes))) {
      number = line.number;
      yield { number, value: JSON.parse(line.text) };
    }
  } catch (cause) {
    const what = number === 0 ? "is not a baseline" : `the baseline is damaged after line ${number}`;
    throw complain(path, what, { expected: "gzip of JSON lines", got: reasonOf(cause), cause });
  } finally {
    file.destroy();
  }
}

interface Totals extends Pick<BaselineCell, "benchmark" | "protocol"> {
  readonly counts: Record<TargetScore["status"], number>;
  /** By measure, of those that are means. */
  readonly sums: number[];
  readonly n: number[];
}

function addTo(
  cells: Map<string, Totals>,
  { benchmark, protocol, status }: TargetScore,
  parts: Line[6],
): void {
  const key = `${benchmark}\n${protocol}`;
  const counts = { ok: 0, failed: 0, dropped: 0 };
  const cell = cells.get(key) ?? { benchmark, protocol, counts, sums: [], n: [] };
  cells.set(key, cell);
  cell.counts[status] += 1;
  for (const [m, score] of parts.entries()) {
    if (typeof score !== "number") continue;
    cell.sums[m] = (cell.sums[m] ?? 0) + score;
    cell.n[m] = (cell.n[m] ?? 0) + 1;
  }
}

function cellsOf(cells: ReadonlyMap<string, Totals>, { protocols }: BaselineHead): BaselineCell[] {
  return [...cells.values()].map(({ benchmark, protocol, counts, sums, n }) => {
    const measures = protocols.find(({ id }) => id === protocol)?.measures ?? [];
    const means = measures.flatMap(({ id }, m) =>
      n[m] === undefined ? [] : [[id, sums[m]! / n[m]!] as const],
    );
    return { benchmark, protocol, ...counts, means: Object.fromEntries(means) };
  });
}
