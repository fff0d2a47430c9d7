// What stands between one process and its broker, and knows what passes: it ends the process at a named step, cuts the line, or makes it slow.
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** Steps of a process that can be seen from outside, each by what is sent (before it is done) or answered (after). */
export const steps = {
  // Of a worker.
  "block taken": { answer: '"from":' },
  "before a part": { request: "rpush" },
  "part delivered": { after: "rpush" },
  "before a block is completed": { request: "returnvalue" },
  "block completed": { after: "returnvalue" },
  // Of a coordinator.
  "run announced": { after: "sadd" },
  "before the queue is filled": { request: '"jobId"' },
  "parts read": { after: "lrange" },
  "before a part is dropped": { request: "lrem" },
  "part dropped": { after: "lrem" },
} as const;

export type Step = keyof typeof steps;

export interface Line {
  readonly port: number;
  /** Calls `act` when the step comes for the nth time, before anything passes on. */
  at(step: Step, nth: number, act: () => void): void;
  /** Nothing passes from now on, and nobody is told (as when a cable is pulled); or it passes again. */
  hold(held: boolean): void;
  close(): Promise<void>;
}

export async function startLine(port: number): Promise<Line> {
  const sockets = new Set<Socket>();
  const rules: { readonly step: Step; left: number; readonly act: () => void }[] = [];
  let held = false;
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    /** Steps whose request passed here, and whose answer is the next that comes. */
    const asked = new Set<Step>();
    const seen = (step: Step) => {
      for (const rule of rules) {
        if (rule.step !== step || rule.left === 0) continue;
        rule.left -= 1;
        if (rule.left > 0) continue;
        held = true;
        rule.act();
      }
    };
    const look = (chunk: Buffer, from: "near" | "far") => {
      for (const { step } of rules) {
        const sign: { readonly request?: string; readonly after?: string; readonly answer?: string } =
          steps[step];
        if (from === "near") {
          if (sign.request !== undefined && chunk.includes(sign.request)) seen(step);
          if (sign.after !== undefined && chunk.includes(sign.after)) asked.add(step);
        } else {
          if (sign.answer !== undefined && chunk.includes(sign.answer)) seen(step);
          if (asked.delete(step)) seen(step);
        }
      }
    };
    const pass = (one: Socket, other: Socket, from: "near" | "far") => {
      sockets.add(one);
      one.on("data", (chunk: Buffer) => {
        look(chunk, from);
        if (held) one.pause();
        if (!held) other.write(chunk);
      });
      one.on("error", () => undefined);
      one.on("close", () => {
        sockets.delete(one);
        if (!held) other.destroy();
      });
    };
    pass(near, far, "near");
    pass(far, near, "far");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as { readonly port: number }).port,
    at(step, nth, act) {
      rules.push({ step, left: nth, act });
    },
    hold(now) {
      held = now;
      // What was on the line is lost with it.
      if (!now) for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
