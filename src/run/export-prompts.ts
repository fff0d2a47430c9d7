// What a run sent, a JSON line for each target, for any framework.
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Plugins } from "../config/index.ts";
import { complain, reasonOf, SegbenchError } from "../core/errors.ts";
import { makeFolder } from "../formats/files.ts";
import type { Context } from "./context.ts";
import { lineOf, openRecorded } from "./recorded.ts";

/** The lines of a file of prompts: what they are from, then a target each. `run`: RUN or RUN:MODEL; `plugins`: what its rows name. */
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
    throw complain({ where: out, what: "cannot be written", got: reasonOf(cause), cause });
  }
  return lines - 1;
}
