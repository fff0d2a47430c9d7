// What the routes answer from: the run folders of a server (served.ts), or the files of an export, where the routes run in the page itself
// (so neither they nor query.ts import anything of Node). What only a server can do is a member that need not be there: without it its
// route says what is missing.
import type {
  ComparedPair,
  Comparison,
  MaskRow,
  PlayedAgain,
  QueryJudgement,
  Row,
  RunIndex,
} from "../index.ts";
import type { boardOf, RunNote } from "./folders.ts";
import type { Playing } from "./play.ts";
import type { Query, ReadColumn } from "./query.ts";
import type { StepPlace } from "./replay.ts";
import type { ShownTruth } from "./samples.ts";

/** What can be done here besides looking. */
export interface Can {
  /** Models answer clicks. */
  readonly play: boolean;
  /** Candidates and steps whose masks were not kept can be made again. */
  readonly replay: boolean;
  /** Runs may begin, grow and end. */
  readonly live: boolean;
}

export interface Source {
  /** What is shown, for whoever looks. */
  readonly folder: string;
  /** The folder of data, as it was given. */
  readonly data?: string;
  readonly can: Can;
  /** Of an export: what it holds. */
  readonly exported?: ExportNote;
  /** All runs, as they are now. */
  list(): Promise<readonly RunNote[]>;
  /** One of them; undefined for any other name. */
  find(name: string): Promise<ShownRun | undefined>;
  /** Two models, the first of them the base. */
  compare(base: Side, candidate: Side): Promise<Compared | Lacking>;
  /** The playground; absent where no model can be run. */
  readonly play?: Playing;
  /** Plays a step again; absent where no model can be run. */
  readonly replay?: (place: StepPlace, signal: AbortSignal) => Promise<PlayedAgain>;
}

/** What an export says of itself. */
export interface ExportNote {
  /** All rows, not some of each benchmark. */
  readonly all: boolean;
  /** Otherwise so many targets of a benchmark and protocol at most. */
  readonly most: number;
  /** Images and truth are in it. */
  readonly images: boolean;
  /** Of the benchmarks whose images and truth are in it. */
  readonly licences: readonly Licence[];
}

/** What a card says. */
export interface Licence {
  readonly benchmark: string;
  readonly title: string;
  /** In the card's words; absent where it says nothing. */
  readonly licence?: string;
  /** The words are the name of a licence that allows redistribution, of images and annotations. */
  readonly free: boolean;
}

/** A model of a run, by their names. */
export interface Side {
  readonly run: string;
  readonly model: string;
}

/** Why there is no answer. */
export interface Lacking {
  readonly problem: string;
}

export interface ShownRun {
  readonly name: string;
  /** Its numbers; `stored`: only those that lie in its folder, none are made. */
  board(stored?: boolean): Promise<Board | Lacking>;
  /** How far its rows can be looked through; waits for that so many milliseconds. */
  state(wait: number): Promise<IndexState>;
}

export type Board = ReturnType<typeof boardOf>;

export type Compared = Pick<Comparison, "protocols" | "benchmarks"> &
  Pick<ComparedPair, "groups" | "cells" | "mostChanged" | "differences"> & {
    /** What they show, in a few sentences; absent where nothing is compared. */
    readonly summary?: string;
    /** The files of both models are the same. */
    readonly sameFiles: boolean;
  };

export type IndexState =
  | { readonly state: "making"; readonly done: number; readonly total: number }
  | { readonly state: "ready"; readonly run: OpenRun }
  | { readonly state: "failed"; readonly problem: string };

/** A run whose rows can be looked through; a row's place is its number from 0, here. */
export interface OpenRun {
  readonly index: Pick<RunIndex, "rows" | "names" | "measures" | "valued">;
  /** Rows of the run, where these are some of them. */
  readonly of?: number;
  /** Each one's number in the run then, in rising order: rows are named by it. */
  readonly numbers?: ArrayLike<number>;
  readonly column: ReadColumn;
  /** Places of the rows that meet a query, in its order. */
  readonly order: (query: Query) => Promise<Uint32Array>;
  target(place: number): Promise<ShownTarget>;
  /** `frame`: of a clip; "" where there is none. */
  truth(place: number, frame: string): Promise<ShownTruth>;
  /** A JPEG; undefined where there is no picture. */
  picture(place: number, frame: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

/** A row with the masks that the run kept of it. */
export interface ShownTarget {
  readonly row: Row;
  readonly masks: readonly MaskRow[];
  /** Why there are none, where they would be. */
  readonly withoutMasks?: string;
  /** Of an answer to a phrase. */
  readonly judged?: QueryJudgement;
  /** The row's own values of its protocol's measures, by id; without those that it does not have. */
  readonly values: Readonly<Record<string, number>>;
}
