// Folders of other people's tracks through the command line: rows as a run's, whatever is missing by name, the same bytes each time.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { labelPng } from "../../scripts/miniatures/files.ts";
import { mean } from "../../src/core/numbers.ts";
import type { Summary } from "../../src/core/results.ts";
import type { MaskRow, Row } from "../../src/core/rows.ts";
import { trackFacts } from "../../src/core/track-facts.ts";
import { runCli } from "../helpers/run-cli.ts";
import { packageFolder } from "../helpers/synthetic.ts";

const data = join(packageFolder, "datasets", "samples");
const place = mkdtempSync(join(tmpdir(), "segbench-score-clips-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const lines = <T>(...path: string[]): T[] =>
  readFileSync(join(place, ...path), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const score = (benchmark: string, predictions: string, out: string, ...words: string[]) =>
  runCli(["score", benchmark, predictions, "--data", data, "--out", out, ...words], { cwd: place });
const told = (row: Row) =>
  row.status === "ok"
    ? [
        row.sample,
        row.target,
        ...(["j", "f"] as const).map((key) => Number(mean(trackFacts(row)[key]).toFixed(4))),
      ]
    : [row.sample, row.target, row.status === "failed" && row.reason];

const truth = join(data, "davis2017", "Annotations", "480p");
const palette = Array.from({ length: 256 }, (_, i) => [i, i, i]);

/** A tracker that is a frame behind. */
function late(clip: string, frames: number, to: string): void {
  for (let i = 0; i < frames; i++) {
    const name = (frame: number) => `${clip}/${String(frame).padStart(5, "0")}.png`;
    mkdirSync(dirname(join(place, to, name(i))), { recursive: true });
    cpSync(join(truth, name(Math.max(0, i - 1))), join(place, to, name(i)));
  }
}

test("label maps: rows of the declared protocol, a page, masks of scored frames; again, the same bytes", async () => {
  late("marbles", 6, "late");
  late("two-fish", 10, "late");
  const first = await score("davis2017-val", "late", "a", "--protocol", "vos-mask@1");
  expect([first.code, first.err.match(/^\S+: 2\/2 clips.*$/m)?.[0]]).toEqual([
    0,
    "davis2017-val: 2/2 clips, vos-mask@1: J&F 49.9 %; 2/2 in all",
  ]);
  // What vos-benchmark 0.1.0 says of the same folders.
  expect(lines<Row>("a", "rows.jsonl").map(told)).toEqual([
    ["two-fish", "1", 0.4186, 0.363],
    ["two-fish", "2", 0.5306, 0.419],
    ["marbles", "1", 0.5337, 0.2128],
    ["marbles", "2", 0.5134, 0.2966],
    ["marbles", "3", 0.8, 0.9063],
  ]);
  const masks = lines<MaskRow>("a", "masks.jsonl");
  expect([masks.length, masks[0]!.frame, masks[0]!.at, masks[0]!.rle.size]).toEqual([
    ...[3 * 4 + 2 * 8, "00001", { clicks: 0 }, [86, 152]],
  ]);
  const { cells }: Summary = JSON.parse(readFileSync(join(place, "a", "summary.json"), "utf8"));
  expect(cells[0]!.measures["j&f"]!.value).toBeCloseTo(0.499, 3);
  expect(readFileSync(join(place, "a", "report.html"), "utf8")).toContain("masks made elsewhere");
  expect(
    (await score("davis2017-val", "late", "b", "--protocol", "vos-mask@1", "--no-save-masks")).code,
  ).toBe(0);
  expect(readFileSync(join(place, "b", "rows.jsonl"))).toEqual(readFileSync(join(place, "a", "rows.jsonl")));
  expect((await runCli(["compare", "a", "b"], { cwd: place })).code).toBe(0);
  // A run's own masks are what they were.
  const again = await score("davis2017-val", "a", "c");
  expect(again.out).toContain("vos-mask@1 on davis2017-val");
  expect(lines<Row>("c", "rows.jsonl").map(told)).toEqual(lines<Row>("a", "rows.jsonl").map(told));
  expect(lines<Row>("c", "rows.jsonl")[0]!.model).toBe("late");
  // One file of 16 is lost: few enough to go on, and said.
  rmSync(join(place, "late", "two-fish", "00003.png"));
  const without = await score("davis2017-val", "late", "e");
  expect([without.code, without.err]).toEqual([
    0,
    expect.stringContaining(
      "late on davis2017-val: 2 of 5 rows failed; most often: there is no mask of 1 of the 8 frames that count; expected two-fish/00003.png",
    ),
  ]);
  writeFileSync(join(place, "one.json"), JSON.stringify(masks.filter(({ frame }) => frame !== "00003")));
  expect((await score("davis2017-val", "one.json", "d")).code).toBe(1);
  expect(lines<Row>("d", "rows.jsonl").map(told)[0]).toEqual([
    ...["two-fish", "1"],
    "target 1: there is no mask of 1 of the 8 frames that count; expected one.json, two-fish, target 1, frame 00003, got none",
  ]);
});

test("files of each target, of 0 and 1, by a target's number; a clip, frames, a target and a size that are not right are said", async () => {
  cpSync(join(data, "sav_test", "Annotations_6fps"), join(place, "alone"), { recursive: true });
  const whole = await score("sa-v-test", "alone", "alone-run");
  expect(lines<Row>("alone-run", "rows.jsonl").map(told)).toEqual([
    ["sav_000912", "000", 1, 1],
    ["sav_000912", "001", 1, 1],
    ["sav_000925", "000", 1, 1],
  ]);
  expect(whole.out).toContain("external-vos@1 on sa-v-test");
  rmSync(join(place, "alone", "sav_000925"), { recursive: true });
  rmSync(join(place, "alone", "sav_000912", "000", "00004.png"));
  writeFileSync(
    join(place, "alone", "sav_000912", "001", "00008.png"),
    labelPng(2, 1, Uint8Array.of(0, 1), palette),
  );
  for (const extra of ["sav_000912/007", "elsewhere/000"])
    cpSync(join(place, "alone", "sav_000912", "001"), join(place, "alone", extra), { recursive: true });
  const broken = await score("sa-v-test", "alone", "broken", "--model", "tracker");
  expect(broken.code).toBe(1);
  for (const line of [
    "alone: there are no files of 1 of 2 clips: sav_000925",
    'alone: sa-v-test has no clip "elsewhere"; the nearest is "sav_000912"',
    'clip sav_000912 has no target "007"; the nearest is "000"',
  ])
    expect(broken.err).toContain(line);
  expect(lines<Row>("broken", "rows.jsonl").map(told)).toEqual([
    [
      ...["sav_000912", "000"],
      "target 000: there is no mask of 1 of the 2 frames that count; expected sav_000912/000/00004.png, got none",
    ],
    [
      ...["sav_000912", "001"],
      "sav_000912/001/00008.png: the mask and its frame differ in size; expected 128x72, got 2x1",
    ],
    ["sav_000925", "000", "alone: a clip is missing; expected sav_000925/, got elsewhere, sav_000912"],
  ]);
});

test("all that is not 0 where the benchmark says so; what masks of images have is refused", async () => {
  const grey = join(data, "davis2016", "Annotations", "480p");
  expect((await score("davis2016-video", grey, "grey", "--model", "truth")).code).toBe(0);
  expect(lines<Row>("grey", "rows.jsonl").map(told)).toEqual([
    ["ladybird", "1", 1, 1],
    ["toy-boat", "1", 1, 1],
  ]);
  const refused = async (...words: string[]) => (await score("davis2016-video", grey, "no", ...words)).err;
  expect(await refused("--match", "best")).toContain(
    "--match: is for masks of images, and davis2016-video is of clips; expected a folder of PNGs, or a run, without it",
  );
  expect(await refused("--protocol", "vos-msk@1")).toContain(
    '--protocol: is no protocol of clips; expected one of external-vos@1, vos-mask@1, vos-box@1, vos-1-click@1, vos-3-click@1, vos-5-click@1; got "vos-msk@1" (did you mean "vos-mask@1"?)',
  );
});

test("a benchmark of images takes no protocol of clips; a folder is no benchmark", async () => {
  const { code, err } = await score("davis2016", truth, "never", "--protocol", "vos-mask@1");
  expect([code, err]).toEqual([
    1,
    expect.stringMatching(
      /^error: --protocol: is no protocol of images; expected one of external@1, .*; got "vos-mask@1"/,
    ),
  ]);
  mkdirSync(join(place, "mine"), { recursive: true });
  expect((await score("mine", truth, "never")).err).toContain(
    "is a folder, not a benchmark card; expected a card, as segbench inspect --write-card datasets/NAME.yaml makes one",
  );
});
