// End-to-end tests call the built command line, as it is shipped, and threads of all tests start from the
// build, in half the time that their sources take.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageFolder } from "../../src/config/paths.ts";

/** Beside `src/`, so that files of the package are found from the build as from the sources; one per vitest run. */
const folder = join(packageFolder, `.tested-${process.pid}`);

/** Builds once for all projects of a vitest run. */
export default function setup(): (() => void) | undefined {
  if (process.env.SEGBENCH_BUILT_CLI !== undefined) return undefined;
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
    "bin",
    "tsc",
  );
  const config = join(packageFolder, "tsconfig.build.json");
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    // Types are checked by `npm run types`.
    const words = ["-p", config, "--outDir", folder, "--noCheck", "--declaration", "false"];
    execFileSync(process.execPath, [compiler, ...words], { stdio: "inherit" });
  } catch (error) {
    remove();
    throw error;
  }
  // Test processes start later and inherit it.
  process.env.SEGBENCH_BUILT_CLI = join(folder, "cli");
  return remove;
}

/** How unbuilt sources name the file that a thread starts with. */
const entryOfThread = /import\.meta\.url\.endsWith\("\.ts"\) \? "\.\/([\w-]+)\.ts" : "\.\/[\w-]+\.js"/g;

/** A Vite plug-in: threads of the sources under test start from the build. */
export const builtThreads = {
  name: "built-threads",
  enforce: "pre" as const,
  transform: (code: string) =>
    code.replaceAll(entryOfThread, (_, name: string) => {
      const entry = join(folder, "models", "runtime", `${name}.js`);
      return JSON.stringify(pathToFileURL(entry).href);
    }),
};
