// End-to-end tests call the built command line, as it is shipped, and threads of all tests start from the
// build, in half the time that their sources take.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildProgram, parts } from "../../scripts/build.ts";
import { packageFolder } from "../../src/config/paths.ts";

/** Beside `src/`, so that files of the package are found from the build as from the sources; one per vitest run. */
const folder = join(packageFolder, `.tested-${process.pid}`);

/** What tests import of the build beside what starts programs. */
const tested = ["cli/program", "cli/terminal", "models/runtime/telemetry"];

/** Builds once for all projects of a vitest run. */
export default async function setup(): Promise<(() => void) | undefined> {
  if (process.env.SEGBENCH_BUILT_CLI !== undefined) return undefined;
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    await buildProgram(folder, tested);
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
    const built = pathToFileURL(join(folder, parts, "thread.js")).href;
    return code.replace(place, `const url = ${JSON.stringify(built)};`);
  },
};
