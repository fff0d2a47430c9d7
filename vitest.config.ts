import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/browser/**"],
    testTimeout: 60_000,
    pool: "forks",
    // One file a core: the default leaves a core idle, which on two cores is half the machine.
    maxWorkers: "100%",
  },
});
