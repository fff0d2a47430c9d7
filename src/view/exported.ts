// The files of an export, and a source that answers from them: in the page, which asks a web server for them, and wherever else they can be read.
//
//   export.json             what the export is, the list of runs, and the sides of comparisons
//   runs/N/board.json       the numbers of run N of the list
//   runs/N/index.json       names, measures, columns, and the first row of each file of rows
//   runs/N/columns/N.bin    a column: little-endian numbers, one for each row
//   runs/N/rows/N.json      some rows, each with its masks, and with the truth where the export has it
//   compare/A-B.json        side B of the list against side A
//   pictures/HASH.jpg       a picture, where the export has them

import { held } from "../core/held.ts";
import type { RunNote } from "./folders.ts";
import { ordered, type Query, type ReadColumn } from "./query.ts";
import type { ShownTruth } from "./samples.ts";
import type {
  Board,
  Compared,
  ExportNote,
  IndexState,
  Lacking,
  OpenRun,
  ShownTarget,
  Side,
  Source,
} from "./source.ts";

export const FORMAT = "segbench/view-export@1";

/** export.json */
export interface ExportList extends ExportNote {
  readonly format: typeof FORMAT;
  readonly folder: string;
  readonly runs: readonly RunNote[];
  readonly sides: readonly Side[];
  /** Places of sides that are compared: the base, and what is set against it. */
  readonly pairs: readonly (readonly [base: number, candidate: number])[];
}

/** runs/N/index.json */
export type ExportedIndex =
  | (Pick<OpenRun["index"], "rows" | "names" | "measures" | "valued"> & {
      /** Rows of the run. */
      readonly of: number;
      readonly columns: readonly { readonly name: string; readonly kind: keyof typeof arrays }[];
      /** Place of the first row of each file of rows. */
      readonly starts: readonly number[];
    })
  | Lacking;

/** One of runs/N/rows/N.json. `truth` and `pictures`: by frame, "" for an image. */
export interface ExportedTarget extends ShownTarget {
  readonly truth?: Readonly<Record<string, ShownTruth>>;
  readonly pictures?: Readonly<Record<string, string>>;
}

export const arrays = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f32: Float32Array } as const;

/** Of values and of files of rows, each run's. */
const HELD = 12;

/** `read`: a file of the export by its path; it throws where there is none. */
export async function exportedSource(
  read: (path: string) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Source> {
  const json = async (path: string): Promise<unknown> =>
    JSON.parse(new TextDecoder().decode(await read(path)));
  const { format, folder, runs, sides, pairs, all, most, images, licences } = (await json(
    "export.json",
  )) as ExportList;
  if (format !== FORMAT)
    throw new Error(`The files are of another version of segbench than this page: load it again.`);
  const opened = held(2, (run) => openExported(`runs/${run}`, read, json));
  return {
    folder,
    can: { play: false, replay: false, live: false },
    exported: { all, most, images, licences },
    list: async () => runs,
    async find(name) {
      const place = runs.findIndex((run) => run.name === name && run.problem === undefined);
      if (place === -1) return undefined;
      return {
        name,
        board: async () => (await json(`runs/${place}/board.json`)) as Board | Lacking,
        state: () => opened(String(place)),
      };
    },
    async compare(...names) {
      const [base, candidate] = names.map(({ run, model }) =>
        sides.findIndex((side) => side.run === run && side.model === model),
      );
      if (base === -1 || candidate === -1) return { problem: "There is no such model here." };
      if (base === candidate) return { problem: "A model is not compared with itself here." };
      if (!pairs.some(([a, b]) => a === base && b === candidate)) return { problem: UNPAIRED };
      return (await json(`compare/${base}-${candidate}.json`)) as Compared | Lacking;
    },
  };
}

const UNPAIRED =
  "This export does not compare these two: the models of a run are compared, and those of runs with the same images and settings, newest first, as far as there is room.";
const WITHOUT = "This export holds neither images nor truth.";

async function openExported(
  dir: string,
  read: (path: string) => Promise<Uint8Array<ArrayBuffer>>,
  json: (path: string) => Promise<unknown>,
): Promise<IndexState> {
  const index = (await json(`${dir}/index.json`)) as ExportedIndex;
  if ("problem" in index) return { state: "failed", problem: index.problem };
  const { columns, starts, of } = index;
  const load = async (name: string) => {
    const place = columns.findIndex((one) => one.name === name);
    if (place === -1) throw new Error(`The export does not have the column ${name}.`);
    return new arrays[columns[place]!.kind]((await read(`${dir}/columns/${place}.bin`)).slice().buffer);
  };
  const names = held(Object.keys(index.names).length, load);
  const values = held(HELD, load);
  const column: ReadColumn = (name) => (Object.hasOwn(index.names, name) ? names : values)(name);
  const orders = held(HELD, (query) => ordered(index, column, JSON.parse(query) as Query));
  const files = held(HELD, async (file) => (await json(`${dir}/rows/${file}.json`)) as ExportedTarget[]);
  const find = async (place: number): Promise<ExportedTarget> => {
    const file = starts.findLastIndex((start) => start <= place);
    return (await files(String(file)))[place - starts[file]!]!;
  };
  // Where rows are left out, they are called as in the run.
  const numbers = index.rows < of ? { numbers: await load("number") } : {};
  const run: OpenRun = {
    ...{ index, of, ...numbers, column, order: (query) => orders(JSON.stringify(query)) },
    async target(place) {
      const { truth: _, pictures: __, ...target } = await find(place);
      return target;
    },
    truth: async (place, frame) => {
      const { truth } = await find(place);
      return (
        truth?.[frame] ?? { missing: truth === undefined ? WITHOUT : "The export does not have this frame." }
      );
    },
    async picture(place, frame) {
      const name = (await find(place)).pictures?.[frame];
      return name === undefined ? undefined : read(`pictures/${name}`);
    },
  };
  return { state: "ready", run };
}
