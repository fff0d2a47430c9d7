// Run folders as programs read them, made by this program or another one.
import { resolve } from "node:path";
import { type Plugins, rowCheck, withPlugins } from "../config/index.ts";
import type { MaskRow, Row } from "../core/rows.ts";
import type { Summary } from "../core/summary.ts";
import { readManifest } from "../store/manifest.ts";
import {
  type RunState,
  readMasks as storedMasks,
  readRows as storedRows,
  readRun as storedRun,
} from "../store/read-run.ts";
import type { Context } from "./context.ts";
import { summaryOf } from "./reports.ts";

/** The manifest of a run folder, and how far it has come. */
export function readRun(dir: string, { cwd }: Pick<Context, "cwd">): Promise<RunState> {
  return storedRun(resolve(cwd, dir));
}

/** Its rows, one after the other; a damaged or impossible one is an error that names its line. `plugins`: metrics and protocols that they name. */
export function readRows(
  dir: string,
  { cwd }: Pick<Context, "cwd">,
  plugins: Plugins = {},
): AsyncGenerator<Row> {
  return ofRun(resolve(cwd, dir), (path) => storedRows(path, rowCheck(withPlugins(plugins))));
}

/** Its masks as RLE, in the order of its rows. */
export function readMasks(dir: string, { cwd }: Pick<Context, "cwd">): AsyncGenerator<MaskRow> {
  return ofRun(resolve(cwd, dir), storedMasks);
}

/** A folder that is not a run's, or one of another format, is an error and not a run without rows. */
async function* ofRun<T>(dir: string, read: (dir: string) => AsyncGenerator<T>): AsyncGenerator<T> {
  await readManifest(dir);
  yield* read(dir);
}

/** Its summary, made of its rows; nothing is written. */
export async function readSummary(
  dir: string,
  { cwd, env }: Pick<Context, "cwd" | "env">,
  plugins: Plugins = {},
): Promise<Summary> {
  return (await summaryOf(resolve(cwd, dir), withPlugins(plugins), { cwd, env })).summary;
}
