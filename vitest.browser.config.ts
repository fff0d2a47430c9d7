import { defineConfig } from "vitest/config";

/** Tests of the pages in a real browser: `npm run test:browser`. They need a Chromium, so `npm test` leaves them out. */
export default defineConfig({
  test: {
    include: ["test/browser/**/*.test.ts"],
    globalSetup: ["test/browser/make-pages.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: "100%",
  },
});
