import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type ExitCode, exitCodes } from "../cli/exit.ts";
import { complain, reasonOf } from "../core/errors.ts";
import { lineOf, openRecorded } from "./recorded.ts";

/** `segbench export prompts`: what a run sent, a JSON line for each target, to a file or to standard output. */
export async function exportVerb(what: string, run: string, out: string | undefined): Promise<ExitCode> {
  if (what !== "prompts")
    throw complain({
      where: "segbench export",
      what: "unknown export",
      expected: "prompts",
      got: JSON.stringify(what),
    });
  const { head, targets, left } = await openRecorded(run);
  for (const line of left) process.stderr.write(`${line}\n`);
  let count = 0;
  const text = async function* () {
    yield `${JSON.stringify(head)}\n`;
    for await (const target of targets) {
      count += 1;
      yield `${lineOf(target)}\n`;
    }
  };
  if (out === undefined) {
    for await (const line of text()) process.stdout.write(line);
    return exitCodes.fine;
  }
  const path = resolve(out);
  const temporary = `${path}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await pipeline(Readable.from(text()), createWriteStream(temporary));
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    if (cause instanceof Error && cause.name === "SegbenchError") throw cause;
    throw complain({ where: out, what: "cannot be written", got: reasonOf(cause), cause });
  }
  process.stderr.write(`${count} targets' prompts in ${out}\n`);
  return exitCodes.fine;
}
