// Faults inside a process of segbench, loaded before it (`--import`): SEGBENCH_FAULTS says which, as JSON.
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { basename } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const faults = JSON.parse(process.env.SEGBENCH_FAULTS ?? "{}");
const computes = process.send !== undefined;

const die = () => process.kill(process.pid, "SIGKILL");

// { skew }: milliseconds by which the clock is wrong.
if (faults.skew !== undefined) {
  const now = Date.now.bind(Date);
  Date.now = () => now() + faults.skew;
}

// { end: { file, when, nth } }: the process ends at its nth write to a file of this name, "before" or "after" it.
if (faults.end !== undefined) {
  let left = faults.end.nth;
  const around = async (path, act) => {
    const hit = basename(String(path)) === faults.end.file || String(path).endsWith(faults.end.file);
    const now = hit && --left === 0;
    if (now && faults.end.when === "before") die();
    const answer = await act();
    if (now) die();
    return answer;
  };
  const { open, rename } = fs;
  fs.open = async (path, ...rest) => {
    const handle = await open(path, ...rest);
    const { write } = handle;
    handle.write = (...what) => around(path, () => write.apply(handle, what));
    return handle;
  };
  fs.rename = (from, to) => around(to, () => rename(from, to));
}

// { lie: N }: the process that computes changes one bit in the rows of every Nth unit.
// { slow }: milliseconds that it takes longer for a unit.
if (computes && (faults.lie !== undefined || faults.slow !== undefined)) {
  const send = process.send.bind(process);
  let turn = Promise.resolve();
  process.send = (message, ...rest) => {
    if (
      message?.part !== undefined &&
      faults.lie !== undefined &&
      message.unit % faults.lie === faults.lie - 1
    ) {
      const { rows } = message.part;
      // The last digit of the last score: 0 and 1, 2 and 3 ... differ in one bit.
      const at = /\d(?=\D*$)/.exec(rows).index;
      const flipped = String(Number(rows[at]) ^ 1);
      message.part = { ...message.part, rows: rows.slice(0, at) + flipped + rows.slice(at + 1) };
    }
    if (faults.slow === undefined) return send(message, ...rest);
    // What follows a part is as late as that.
    if (message?.part !== undefined) turn = turn.then(() => pause(faults.slow));
    turn = turn.then(() => void send(message, ...rest));
    return true;
  };
}

// { poison: { file, kills } }: whoever reads this file dies: "computing", the process alone; "machine", both.
if (computes && faults.poison !== undefined) {
  const { readFile, open } = fs;
  const look = (path) => {
    if (!String(path).endsWith(faults.poison.file)) return;
    if (faults.poison.kills === "computing") process.abort();
    process.kill(process.ppid, "SIGKILL");
    die();
  };
  fs.readFile = (path, ...rest) => {
    look(path);
    return readFile(path, ...rest);
  };
  fs.open = (path, ...rest) => {
    look(path);
    return open(path, ...rest);
  };
}

// { folder: { below, lost, late, stale } }: a shared folder as a network may show it. `lost`: every nth answer to a rename or link is
// lost although it was done; `late`: milliseconds until others' files are seen; `stale`: every nth read fails with ESTALE.
if (faults.folder !== undefined) {
  const { below, lost = 0, late = 0, stale = 0 } = faults.folder;
  const inside = (path) => String(path).startsWith(below);
  const failure = (code, path) => Object.assign(new Error(`${code}: ${path}`), { code });
  const count = { rename: 0, read: 0 };
  const { rename, readFile, readdir, stat, link } = fs;
  const own = new Set();
  const seen = async (path) => {
    if (late === 0 || own.has(String(path))) return true;
    const { mtimeMs } = await stat(path);
    return Date.now() - mtimeMs > late;
  };
  fs.rename = async (from, to) => {
    await rename(from, to);
    if (!inside(to)) return;
    own.add(String(to));
    count.rename += 1;
    if (lost > 0 && count.rename % lost === 0) throw failure("EIO", to);
  };
  fs.link = (from, to) => (inside(to) ? Promise.reject(failure("EPERM", to)) : link(from, to));
  fs.readFile = async (path, ...rest) => {
    if (!inside(path)) return readFile(path, ...rest);
    count.read += 1;
    if (stale > 0 && count.read % stale === 0) throw failure("ESTALE", path);
    if (!(await seen(path))) throw failure("ENOENT", path);
    return readFile(path, ...rest);
  };
  fs.readdir = async (path, ...rest) => {
    const names = await readdir(path, ...rest);
    if (!inside(path) || late === 0) return names;
    const shown = await Promise.all(names.map((name) => seen(`${path}/${name}`).catch(() => false)));
    return names.filter((_, i) => shown[i]);
  };
}
syncBuiltinESMExports();
