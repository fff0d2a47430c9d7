// One run of an export: its numbers, the columns of the rows that are chosen, and these rows with their masks, a few in each file. Rows are
// read and written in the order of the run, so that memory does not grow with them.
import { createHash } from "node:crypto";
import { estimateColumn } from "../core/measure.ts";
import { promptedFrame } from "../core/track-facts.ts";
import { chosenPlaces, type NamedTarget } from "./chosen.ts";
import { arrays, type ExportedIndex, type ExportedTarget } from "./exported.ts";
import type { Lacking, OpenRun, ShownRun } from "./source.ts";

/** Files of an export, by their paths in it. */
export interface Files {
  bytes(path: string, content: Uint8Array): Promise<void>;
  text(path: string, content: string): Promise<void>;
  json(path: string, value: unknown): Promise<void>;
  /** As a file says it: JSON, without folders of this machine. */
  textOf(value: unknown): string;
  written(): { readonly files: number; readonly bytes: number };
}

export interface RunChoice {
  readonly all: boolean;
  readonly withImages: boolean;
  /** Targets that comparisons lead to. */
  readonly changed: readonly NamedTarget[];
  readonly signal: AbortSignal;
  /** Hears how many rows are written, of all that will be. */
  readonly onRows: (done: number, total: number) => void;
  /** What is written in place of what failed. */
  readonly lacking: (error: unknown) => Lacking;
}

/** Rows of a file end at whichever comes first. */
const MOST_ROWS = 32;
const MOST_CHARACTERS = 128 * 1024;

export async function writeRun(
  run: ShownRun,
  dir: string,
  files: Files,
  choice: RunChoice,
): Promise<{ readonly rows: number; readonly of: number }> {
  await files.json(`${dir}/board.json`, await run.board().catch(choice.lacking));
  let state = await run.state(1000);
  while (state.state === "making") {
    choice.signal.throwIfAborted();
    state = await run.state(1000);
  }
  if (state.state === "failed") {
    await files.json(`${dir}/index.json`, { problem: state.problem } satisfies ExportedIndex);
    return { rows: 0, of: 0 };
  }
  const open = state.run;
  const { rows: of, measures, valued } = open.index;
  const places = choice.all
    ? Uint32Array.from({ length: of }, (_, place) => place)
    : await chosenPlaces(open, choice.changed);
  const names: [string, readonly string[]][] = [];
  const columns: Column[] = [];
  const add = async (name: string, kind: Column["kind"], numbers: ArrayLike<number>) => {
    const bytes = littleEndian(arrays[kind].from(numbers));
    await files.bytes(`${dir}/columns/${columns.length}.bin`, bytes);
    columns.push({ name, kind });
  };
  for (const [name, all] of Object.entries(open.index.names)) {
    const used = usedNames(all, await open.column(name), places);
    names.push([name, used.names]);
    await add(
      name,
      used.names.length <= 2 ** 8 ? "u8" : used.names.length <= 2 ** 16 ? "u16" : "u32",
      used.numbers,
    );
  }
  for (const name of valueColumns(open)) {
    const values = await open.column(name);
    await add(
      name,
      "f32",
      Float32Array.from(places, (place) => values[place]!),
    );
  }
  if (places.length < of) await add("number", "u32", places);
  const starts = await writeRows(open, places, dir, files, choice);
  const index: ExportedIndex = {
    ...{ rows: places.length, of, measures, valued, columns, starts },
    names: Object.fromEntries(names) as unknown as OpenRun["index"]["names"],
  };
  await files.json(`${dir}/index.json`, index);
  return { rows: places.length, of };
}

type Column = Extract<ExportedIndex, { columns: unknown }>["columns"][number];

/** Columns of values, by name. */
function valueColumns({ index: { measures } }: OpenRun): readonly string[] {
  const notes = Object.values(measures).flat();
  const estimates = notes.flatMap((note) => estimateColumn(note) ?? []);
  return [...new Set(["share", ...notes.map(({ id }) => id), ...estimates])];
}

/** The names that some rows have, in their order, and these rows' places among them. */
function usedNames(all: readonly string[], values: ArrayLike<number>, places: Uint32Array) {
  const used = new Uint8Array(all.length);
  for (const place of places) used[values[place]!] = 1;
  const moved = new Uint32Array(all.length);
  let count = 0;
  for (let i = 0; i < all.length; i++) if (used[i] === 1) moved[i] = count++;
  const numbers = new Uint32Array(places.length);
  for (let i = 0; i < places.length; i++) numbers[i] = moved[values[places[i]!]!]!;
  return { names: all.filter((_, i) => used[i] === 1), numbers };
}

/** Writes the rows; the place of the first one of each file. */
async function writeRows(
  open: OpenRun,
  places: Uint32Array,
  dir: string,
  files: Files,
  { withImages, signal, onRows }: RunChoice,
): Promise<readonly number[]> {
  const starts: number[] = [];
  const picture = picturesIn(open, files);
  let held: string[] = [];
  let characters = 0;
  const flush = async (next: number) => {
    if (held.length === 0) return;
    await files.text(`${dir}/rows/${starts.length}.json`, `[${held.join(",\n")}]\n`);
    starts.push(next - held.length);
    onRows(next, places.length);
    held = [];
    characters = 0;
  };
  for (const [n, place] of places.entries()) {
    signal.throwIfAborted();
    const shown = await open.target(place);
    let target: ExportedTarget = shown;
    if (withImages) {
      const prompted = shown.row.status === "ok" ? promptedFrame(shown.row) : undefined;
      const all = [
        ...shown.masks.map(({ frame }) => frame ?? ""),
        ...(prompted === undefined ? [] : [prompted]),
      ];
      const frames = [...new Set(all)];
      const seen = frames.includes("") || frames.length === 0 ? [""] : ["", ...frames];
      const truth: Record<string, Awaited<ReturnType<OpenRun["truth"]>>> = {};
      const pictures: Record<string, string> = {};
      for (const frame of seen) {
        truth[frame] = await open.truth(place, frame);
        const name = truth[frame].size === undefined ? undefined : await picture(place, shown.row, frame);
        if (name !== undefined) pictures[frame] = name;
      }
      target = { ...shown, truth, pictures };
    }
    const text = files.textOf(target);
    held.push(text);
    characters += text.length;
    if (held.length === MOST_ROWS || characters >= MOST_CHARACTERS) await flush(n + 1);
  }
  await flush(places.length);
  return starts;
}

/** Writes pictures, each once; their names are of what is in them. */
function picturesIn(open: OpenRun, files: Files) {
  const known = new Map<string, string | undefined>();
  return async (place: number, { benchmark, sample }: ExportedTarget["row"], frame: string) => {
    const key = JSON.stringify([benchmark, sample, frame]);
    if (known.has(key)) return known.get(key);
    const bytes = await open.picture(place, frame);
    const name =
      bytes === undefined
        ? undefined
        : `${createHash("sha256").update(bytes).digest("hex").slice(0, 24)}.jpg`;
    if (bytes !== undefined) await files.bytes(`pictures/${name}`, bytes);
    known.set(key, name);
    return name;
  };
}

/** Bytes of numbers as files have them, whatever this machine's order is. */
function littleEndian(numbers: InstanceType<(typeof arrays)[keyof typeof arrays]>): Uint8Array {
  const bytes = Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  if (isLittle || numbers.BYTES_PER_ELEMENT === 1) return bytes;
  return numbers.BYTES_PER_ELEMENT === 2 ? bytes.swap16() : bytes.swap32();
}
