// A broker of its own for a test: a server on a free port of this machine, with a folder of its own, stopped by its process.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The first of them that is installed. */
const servers = ["valkey-server", "redis-server"];

/** The command of a server; undefined where none is installed. SEGBENCH_REDIS_SERVER names another one. */
export function serverCommand(): string | undefined {
  const named = process.env.SEGBENCH_REDIS_SERVER;
  return [...(named === undefined ? [] : [named]), ...servers].find((name) => {
    try {
      execFileSync(name, ["--version"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
}

export interface Server {
  readonly port: number;
  readonly dir: string;
  readonly url: string;
  /** SIGKILL, as if the machine went down. */
  kill(): Promise<void>;
  start(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** `settings`: further lines of its configuration, `appendonly yes` say. */
export async function startServer(settings: readonly string[] = []): Promise<Server> {
  const command = serverCommand();
  if (command === undefined) throw new Error(`none of ${servers.join(", ")} is installed`);
  const dir = mkdtempSync(join(tmpdir(), "segbench-broker-"));
  const port = await freePort();
  const lines = ["bind 127.0.0.1", `port ${port}`, `dir ${dir}`, 'save ""', ...settings];
  writeFileSync(join(dir, "server.conf"), `${lines.join("\n")}\n`, { mode: 0o600 });
  let child: ChildProcess | undefined;
  const start = async () => {
    const started = spawn(command, [join(dir, "server.conf")], { stdio: ["ignore", "pipe", "inherit"] });
    child = started;
    await new Promise<void>((resolve, reject) => {
      started.once("exit", (code) => reject(new Error(`${command} ended with ${code}`)));
      started.stdout!.on("data", (text: Buffer) => {
        if (/Ready to accept connections/.test(text.toString())) resolve();
      });
    });
  };
  const kill = async () => {
    const gone = new Promise((resolve) => child?.once("exit", resolve) ?? resolve(undefined));
    child?.kill("SIGKILL");
    await gone;
    child = undefined;
  };
  await start();
  return {
    ...{ port, dir, url: `redis://127.0.0.1:${port}`, kill, start },
    signal: (signal) => void child?.kill(signal),
    async stop() {
      if (child !== undefined) await kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? address!.port : 0));
    });
  });
}
