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

/** Where workers' files are looked for: beside the file that says so. */
const place = "const { url } = import.meta;";

/** A Vite plug-in: threads of the sources under test start from the build. */
export const builtThreads = {
  name: "built-threads",
  enforce: "pre" as const,
  transform(code: string, id: string): string | undefined {
    if (!id.endsWith("/src/models/runtime/thread.ts")) return undefined;
    if (!code.includes(place)) throw new Error(`${id}: no line "${place}" to change`);
    const built = pathToFileURL(join(folder, "models", "runtime", "thread.js")).href;
    return code.replace(place, `const url = ${JSON.stringify(built)};`);
  },
};
