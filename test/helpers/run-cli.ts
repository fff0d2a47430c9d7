import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** The command line as `test/helpers/build.ts` built it, else from its sources. */
function command(): string[] {
  const built = process.env.SEGBENCH_BUILT_CLI;
  return built === undefined ? ["--import", loader, main] : [built];
}

/** Starts the real command line. */
export function startCli(
  words: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
): { readonly child: ChildProcess; readonly finished: Promise<Finished> } {
  const child = spawn(process.execPath, [...command(), ...words], {
    cwd,
    env: { ...process.env, SEGBENCH_DATA: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
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

export function runCli(
  words: readonly string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<Finished> {
  return startCli(words, options).finished;
}
