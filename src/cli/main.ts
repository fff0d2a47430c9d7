#!/usr/bin/env node
// The command line as a process.
import { withoutTelemetry } from "../models/runtime/telemetry.ts";
import { version } from "../run/surroundings.ts";
import { onInterrupt, stopCode } from "./interrupt.ts";
import type { Terminal } from "./terminal.ts";

withoutTelemetry();
const { stdin, stdout, stderr, env } = process;
const started = performance.now();

// A reader that closes the pipe is not an error.
for (const stream of [stdout, stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
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
  ...{ stdout, stderr, env, cwd: process.cwd() },
  clock: () => performance.now() - started,
  ask: stdin.isTTY === true && stderr.isTTY === true ? ask : undefined,
  onInterrupt,
  stopCode,
  supervised: async (work) => (await import("./supervision.ts")).supervised(terminal, work),
};

const words = process.argv.slice(2);
// The one answer that needs no verb is given before they are loaded.
if (words.length === 1 && ["-V", "--version"].includes(words[0]!)) stdout.write(`${version}\n`);
else process.exitCode = await (await import("./program.ts")).main(words, terminal);
