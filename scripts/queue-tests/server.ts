// A broker of the tests' own: Redis, or Valkey by SEGBENCH_REDIS_SERVER, on a free port of the loopback interface, in a folder of its own,
// ended by its process number.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Redis, type RedisOptions } from "ioredis";
import { serverCommand } from "../../test/queue/redis.ts";

export function serverVersion(): string {
  const text = spawnSync(serverCommand()!, ["--version"], { encoding: "utf8" }).stdout;
  return `${/valkey/i.test(text) ? "Valkey" : "Redis"} ${/v=([\d.]+)/.exec(text)?.[1] ?? "of an unknown version"}`;
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { readonly port: number };
  probe.close();
  await once(probe, "close");
  return port;
}

export interface Server {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Of whoever may do everything, for looking on. */
  readonly client: Redis;
  kill(): Promise<void>;
  /** After `kill`: the same port and folder. */
  start(): Promise<void>;
  stop(signal: "SIGSTOP" | "SIGCONT"): void;
  close(): Promise<void>;
}

export interface ServerOptions {
  /** Lines of redis.conf. */
  readonly config?: readonly string[];
  /** Whether what it has outlives it. */
  readonly kept?: boolean;
  readonly host?: string;
  /** How the tests themselves are let in. */
  readonly entry?: RedisOptions;
  readonly scheme?: "redis" | "rediss";
}

/** Starts one in `folder`. */
export async function startServer(
  folder: string,
  { config = [], kept = false, host = "127.0.0.1", entry = {}, scheme = "redis" }: ServerOptions = {},
): Promise<Server> {
  const port = await freePort();
  mkdirSync(folder, { recursive: true });
  const tls = scheme === "rediss";
  const lines = [
    ...[`bind ${host}`, "protected-mode no", `dir ${folder}`, "maxmemory-policy noeviction", 'save ""'],
    ...[tls ? `tls-port ${port}` : `port ${port}`, ...(tls ? ["port 0"] : [])],
    ...(kept ? ["appendonly yes", "appendfsync everysec"] : ["appendonly no"]),
    ...config,
  ];
  writeFileSync(join(folder, "broker.conf"), `${lines.join("\n")}\n`, { mode: 0o600 });
  let child: ChildProcess | undefined;
  const client = new Redis({
    ...{ host, port, lazyConnect: true, maxRetriesPerRequest: null, retryStrategy: () => 50 },
    ...entry,
  });
  client.on("error", () => undefined);
  const server: Server = {
    url: `${scheme}://${host}:${port}`,
    ...{ port, client },
    get pid() {
      return child!.pid!;
    },
    async start() {
      child = spawn(serverCommand()!, [join(folder, "broker.conf")], { stdio: "ignore" });
      if (client.status === "wait") void client.connect().catch(() => undefined);
      // Until it has read what it kept.
      for (;;)
        try {
          await client.ping();
          return;
        } catch {
          if (child.exitCode !== null) throw new Error(`${serverCommand()} does not start as it is asked to`);
          await setTimeout(50);
        }
    },
    async kill() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
    stop: (signal) => void child!.kill(signal),
    async close() {
      client.disconnect();
      child?.kill("SIGCONT");
      await server.kill();
    },
  };
  await server.start();
  return server;
}
