// The verb view: a local page over run folders, until it is interrupted; or the same as files.
import { randomBytes } from "node:crypto";
import { InvalidArgumentError } from "commander";
import { plural } from "../core/words.ts";
import { shownPath } from "../run/context.ts";
import type { Licence } from "../view/source.ts";
import { exitCodes } from "./exit.ts";
import { repeated, type Verbs, wrongUsage } from "./options.ts";
import { say, type Terminal } from "./terminal.ts";

interface ViewFlags {
  readonly port?: number;
  readonly host?: string;
  readonly data?: string;
  readonly model?: readonly string[];
  readonly export?: string;
  readonly withImages?: true;
  readonly all?: true;
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
    .option(
      "--export <dir>",
      "write the page as static files for a web server instead, without images and truth",
    )
    .option("--with-images", "of an export: with images and truth, where the data are found")
    .option("--all", "of an export: all rows; otherwise of each benchmark and protocol at most 200 targets")
    .addHelpText(
      "after",
      "\nFOLDER holds run folders, or is one (default: reports). Ctrl-C ends it.\n\nExample:\n  segbench view reports --data datasets/samples\n  segbench view reports --export site\n\nWhat it shows: docs/view.md",
    )
    .action(
      act(async (folder: string | undefined, flags: ViewFlags) => {
        refuseMixed(flags);
        if (flags.export !== undefined)
          return exported(folder, { ...flags, dir: flags.export }, terminal, step);
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

/** Milliseconds between two lines that say how far an export is. */
const PAUSE = 5000;

/** Options of a server have nothing to say about files, and those of an export nothing without one. */
function refuseMixed(flags: ViewFlags): void {
  const isExport = flags.export !== undefined;
  const wrong = isExport ? (["port", "host", "model"] as const) : (["withImages", "all"] as const);
  const given = wrong.find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  const flag = given === "withImages" ? "--with-images" : `--${given}`;
  const text = isExport
    ? `${flag} is of a server, and --export starts none`
    : `${flag} is of an export: --export is missing`;
  throw wrongUsage(text);
}

async function exported(
  folder: string | undefined,
  { dir, withImages, all, data }: ViewFlags & { readonly dir: string },
  terminal: Terminal,
  step: Verbs["step"],
) {
  const { exportView } = await import("../view/export.ts");
  const onLicences = (licences: readonly Licence[]) => {
    say(terminal, "The export holds images and truth of these data, each under a licence of its own:");
    for (const { benchmark, licence, free } of licences)
      say(
        terminal,
        `  ${benchmark}: ${licence ?? "its card names no licence"}${free ? "" : " (ask its owners before you redistribute it)"}`,
      );
  };
  let told = terminal.clock();
  const onProgress = (what: string, done: number, total: number) => {
    if (terminal.clock() - told < PAUSE) return;
    told = terminal.clock();
    say(terminal, `${done} of ${total} ${what}`);
  };
  const found = await step(
    (context) => exportView({ folder, dir, withImages, all, data, onLicences, onProgress }, context),
    { words: "", atOnce: true },
  );
  say(
    terminal,
    `${plural(found.runs, "run")}, ${found.rows} of ${plural(found.of, "row")}, ${plural(found.files, "file")}, ${(found.bytes / 1e6).toFixed(1)} MB`,
  );
  terminal.stdout.write(`${shownPath(found.dir, terminal)}\n`);
  return exitCodes.fine;
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
