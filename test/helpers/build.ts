// End-to-end tests call the built command line: it is what is shipped, and its threads start in a third of the time.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { packageFolder } from "../../src/config/package.ts";

/** Beside `src/`, and each for itself, so that files of the package are found from the build as from the sources. */
const folder = join(packageFolder, `.tested-${process.pid}`);

export default function setup(): () => void {
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
    "bin",
    "tsc",
  );
  const config = join(packageFolder, "tsconfig.build.json");
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    execFileSync(process.execPath, [compiler, "-p", config, "--outDir", folder], { stdio: "inherit" });
  } catch (error) {
    remove();
    throw error;
  }
  // Test processes start later and inherit it.
  process.env.SEGBENCH_BUILT_CLI = join(folder, "cli");
  return remove;
}
