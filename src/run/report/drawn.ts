// Pictures that a run draws when it ends, while its samples are there to read: chosen among its rows, written into its folder, and read
// again for its report.
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { PreparedRun } from "../../config/index.ts";
import { complain, reasonOf } from "../../core/errors.ts";
import type { Invariant } from "../../core/measure.ts";
import type { RowKey, ScoredRow } from "../../core/rows.ts";
import type { Sample } from "../../core/types.ts";
import type { TaskProtocol } from "../../eval/index.ts";
import type { DrawnPicture } from "../../report/index.ts";
import { overlayFolder } from "../../store/files.ts";
import { readRows } from "../../store/read-run.ts";
import { writeOut } from "../write.ts";

/** What of a run its pictures need. */
export interface DrawableRun extends Pick<PreparedRun, "out" | "plan" | "benchmarks" | "metrics"> {
  readonly protocols: readonly Pick<TaskProtocol, "id" | "measures">[];
  /** Hears of each sample that is about to be read for its pictures. */
  readonly onSample?: ((sample: string) => void) | undefined;
}

/** A picture in the run folder. */
export type StoredPicture = Omit<DrawnPicture, "data"> & { readonly file: string };

/** What names the row of a target. */
export type RowName = Omit<RowKey, "cluster">;

export function rowName({ model, benchmark, protocol, sample, target }: RowName): string {
  return JSON.stringify([model, benchmark, protocol, sample, target]);
}

/** What is remembered of the scored rows of these protocols; undefined where any row is not of the kind that is drawn. */
export async function seenRows<T>(
  { out, protocols }: Pick<DrawableRun, "out" | "protocols">,
  check: Invariant,
  isOwn: (row: ScoredRow) => boolean,
  seen: (row: ScoredRow) => T,
): Promise<T[] | undefined> {
  const ids = protocols.map(({ id }) => id);
  const found: T[] = [];
  for await (const row of readRows(out, check)) {
    if (row.status !== "ok") continue;
    if (!isOwn(row)) return undefined;
    if (ids.includes(row.protocol)) found.push(seen(row));
  }
  return found;
}

/** A second reading of the rows: those of the few targets that were chosen, by name. */
export async function rowsNamed(
  dir: string,
  wanted: readonly RowName[],
  check: Invariant,
): Promise<ReadonlyMap<string, ScoredRow>> {
  const names = new Set(wanted.map(rowName));
  const found = new Map<string, ScoredRow>();
  if (names.size === 0) return found;
  for await (const row of readRows(dir, check))
    if (row.status === "ok" && names.has(rowName(row))) found.set(rowName(row), row);
  return found;
}

/** Loads samples of a run: undefined for one that cannot be read, or is not there. */
export function samplesOf({ benchmarks, onSample }: Pick<DrawableRun, "benchmarks" | "onSample">) {
  const refs = new Map(
    benchmarks.flatMap(({ name, refs: own }) => own.map((ref) => [`${name}\n${ref.id}`, ref] as const)),
  );
  return async ({ benchmark, sample }: Pick<RowKey, "benchmark" | "sample">): Promise<Sample | undefined> => {
    onSample?.(sample);
    return refs
      .get(`${benchmark}\n${sample}`)
      ?.load()
      .catch(() => undefined);
  };
}

/** The folder of a run's pictures, without those of before. */
export async function drawnFolder(out: string) {
  const folder = join(out, overlayFolder);
  await rm(folder, { recursive: true, force: true });
  const write = async (file: string, content: string | Uint8Array) => {
    await mkdir(folder, { recursive: true });
    await writeOut(join(folder, file), content);
  };
  return {
    /** `name`: without its suffix. */
    async picture(name: string, { data, type, width, height }: DrawnPicture): Promise<StoredPicture> {
      const file = `${name}.${type.replace("image/", "")}`;
      await write(file, data);
      return { file, type, width, height };
    },
    index: (file: string, entries: readonly unknown[]) =>
      write(file, `${JSON.stringify(entries, undefined, 1)}\n`),
  };
}

/** What was drawn into a run folder, by its index; none where there is none. `what`: as messages call it. */
export async function readDrawn<T, Item>(
  dir: string,
  index: string,
  what: string,
  read: (one: T, picture: (stored: StoredPicture) => Promise<DrawnPicture>) => Promise<Item>,
): Promise<Item[]> {
  const folder = join(dir, overlayFolder);
  const text = await readFile(join(folder, index), "utf8").catch(() => "[]");
  const picture = async ({ file, ...stored }: StoredPicture) => ({
    ...stored,
    data: await readFile(join(folder, file)),
  });
  try {
    const drawn: readonly T[] = JSON.parse(text);
    return await Promise.all(drawn.map((one) => read(one, picture)));
  } catch (cause) {
    throw complain(join(folder, index), `the ${what} of the run cannot be read`, {
      expected: `those that the run drew (without the folder ${overlayFolder} the report is made without ${what})`,
      got: reasonOf(cause),
      cause,
    });
  }
}
