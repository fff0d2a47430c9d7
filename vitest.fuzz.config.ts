import { defineConfig } from "vitest/config";

/** Damaged files by the hundred: `npm run fuzz`. Its last result is in test/long/fuzz.txt. */
export default defineConfig({
  test: {
    include: ["test/datasets/fuzz-*.test.ts"],
    env: { SEGBENCH_FUZZ: process.env.SEGBENCH_FUZZ ?? "400" },
    pool: "forks",
    maxWorkers: "100%",
  },
});
