#!/usr/bin/env node
// The command line as a process.
import { reasonOf } from "../core/errors.ts";
import { withoutTelemetry } from "../models/runtime/telemetry.ts";
import { version } from "../run/surroundings.ts";
import { erased, preparing } from "./announcement.ts";
import { exitCodes } from "./exit.ts";
import { onInterrupt, stopCode } from "./interrupt.ts";
import type { Terminal } from "./terminal.ts";

withoutTelemetry();
const { stdin, stdout, stderr, env } = process;
const started = performance.now();
// Loading takes longer than this line.
const announced = stderr.isTTY === true && env.TERM !== "dumb";
if (announced) stderr.write(preparing);

/** What a reader that closes the pipe causes: not an error. */
const closed = ["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"];
let unwritten = false;
stderr.on("error", () => undefined);
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (closed.includes(error.code ?? "") || unwritten) return;
  unwritten = true;
  process.exitCode ||= exitCodes.error;
  stderr.write(`error: standard output cannot be written; got ${reasonOf(error)}\n`);
});

async function ask(question: string): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    // The keyboard's Ctrl-C, which comes as no signal while a line is edited.
    const stopped = new Promise<string>((resolve) => {
      lines.once("SIGINT", () => {
        stderr.write("\n");
        process.emit("SIGINT", "SIGINT");
        resolve("");
      });
    });
    return await Promise.race([lines.question(question), stopped]);
  } finally {
    lines.close();
  }
}

const terminal: Terminal = {
  ...{ stdout, stderr, env, cwd: process.cwd(), announced },
  clock: () => performance.now() - started,
  ask: stdin.isTTY === true && stderr.isTTY === true ? ask : undefined,
  onInterrupt,
  stopCode,
  supervised: async (work) => (await import("./supervision.ts")).supervised(terminal, work),
};

const words = process.argv.slice(2);
// The one answer that needs no verb is given before they are loaded.
if (words.length === 1 && ["-V", "--version"].includes(words[0]!)) {
  if (announced) stderr.write(erased);
  stdout.write(`${version}\n`);
} else {
  const code = await (await import("./program.ts")).main(words, terminal);
  process.exitCode = code || (unwritten ? exitCodes.error : exitCodes.fine);
}
