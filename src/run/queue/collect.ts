// What becomes of the parts that workers deliver. There is one judge, who writes the run folder: the first part of a unit counts, a second one
// must be the same, and what comes before its turn waits in the folder `pending`.
import { mkdir, readdir, readFile, rename, rmdir, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PreparedRun } from "../../config/index.ts";
import { complain, reasonOf } from "../../core/errors.ts";
import type { Unit } from "../../core/plan.ts";
import type { MaskRow, Row } from "../../core/rows.ts";
import { fileFact, pathOf } from "../../formats/files.ts";
import { briefHash } from "../../formats/files-read.ts";
import { decodePart, firstDifference, hashOfText, type Part, type PartText } from "../../queue/part.ts";
import { masksFile, pendingFolder, pendingPattern, rowsFile } from "../../store/files.ts";
import { emptyEnds, readJournal } from "../../store/journal.ts";
import { textAt } from "../../store/lines.ts";
import { unitProblem } from "../../store/row-problems.ts";
import type { RunFolder } from "../../store/run-folder.ts";

/** What became of a part. */
export type Judged =
  | { readonly is: "new"; readonly unit: number }
  /** The unit is there already, from this or another worker. */
  | { readonly is: "duplicate"; readonly unit: number }
  /** It says of which unit it is, and whose, if it does. */
  | {
      readonly is: "refused";
      readonly unit: number | undefined;
      readonly worker: string | undefined;
      readonly reason: string;
    };

export interface Collector {
  /** Units that are in the run folder, or wait there. */
  has(unit: number): boolean;
  /** Judges a part; what is new waits until `append`. Rejects where two workers disagree, and nothing here says which one is right. */
  take(bytes: Buffer, numerics: string | undefined): Promise<Judged>;
  /** Appends what is next; resolves with the rows that are in their places now. */
  append(): Promise<readonly Row[]>;
  /** The lines of a unit that is in the run folder, or waits there. */
  lines(unit: number): Promise<Lines | undefined>;
}

type Lines = Pick<PartText, "rows" | "masks">;

/** Opens what waits; what does not belong to this plan, or is damaged, is thrown away. */
export async function openCollector(
  folder: RunFolder,
  units: readonly Unit[],
  { plan, planHash, check, benchmarks }: Pick<PreparedRun, "plan" | "planHash" | "check" | "benchmarks">,
): Promise<Collector> {
  const otherFile = fileJudge(benchmarks);
  const dir = join(folder.dir, pendingFolder);
  const pathOf = (unit: number) => join(dir, `${unit}.part`);
  /** Parts of this process and those that wait: the hash, and who computed it. */
  const known = new Map<number, Pick<Part, "sha256" | "worker">>();
  const pending = new Set<number>();
  /** The one whose turn it is need not wait on the disk: the broker has it until it is appended. */
  let direct: Part | undefined;
  let next = 0;
  const advance = () => {
    while (folder.finished.has(next)) next += 1;
    return next;
  };
  for (const name of await readdir(dir).catch((): string[] => [])) {
    const unit = Number(pendingPattern.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(unit)) continue;
    const part = await readPart(join(dir, name));
    if (part?.unit === unit && part.plan === planHash && unit < units.length && !folder.finished.has(unit)) {
      pending.add(unit);
      known.set(unit, part);
    } else await unlink(join(dir, name));
  }
  const linesOf = async (unit: number): Promise<Lines | undefined> => {
    if (direct?.unit === unit) return direct.text;
    return pending.has(unit) ? (await readPart(pathOf(unit)))?.text : linesOfUnit(folder.dir, unit);
  };
  const rowsOf = ({ unit, text }: Part): readonly Row[] => {
    const rows = parsed<Row>(text.rows);
    const problem =
      rows.length === text.count
        ? unitProblem(units[unit]!, rows, parsed<MaskRow>(text.masks), { plan, check })
        : `${text.count} rows are said, and ${rows.length} there`;
    if (problem !== undefined) throw new Error(problem);
    return rows;
  };
  const accepted = (
    bytes: Buffer,
    numerics: string | undefined,
  ): Part | Extract<Judged, { is: "refused" }> => {
    let part: Part | undefined;
    try {
      part = decodePart(bytes, "a part");
      if (part.plan !== planHash) throw new Error("it is of another plan");
      if (part.unit >= units.length) throw new Error("it is of no unit of the plan");
      if (numerics !== undefined && part.numerics !== numerics)
        throw new Error(`it was computed on another kind of machine: ${part.numerics}`);
      rowsOf(part);
      return part;
    } catch (error) {
      const by = part === undefined ? "" : ` (${part.worker})`;
      return { is: "refused", unit: part?.unit, worker: part?.worker, reason: `${reasonOf(error)}${by}` };
    }
  };
  return {
    lines: async (unit) => (known.has(unit) || folder.finished.has(unit) ? linesOf(unit) : undefined),
    has: (unit) => folder.finished.has(unit) || pending.has(unit) || direct?.unit === unit,
    async take(bytes, numerics) {
      const part = accepted(bytes, numerics);
      if ("is" in part) return part;
      const { unit, sha256, worker } = part;
      const other = await otherFile(units[unit]!, part);
      if (other !== undefined) return { is: "refused", unit, worker, reason: other };
      const there = folder.finished.has(unit) || known.has(unit);
      const lines = there && !known.has(unit) ? await linesOf(unit) : undefined;
      // Of a unit that grew the run folder has more than any part.
      const whole = lines?.rows.split("\n").length === part.text.count + 1;
      const before = known.get(unit)?.sha256 ?? (lines && whole ? hashOfText(lines) : undefined);
      if (before !== undefined && before !== sha256 && plan.mixed !== true) {
        const by = known.get(unit)?.worker ?? "an earlier worker";
        throw disagreement(units[unit]!, by, (await linesOf(unit))!, part);
      }
      if (there) return { is: "duplicate", unit };
      known.set(unit, { sha256, worker });
      if (unit === advance()) direct = part;
      else {
        await mkdir(dir, { recursive: true });
        await writeFile(`${pathOf(unit)}.tmp`, bytes);
        await rename(`${pathOf(unit)}.tmp`, pathOf(unit));
        pending.add(unit);
      }
      return { is: "new", unit };
    },
    async append() {
      const rows: Row[] = [];
      for (;;) {
        const unit = advance();
        const waits = pending.has(unit);
        const part = direct?.unit === unit ? direct : waits ? await readPart(pathOf(unit)) : undefined;
        if (part === undefined && waits) {
          // Damaged since: it is done again.
          pending.delete(unit);
          known.delete(unit);
        }
        if (part === undefined) break;
        rows.push(...rowsOf(part));
        await folder.appendText(units[unit]!, plan.mixed ? withNumerics(part) : part.text);
        direct = undefined;
        pending.delete(unit);
        if (waits) await unlink(pathOf(unit));
      }
      if (folder.finished.size === folder.expected) await rmdir(dir).catch(() => undefined);
      return rows;
    },
  };
}

