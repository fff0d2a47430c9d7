// The verb view: a local page over run folders, until it is interrupted.
import { randomBytes } from "node:crypto";
import { InvalidArgumentError } from "commander";
import { exitCodes } from "./exit.ts";
import { repeated, type Verbs } from "./options.ts";
import { say, type Terminal } from "./terminal.ts";

interface ViewFlags {
  readonly port?: number;
  readonly host?: string;
  readonly data?: string;
  readonly model?: readonly string[];
}

/** Adds it to the program. */
export function addViewVerb({ root, terminal, act, step }: Verbs): void {
  root
    .command("view [folder]")
    .description(
      "a local page over run folders: the list of runs, their numbers, every target with its masks, and two models compared",
    )
    .option("--port <n>", "port to listen on (default: 8765, or another where that is taken)", portNumber)
    .option("--host <name>", "name or address to listen on (default: 127.0.0.1, this machine alone)")
    .option("--data <dir>", "folder of the benchmarks' data, for images and truth (default: as for run)")
    .option(
      "--model <path>",
      "a model to play with that has no card here: a folder, or ENCODER.onnx,DECODER.onnx; again for another one",
      repeated,
    )
    .addHelpText(
      "after",
      "\nFOLDER holds run folders, or is one (default: reports). Ctrl-C ends it.\n\nExample:\n  segbench view reports --data datasets/samples\n\nWhat it shows: docs/view.md",
    )
    .action(
      act(async (folder: string | undefined, flags: ViewFlags) => {
        const { view } = await import("../view/index.ts");
        await step(
          async (context) => {
            const token = randomBytes(24).toString("base64url");
            const { address, port, close } = await view({ ...flags, folder, token }, context);
            terminal.stdout.write(`${address}\n`);
            const tunnel = tunnelTo(port, terminal.env);
            if (tunnel !== undefined) say(terminal, `from the machine in front of you: ${tunnel}`);
            await new Promise<void>((resolve) => {
              if (context.signal.aborted) resolve();
              context.signal.addEventListener("abort", () => resolve(), { once: true });
            });
            await close();
          },
          { words: "", atOnce: true },
        );
        return exitCodes.fine;
      }),
    );
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError("Expected a port from 0 to 65535.");
  return port;
}

/** How the page is reached from where an SSH session came from: SSH_CONNECTION ends with this machine's address and port. */
export function tunnelTo(port: number, env: Terminal["env"]): string | undefined {
  const [, , machine, ssh] = env.SSH_CONNECTION?.split(" ") ?? [];
  if (machine === undefined || ssh === undefined) return undefined;
  const user = env.USER === undefined ? "" : `${env.USER}@`;
  return `ssh -N -L ${port}:127.0.0.1:${port}${ssh === "22" ? "" : ` -p ${ssh}`} ${user}${machine}`;
}
