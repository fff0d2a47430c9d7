// Packages by the user's own npm, so that its settings hold: registry, access, proxy, cache, being offline. Nothing of a package is run.
import { spawn } from "node:child_process";
import { readdir, realpath, stat } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { complain, type Problem, reasonOf } from "../core/errors.ts";
import type { Env } from "./web.ts";

export interface Npm {
  /** Puts the package's archive into an empty folder and returns its path; `note` hears of tries that failed. */
  pack(spec: string, folder: string, options: PackOptions): Promise<string>;
}

interface PackOptions {
  readonly signal?: AbortSignal | undefined;
  readonly note: (text: string) => void;
}

/** `cwd`: npm reads the settings of the project there; `node`: the program that runs npm. */
export function openNpm(env: Env, cwd: string, node = process.execPath): Npm {
  let command: Promise<readonly string[] | undefined> | undefined;
  return {
    async pack(spec, folder, options) {
      command ??= findNpm(env, node);
      const words = await command;
      if (words === undefined)
        throw complain(`npm ${spec}`, "npm is needed to fetch the package, and was not found", {
          code: "not-found",
          expected: "npm beside node or on the PATH (it comes with Node)",
        });
      // An exact version never changes: what npm's cache holds needs no network, and npm asks the registry first otherwise.
      const call = { words, spec, folder, env, cwd, ...options };
      const cached = await packed({ ...call, more: ["--offline"] });
      const outcome = "path" in cached ? cached : await packed({ ...call, more: [] });
      if ("path" in outcome) return outcome.path;
      throw complain({ where: `npm ${spec}`, ...outcome });
    },
  };
}

const cliFile = join("node_modules", "npm", "bin", "npm-cli.js");

/** How npm is started: as the npm that started this process, as the one that came with Node, or as the PATH has it. Never by a shell. */
export async function findNpm(env: Env, node: string): Promise<readonly string[] | undefined> {
  const windows = process.platform === "win32";
  const own = env.npm_execpath ?? "";
  const path = Object.entries(env).find(([name]) => (windows ? name.toUpperCase() : name) === "PATH")?.[1];
  const folders = (path ?? "").split(delimiter).filter((folder) => folder !== "");
  const places = [
    ...(own.endsWith("npm-cli.js") ? [own] : []),
    join(dirname(node), cliFile),
    join(dirname(node), "..", "lib", cliFile),
    ...folders.flatMap((folder) =>
      windows ? [join(folder, cliFile), join(folder, "npm.exe")] : [join(folder, "npm")],
    ),
  ];
  for (const place of places) {
    const file = await realpath(place).catch(() => undefined);
    if (file === undefined || !(await stat(file)).isFile()) continue;
    return file.endsWith(".js") ? [node, file] : [file];
  }
  return undefined;
}

interface Call extends PackOptions {
  readonly words: readonly string[];
  readonly spec: string;
  readonly folder: string;
  readonly env: Env;
  readonly cwd: string;
  readonly more: readonly string[];
}

type Failed = Omit<Problem, "where">;

async function packed(call: Call): Promise<{ readonly path: string } | Failed> {
  const { words, spec, folder, env, cwd, more, signal, note } = call;
  const [program = "", ...first] = words;
  const options = ["--json", "--ignore-scripts", "--no-workspaces", "--no-dry-run", "--no-update-notifier"];
  const shown = ["--loglevel=http", "--no-color", "--no-progress"];
  const all = [...first, "pack", ...options, ...shown, ...more, `--pack-destination=${folder}`, "--", spec];
  const { status, out, err } = await finished(program, all, { env, cwd, signal }, (line) => {
    const [, failed] = /\b(attempt \d+ failed with .*)$/.exec(line) ?? [];
    if (failed !== undefined) note(`npm ${spec}: ${failed}`);
  });
  signal?.throwIfAborted();
  if (status !== 0) return failureOf(status, out, err);
  const name = (await readdir(folder)).find((file) => file.endsWith(".tgz"));
  if (name !== undefined) return { path: join(folder, name) };
  return { code: "system", what: "npm pack left no archive", got: lastLine(err) };
}

interface Finished {
  readonly status: number | string;
  readonly out: string;
  readonly err: string;
}

function finished(
  program: string,
  words: readonly string[],
  { env, cwd, signal }: { env: Env; cwd: string; signal?: AbortSignal | undefined },
  line: (text: string) => void,
): Promise<Finished> {
  return new Promise((resolve) => {
    const said = { out: "", err: "" };
    const child = spawn(program, words, { env, cwd, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
    const stop = () => child.kill();
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    const end = (status: number | string) => {
      signal?.removeEventListener("abort", stop);
      resolve({ status, ...said });
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said.out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      const rest = said.err.slice(said.err.lastIndexOf("\n") + 1);
      said.err += text;
      for (const one of `${rest}${text}`.split("\n").slice(0, -1)) line(one);
    });
    child.once("error", (error) => end(reasonOf(error)));
    child.once("close", (code, killed) => end(code ?? `ended by ${killed}`));
  });
}

const kept = "nothing was kept, and the same command tries again";
const unreachable = `npm has no connection to the registry, or lost it; ${kept}`;
const refused = "the registry refuses access: log in (npm login), or see .npmrc";

/** npm's codes in our words. */
const meanings: Readonly<Record<string, string>> = {
  E404: "the registry does not have this package, or does not show it",
  ETARGET: "the registry does not have this version",
  ...{ E401: refused, E403: refused, ENEEDAUTH: refused },
  ENOTCACHED: "npm is set to be offline, and its cache does not hold the package",
  EINTEGRITY: `what came is not the package that the registry announced; ${kept}`,
  ...Object.fromEntries(
    [
      ...["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "ERR_SOCKET_TIMEOUT"],
      ...["EHOSTUNREACH", "ENETUNREACH", "EPIPE", "ECONNABORTED"],
    ].map((code) => [code, unreachable]),
  ),
};

function failureOf(status: number | string, out: string, err: string): Failed {
  const { code, summary } = errorIn(out);
  const words = summary?.split("\n")[0]?.replace(/^\w*Error: /, "") ?? lastLine(err);
  return {
    code: "system",
    what: meanings[code ?? ""] ?? `npm cannot fetch the package; ${kept}`,
    got:
      code === undefined
        ? `${words} (npm: ${status})`
        : words.startsWith(`${code}: `)
          ? words
          : `${code}: ${words}`,
  };
}

/** What npm says with --json. */
function errorIn(out: string): { readonly code?: string; readonly summary?: string } {
  try {
    const { error } = JSON.parse(out) as { error?: { code?: unknown; summary?: unknown } };
    const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
    const [code, summary] = [text(error?.code), text(error?.summary)];
    return { ...(code === undefined ? {} : { code }), ...(summary === undefined ? {} : { summary }) };
  } catch {
    return {};
  }
}

function lastLine(text: string): string {
  const lines = text
    .split("\n")
    .filter((line) => line.trim() !== "" && !/complete log of this run/.test(line));
  return lines.at(-1)?.trim() ?? "nothing";
}