/**
 * Says where a worker read another file than the coordinator has by this name. Throws where the coordinator has none, and another worker
 * read another one.
 */
function fileJudge(benchmarks: PreparedRun["benchmarks"]) {
  const roots = new Map(benchmarks.map(({ name, root }) => [name, root]));
  /** By benchmark and name. */
  const known = new Map<string, { readonly hash: string; readonly by: string | undefined }>();
  const here = async (root: string | undefined, name: string) => {
    if (root === undefined) return undefined;
    try {
      const { sha256 } = await fileFact(pathOf({ root, name }));
      return { hash: briefHash(sha256), by: undefined };
    } catch {
      return undefined;
    }
  };
  return async ({ benchmark, sample }: Unit, { files, worker }: Part): Promise<string | undefined> => {
    for (const [name, hash] of Object.entries(files)) {
      const key = `${benchmark}\n${name}`;
      const first = known.get(key) ?? (await here(roots.get(benchmark), name)) ?? { hash, by: worker };
      known.set(key, first);
      if (first.hash === hash) continue;
      const [other, own] = [hash.slice(0, 12), first.hash.slice(0, 12)];
      const { by = "the coordinator" } = first;
      const what = `${name} is another file for ${worker} (SHA-256 ${other}) than for ${by} (${own})`;
      if (first.by === undefined) return `${benchmark}, sample ${sample}: ${what}`;
      throw complain(`${benchmark}, sample ${sample}`, what, {
        code: "refused",
        expected:
          "the same images and annotations on every machine: find out which one is wrong, and start again without it",
      });
    }
    return undefined;
  };
}

/** Where machines round in different ways, the times say which one it was. */
function withNumerics({ numerics, text }: Part): PartText {
  const lines = parsed<object>(text.timing).map((line) => `${JSON.stringify({ ...line, numerics })}\n`);
  return { ...text, timing: lines.join("") };
}

function parsed<T>(text: string): T[] {
  const lines = text === "" ? [] : text.slice(0, -1).split("\n");
  return lines.map((line): T => JSON.parse(line));
}

/** undefined: not there, or damaged. */
async function readPart(path: string): Promise<Part | undefined> {
  try {
    return decodePart(await readFile(path), path);
  } catch {
    return undefined;
  }
}

/** The lines of a unit in the run folder; undefined where it is not in its place there. */
async function linesOfUnit(dir: string, unit: number): Promise<Lines | undefined> {
  const { entries } = (await readJournal(dir)) ?? { entries: [] };
  const at = entries.findIndex((entry) => entry.unit === unit);
  const entry = entries[at];
  if (entry === undefined) return undefined;
  const from = entries[at - 1] ?? emptyEnds;
  const masks = entry.masks === from.masks ? "" : await textAt(join(dir, masksFile), from.masks, entry.masks);
  return { rows: await textAt(join(dir, rowsFile), from.rows, entry.rows), masks };
}

function disagreement({ model, benchmark, sample }: Unit, by: string, first: Lines, second: Part): Error {
  return complain(
    `${model}, ${benchmark}, sample ${sample}`,
    `${by} and ${second.worker} disagree: ${firstDifference(first, second.text) ?? "in nothing that is seen"}`,
    {
      code: "refused",
      expected:
        "the same bytes from every machine: find out which one is wrong, and start again without it (`fresh` replaces what is there)",
    },
  );
}
