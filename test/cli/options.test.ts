// Values of options: the part of a run that a cluster says, and durations.

import { Command } from "commander";
import { expect, test } from "vitest";
import { counts, duration, refuseMissingValues, shard } from "../../src/cli/options.ts";

const said = (read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    return (error as Error).message;
  }
};

test.each<[string, Record<string, string>, unknown]>([
  ["2/5", { SLURM_ARRAY_TASK_ID: "4" }, { index: 2, count: 5 }],
  ["auto/8", { SLURM_ARRAY_TASK_ID: "3" }, { index: 3, count: 8 }],
  ["auto/8", { JOB_COMPLETION_INDEX: "0" }, { index: 0, count: 8 }],
  ["auto/8", { AWS_BATCH_JOB_ARRAY_INDEX: "7" }, { index: 7, count: 8 }],
  // Sent again with --array=3,7: neither the count nor the smallest index is that of the whole array.
  [
    "auto/16",
    { SLURM_ARRAY_TASK_ID: "7", SLURM_ARRAY_TASK_COUNT: "2", SLURM_ARRAY_TASK_MIN: "3" },
    { index: 7, count: 16 },
  ],
  ["auto/8", { SLURM_ARRAY_TASK_ID: "5", JOB_COMPLETION_INDEX: "5" }, { index: 5, count: 8 }],
  [
    "auto/8",
    { SLURM_ARRAY_TASK_ID: "" },
    "auto takes the index of a job array from one of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, AWS_BATCH_JOB_ARRAY_INDEX; none is set.",
  ],
  [
    "auto/8",
    { SLURM_ARRAY_TASK_ID: "8" },
    "auto/8 expects an index from 0 to 7 (number the array from 0), got SLURM_ARRAY_TASK_ID=8.",
  ],
  [
    "auto/8",
    { JOB_COMPLETION_INDEX: "-1" },
    "auto/8 expects an index from 0 to 7 (number the array from 0), got JOB_COMPLETION_INDEX=-1.",
  ],
  [
    "auto/8",
    { SLURM_ARRAY_TASK_ID: "1", JOB_COMPLETION_INDEX: "2" },
    "auto expects one index of a job array, got SLURM_ARRAY_TASK_ID=1, JOB_COMPLETION_INDEX=2: write i/n.",
  ],
  ...["auto", "auto/", "auto/0", "5/5", "1", "-1/3", "auto/x"].map(
    (text): [string, Record<string, string>, unknown] => [
      text,
      { SLURM_ARRAY_TASK_ID: "0" },
      expect.stringMatching(/^(?:Expected i\/n|auto\/0 expects)/),
    ],
  ),
])("--shard %s with %j", (text, env, expected) => {
  expect(said(() => shard(text, env))).toEqual(expected);
});

test.each<[string, unknown]>([
  ["90s", 90_000],
  ["10m", 600_000],
  ["3h30m", 12_600_000],
  ["1d2h3m4s", 93_784_000],
  ...["", "90", "0s", "1.5h", "30m3h", "-5m", "3 h"].map((text): [string, unknown] => [
    text,
    "Expected a duration such as 90s, 10m or 3h30m.",
  ]),
])("--stop-after %s", (text, expected) => {
  expect(said(() => duration(text))).toEqual(expected);
});

test.each<[string, unknown]>([
  ["--masks --model net", "--masks needs a path, got the option --model"],
  ["--ids --model net", "--ids needs an ids, got the option --model"],
  ["--images --ids --masks m", "--images needs a path, got the option --ids"],
  ["--masks m --model net", undefined],
  ["--fresh --model --x", undefined],
  ["-- --masks --model", undefined],
])("run %s", (words, expected) => {
  const command = new Command().option("--images <path>").option("--masks <path>").option("--model <path>");
  command.option("--ids <ids>").option("--fresh");
  expect(said(() => refuseMissingValues(command, words.split(" ")))).toBe(expected);
});

test("numbers of clicks are whole and from 1, in any order", () => {
  expect(counts("3,1")).toEqual([3, 1]);
  for (const wrong of ["0", "1,0", "1.5", "one"])
    expect(said(() => counts(wrong))).toBe(
      "Expected numbers of clicks from 1, separated by commas, e.g. 1,3,5.",
    );
});
