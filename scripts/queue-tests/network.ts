// A worker in a network of its own, whose line to the broker is cut, silent, slow or loses packets. Needs Linux, root, `ip`; `nft` and `tc` for
// silence and for loss.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Case, type Figures, fine, type Stage, sameBytes, unitsIn, until } from "./stage.ts";

interface Network {
  /** Of the host, seen from the worker. */
  readonly host: string;
  readonly by: readonly string[];
  /** Runs a command on the worker's side; false: the machine does not let us. */
  inside(...words: readonly string[]): boolean;
  readonly device: string;
  remove(): void;
}

const does = (program: string, ...words: readonly string[]) => spawnSync(program, words).status === 0;

/** undefined: this machine does not let us. */
function openNetwork(): Network | undefined {
  const name = `sb${process.pid}`;
  const [near, far] = [`${name}a`, `${name}b`];
  const host = "10.213.77.1";
  const remove = () => void does("ip", "netns", "del", name);
  const inside = (...words: readonly string[]) => does("ip", "netns", "exec", name, ...words);
  const made =
    does("ip", "netns", "add", name) &&
    does("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", name) &&
    does("ip", "addr", "add", `${host}/30`, "dev", near) &&
    does("ip", "link", "set", near, "up") &&
    inside("ip", "addr", "add", "10.213.77.2/30", "dev", far) &&
    inside("ip", "link", "set", far, "up") &&
    inside("ip", "link", "set", "lo", "up");
  if (made) return { host, by: ["ip", "netns", "exec", name], inside, device: far, remove };
  remove();
  return undefined;
}

const LEASE = 2000;

/** One worker here and one behind the line; the line is disturbed for `milliseconds`. */
async function behindALine(
  stage: Stage,
  disturb: (network: Network, on: boolean) => boolean,
  milliseconds: number,
): Promise<Figures> {
  const network = openNetwork();
  if (network === undefined) return { skipped: "this machine makes no network of its own" };
  try {
    const cwd = await stage.data({ images: 60, targets: 2 });
    const reference = await stage.reference("run.yaml", cwd);
    const broker = await stage.broker({ host: network.host });
    const out = join(stage.folder, "out");
    const coordinator = stage.coordinator(broker, "run.yaml", cwd, ["--out", out, "--block", "2"], {
      lease: LEASE,
    });
    const around = { lease: LEASE, faults: { slow: 150 } };
    const beyond = stage.worker(broker, "run.yaml", cwd, [], { ...around, by: network.by });
    await until("some units of the one beyond", 60, () => unitsIn(out) >= 4);
    const here = stage.worker(broker, "run.yaml", cwd, [], around);
    if (!disturb(network, true)) return { skipped: "this machine does not let us disturb a line so" };
    await setTimeout(milliseconds);
    disturb(network, false);
    const { err } = await fine(coordinator);
    for (const one of [here, beyond]) await fine(one);
    sameBytes(reference, out);
    const after = await beyond.finished;
    return {
      lease: LEASE,
      disturbed: milliseconds,
      duplicates: Number(/(\d+) parts came twice/.exec(err)?.[1] ?? 0),
      unitsOfTheOneBeyond: Number(/(\d+) units were evaluated here/.exec(after.err)?.[1] ?? 0),
    };
  } finally {
    network.remove();
  }
}

const link = ({ inside, device }: Network, down: boolean) =>
  inside("ip", "link", "set", device, down ? "down" : "up");

export const cutShort: Case = (stage) => behindALine(stage, link, LEASE / 2);
export const cutLong: Case = (stage) => behindALine(stage, link, 4 * LEASE);
export const cutSilent: Case = (stage) =>
  behindALine(
    stage,
    ({ inside }, on) =>
      on
        ? inside("nft", "add", "table", "ip", "silence") &&
          inside(
            "nft",
            "add",
            "chain",
            "ip",
            "silence",
            "in",
            "{ type filter hook input priority 0; policy drop; }",
          )
        : inside("nft", "delete", "table", "ip", "silence"),
    4 * LEASE,
  );
export const lossy: Case = (stage) =>
  behindALine(
    stage,
    ({ inside, device }, on) =>
      on
        ? inside("tc", "qdisc", "add", "dev", device, "root", "netem", "delay", "200ms", "loss", "5%")
        : inside("tc", "qdisc", "del", "dev", device, "root"),
    4 * LEASE,
  );

/** Nobody knows that the line is dead until it is used: a worker whose connection is gone without a word does not wait for ever. */
export const deadLine: Case = async (stage) => {
  const cwd = await stage.data({ images: 40, targets: 2 });
  const reference = await stage.reference("run.yaml", cwd);
  const broker = await stage.broker();
  const out = join(stage.folder, "out");
  const coordinator = stage.coordinator(broker, "run.yaml", cwd, ["--out", out, "--block", "2"], {
    lease: LEASE,
  });
  const { program, line } = await stage.dying(broker, { step: "block completed", nth: 1e9 }, (around) =>
    stage.worker(broker, "run.yaml", cwd, [], { ...around, lease: LEASE, faults: { slow: 150 } }),
  );
  await until("some units", 60, () => unitsIn(out) >= 4);
  line.hold(true);
  await setTimeout(3 * LEASE);
  line.hold(false);
  await fine(coordinator);
  const { err } = await fine(program);
  sameBytes(reference, out);
  assert.match(err, /units were evaluated here/);
  return {};
};
