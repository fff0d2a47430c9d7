import { defineConfig } from "vitest/config";

/** 20,000 damaged files for each reader: `npm run fuzz`. Its last result is in test/fuzz/result.txt. */
export default defineConfig({
  test: {
    include: ["test/fuzz/*.test.ts"],
    env: { SEGBENCH_FUZZ: process.env.SEGBENCH_FUZZ ?? "20000" },
    pool: "forks",
    maxWorkers: "100%",
  },
});
