import { defineConfig } from "vitest/config";
import { builtThreads } from "./test/helpers/build.ts";

/** Tests whose files are not the system's own: in a process of their own no module knows others. */
const ownFiles = ["test/store/growth.test.ts", "test/store/lock.test.ts"];

export default defineConfig({
  plugins: [builtThreads],
  test: {
    testTimeout: 60_000,
    // Tests that load the runtime themselves.
    env: { ORT_DISABLE_TELEMETRY: "1" },
    pool: "forks",
    // Modules are loaded anew for each file all the same; a process for each would only start again.
    isolate: false,
    // One file a core: the default leaves a core idle, which on two cores is half the machine.
    maxWorkers: "100%",
    globalSetup: ["test/helpers/build.ts"],
    // What is built is run as it is.
    server: { deps: { external: [/\/\.tested-/] } },
    projects: [
      {
        extends: true,
        test: {
          name: "parts",
          include: ["test/**/*.test.ts"],
          exclude: ["test/browser/**", "test/e2e/**", "test/long/**", ...ownFiles],
        },
      },
      { extends: true, test: { name: "alone", include: ownFiles, isolate: true } },
      { extends: true, test: { name: "whole", include: ["test/e2e/**/*.test.ts"] } },
    ],
  },
});
