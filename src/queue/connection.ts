// The first connection to a broker: what it takes to make one, and whether what is there will do.
import { createRequire } from "node:module";
import type { Redis, RedisOptions } from "ioredis";
import { complain, reasonOf, SegbenchError } from "../core/errors.ts";
import type { BrokerAddress } from "./address.ts";

/** Loads both packages: what is used of them. They are CommonJS, which `require` loads in half the time of `import`. */
export function packages(): Pick<typeof import("bullmq"), "Queue" | "UnrecoverableError" | "Worker"> &
  Pick<typeof import("ioredis"), "Redis"> {
  const load = createRequire(import.meta.url);
  try {
    const { Queue, UnrecoverableError, Worker }: typeof import("bullmq") = load("bullmq");
    const { Redis }: typeof import("ioredis") = load("ioredis");
    return { Queue, UnrecoverableError, Worker, Redis };
  } catch (cause) {
    throw complain({ path: "queue" }, "needs two packages that come with no installation of segbench", {
      code: "not-found",
      expected: "npm install bullmq@6.7.0 ioredis@5.11.1 beside segbench",
      got: reasonOf(cause),
      cause,
    });
  }
}

export function optionsOf({ host, port, db, username, password, tls }: BrokerAddress): RedisOptions {
  return {
    ...{ host, port, db, username, password },
    ...(tls === undefined ? {} : { tls: { ...tls, servername: host } }),
    // While the broker is away, calls wait for it.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(2000, 100 * times),
    keepAlive: 10_000,
  };
}

/** Refuses a broker that cannot be reached, lets nobody write, or may throw away what it was given. */
export async function firstLook(client: Redis, name: string): Promise<void> {
  let first: unknown;
  client.on("error", (error) => {
    first ??= error;
  });
  try {
    await client.connect();
    const info = await client.info();
    const told = (key: string) => new RegExp(`^${key}:(.*?)\r?$`, "m").exec(info)?.[1];
    if (told("role") === "slave")
      throw complain(name, "is a replica that takes no writes", { expected: "the primary" });
    const policy = told("maxmemory_policy");
    if (policy !== undefined && policy !== "noeviction")
      throw complain(name, "may throw away blocks when its memory is full", {
        expected: "maxmemory-policy noeviction",
        got: policy,
      });
  } catch (cause) {
    if (cause instanceof SegbenchError) throw cause;
    // The connection is closed afterwards, and says no more than that.
    const text = reasonOf(first ?? cause);
    const denied = /WRONGPASS|NOAUTH|NOPERM/.test(text);
    throw complain(name, denied ? "does not let this user in" : "the broker cannot be reached", {
      code: "system",
      expected: denied
        ? "user and password in SEGBENCH_QUEUE, or in SEGBENCH_QUEUE_USER and SEGBENCH_QUEUE_PASSWORD_FILE"
        : "Redis 6.2 or later, or Valkey",
      got: text,
      cause,
    });
  } finally {
    client.disconnect();
  }
}
