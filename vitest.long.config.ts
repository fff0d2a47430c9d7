import { defineConfig } from "vitest/config";

/** What takes a minute and moves rarely: `npm run test:long`. Its last result is in test/long/result.txt. */
export default defineConfig({
  test: {
    include: ["test/long/**/*.test.ts"],
    globalSetup: ["test/helpers/build.ts"],
    testTimeout: 300_000,
    pool: "forks",
    maxWorkers: 1,
    server: { deps: { external: [/\/\.tested-/] } },
  },
});
