import { defineConfig } from "vitest/config";

/** Runs on many machines, on a server of this one: `npm run test:queue`. Its last result is in test/queue-long/result.json. */
export default defineConfig({
  test: {
    include: ["test/queue-long/**/*.test.ts"],
    globalSetup: ["test/helpers/build.ts"],
    testTimeout: 600_000,
    pool: "forks",
    maxWorkers: 1,
    server: { deps: { external: [/\/\.tested-/] } },
    reporters: ["default", "./test/queue-long/reporter.ts"],
  },
});
