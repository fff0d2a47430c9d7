// history.jsonl: what a call of a verb leaves in the folder that it wrote.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { complain } from "../../src/core/errors.ts";
import { contextOf } from "../../src/run/context.ts";
import { endOfRun, type HistoryLine, withHistory, withoutPasswords } from "../../src/run/history.ts";
import { merge } from "../../src/run/report/reports.ts";
import { run } from "../../src/run/run.ts";
import { runCli } from "../helpers/run-cli.ts";
import { temporaryFolder, workPlace } from "../helpers/synthetic.ts";

const linesOf = (dir: string): HistoryLine[] =>
  readFileSync(join(dir, "history.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

const finished = { interrupted: false, failures: [] } as const;

/** A call that opens the folder and ends as `work` does. */
const call = (dir: string, work: () => unknown = () => finished, context = {}, remarks = {}) =>
  withHistory(
    "run",
    remarks,
    contextOf({ cwd: dir, ...context }),
    async (opened) => {
      opened(dir, () => ({ finished: 3, expected: 8 }));
      return (await work()) as typeof finished;
    },
    endOfRun,
  );

test.each([
  ["https://ann:secret@host.org/x?y=1", "https://host.org/x?y=1"],
  ["see 'https://ann:se@cret@host.org' and s3://k:v@bucket/a", "see 'https://host.org' and s3://bucket/a"],
  [
    "https://host.org/x?X-Amz-Signature=abc&n=2&token=t",
    "https://host.org/x?X-Amz-Signature=...&n=2&token=...",
  ],
  ["https://host.org/users/@ann mail ann@host.org", "https://host.org/users/@ann mail ann@host.org"],
])("%s", (text, expected) => {
  expect(withoutPasswords(text)).toBe(expected);
});

test("a line says what was called, what it did and how it ended", async () => {
  const dir = temporaryFolder();
  let now = 0;
  const clock = () => {
    now += 1500;
    return now;
  };
  const command = "segbench run --data https://ann:secret@host.org/";
  await call(dir, undefined, { command, clock }, { tag: "night", note: "by https://a:b@host.org", other: 1 });
  const { time, version, ...line } = linesOf(dir)[0]!;
  expect(line).toEqual({
    ...{ verb: "run", command: "segbench run --data https://host.org/", tag: "night" },
    ...{ note: "by https://host.org", status: "finished", units: { before: 3, after: 3, expected: 8 } },
    seconds: 1.5,
  });
  expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(version).toMatch(/^\d+\.\d+\.\d+/);
});

test("stopped, failed and broken ends; no line without a folder, and none by a process that lost it", async () => {
  const dir = temporaryFolder();
  const fail = (code: "busy" | "model") => () => {
    throw complain({ code, where: "m", what: "is broken" });
  };
  await call(dir, () => ({ interrupted: true, failures: [] }));
  await call(dir, () => ({ interrupted: false, failures: [{ where: "m on b", what: "too many failures" }] }));
  await expect(call(dir, fail("model"))).rejects.toThrow("is broken");
  await expect(call(dir, fail("busy"))).rejects.toThrow("is broken");
  const context = contextOf({ cwd: dir });
  const early = withHistory("run", {}, context, async () => fail("model")(), endOfRun);
  await expect(early).rejects.toThrow("is broken");
  expect(linesOf(dir).map(({ status, problem }) => [status, problem])).toEqual([
    ["stopped", undefined],
    ["finished", "m on b: too many failures"],
    ["failed", "m: is broken"],
  ]);
});

test("a line that was cut off stays apart, and a file that cannot be written is a note", async () => {
  const dir = temporaryFolder();
  const path = join(dir, "history.jsonl");
  writeFileSync(path, '{"time":');
  await call(dir, undefined, {}, { tag: " " });
  const [torn, line] = readFileSync(path, "utf8").split("\n");
  expect(torn).toBe('{"time":');
  expect(JSON.parse(line!)).toMatchObject({ command: "library", status: "finished" });
  expect(JSON.parse(line!)).not.toHaveProperty("tag");
  const other = temporaryFolder();
  mkdirSync(join(other, "history.jsonl"));
  const events: unknown[] = [];
  expect(await call(other, undefined, { onEvent: (event: unknown) => events.push(event) })).toBe(finished);
  expect(events).toEqual([
    { type: "note", text: expect.stringMatching(/history\.jsonl: cannot be written: a folder at/) },
  ]);
});

test("the commit is the working folder's, and says where files differ from it", async () => {
  const dir = temporaryFolder();
  const git = (...words: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...words], {
      cwd: dir,
      encoding: "utf8",
    }).trim();
  git("init", "--quiet");
  await call(dir);
  writeFileSync(join(dir, "model.yaml"), "a");
  git("add", "model.yaml");
  git("commit", "--quiet", "--message", "one");
  await call(dir);
  writeFileSync(join(dir, "model.yaml"), "b");
  await call(dir);
  const commit = git("rev-parse", "HEAD");
  expect(linesOf(dir).map((line) => [line.commit, line.dirty])).toEqual([
    [undefined, undefined],
    [commit, undefined],
    [commit, true],
  ]);
});

test("run and merge add their lines; fresh keeps them, the manifest has none of it", async () => {
  const place = await workPlace({ images: 2, targets: 1 }, { protocols: ["box@1"] });
  const context = contextOf({ cwd: place });
  const words = ["run", "run.yaml", "--no-pages", "--out"];
  const cli = async (...more: string[]) => {
    expect(await runCli([...words, ...more], { cwd: place })).toMatchObject({ code: 0 });
  };
  await cli("shard0", "--shard", "0/2", "--tag", "it's a tag");
  await run({ file: "run.yaml", out: "shard1", pages: false, shard: { index: 1, count: 2 } }, context);
  await merge(["shard0", "shard1"], "out", context, { note: "both" });
  await cli("out", "--fresh");
  const short = (out: string) =>
    linesOf(join(place, out)).map(({ verb, command, tag, note, status, units }) => {
      return [verb, command, tag ?? note, status, units!.before, units!.after];
    });
  const command = "segbench run run.yaml --no-pages --out";
  expect(short("shard0")).toEqual([
    ["run", `${command} shard0 --shard 0/2 --tag 'it'\\''s a tag'`, "it's a tag", "finished", 0, 1],
  ]);
  expect(short("shard1")).toEqual([["run", "library", undefined, "finished", 0, 1]]);
  expect(short("out")).toEqual([
    ["merge", "library", "both", "finished", 0, 2],
    ["run", `${command} out --fresh`, undefined, "finished", 0, 2],
  ]);
  for (const name of ["manifest.json", "summary.json", "rows.jsonl"])
    expect(readFileSync(join(place, "shard0", name), "utf8")).not.toMatch(
      /a tag|segbench run|\d{4}-\d\d-\d\dT/,
    );
});
