import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type * as program from "../../src/cli/program.ts";
import type * as terminals from "../../src/cli/terminal.ts";

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface Place {
  readonly cwd: string;
  readonly env?: Record<string, string>;
}

/** The command line's folder as `test/helpers/build.ts` built it; its sources without that. */
const built = process.env.SEGBENCH_BUILT_CLI;
const sources = fileURLToPath(new URL("../../src/cli", import.meta.url));

/** Calls the command line in this process: for everything but tests of processes. `signal` interrupts it; `answer`: to what it asks. */
export async function runCli(
  words: readonly string[],
  { cwd, env = {}, signal, answer }: Place & { readonly signal?: AbortSignal; readonly answer?: string },
): Promise<Finished> {
  const fileOf = (name: string) =>
    pathToFileURL(join(built ?? sources, `${name}.${built ? "js" : "ts"}`)).href;
  const { main }: typeof program = await import(fileOf("program"));
  const { terminalOf }: typeof terminals = await import(fileOf("terminal"));
  const said = { out: "", err: "" };
  const into = (key: "out" | "err") => ({
    write: (text: string) => {
      said[key] += text;
    },
  });
  const terminal = terminalOf({
    ...{ stdout: into("out"), stderr: into("err"), cwd, signal },
    env: { ...process.env, SEGBENCH_DATA: "", ...env },
  });
  const ask = answer === undefined ? {} : { ask: async () => answer };
  const code = await main(words, { ...terminal, ...ask });
  return { code, signal: null, ...said };
}

/**
 * Starts the real command line in a process of its own; `stdout`: a file's descriptor, in place of what is returned; `by`: a program that
 * becomes it.
 */
export function startCli(
  words: readonly string[],
  {
    cwd,
    env = {},
    stdout = "pipe",
    by = [],
  }: Place & { readonly stdout?: "pipe" | number; readonly by?: readonly string[] },
): { readonly child: ChildProcess; readonly finished: Promise<Finished> } {
  const command =
    built === undefined
      ? [
          "--import",
          pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href,
          join(sources, "main.ts"),
        ]
      : [join(built, "main.js")];
  const [program, ...all] = [...by, process.execPath, ...command, ...words];
  const child = spawn(program!, all, {
    cwd,
    env: { ...process.env, SEGBENCH_DATA: "", ...env },
    stdio: ["ignore", stdout, "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, out, err }));
  });
  return { child, finished };
}

/** The same, awaited to its end. */
export function runProgram(words: readonly string[], place: Place): Promise<Finished> {
  return startCli(words, place).finished;
}
