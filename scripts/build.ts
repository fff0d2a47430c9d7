// Builds what the package ships: a few files of JavaScript for the several hundred of src/, since each file that is loaded costs
// half a millisecond of every start. Packages under `dependencies` are found where they are installed, those under `devDependencies` become part of
// the build, with their licences beside it. Types are TypeScript's own: `npm run build` adds them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const folder = fileURLToPath(new URL("../", import.meta.url));

/** Where the parts lie, two folders below the package like the sources; the files that threads start from lie beside them. */
export const parts = "parts";

/** Files that are started or imported by name: the same names below src/ and below the build, but for those of threads. */
const entries = ["index", "cli/main"];
const threads = ["models/runtime/onnx-worker", "models/runtime/input-maker"];

/** Builds into an empty folder below that of the package; `also`: further files of src/ that can be imported from there. */
export async function buildProgram(to: string, also: readonly string[] = []): Promise<void> {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const named = [...entries, ...also].map((name) => [name, name]);
  const beside = threads.map((name) => [`${parts}/${name.split("/").at(-1)}`, name]);
  const input = [...named, ...beside].map(([name, from]) => [name, join(folder, "src", `${from}.ts`)]);
  await build({
    ...{ root: folder, configFile: false, envDir: false, logLevel: "warn", publicDir: false },
    ssr: { noExternal: true, external: Object.keys({ ...dependencies, ...peerDependencies }) },
    build: {
      ...{ ssr: true, outDir: to, target: "es2023", minify: false, license: { fileName: "licenses.md" } },
      rolldownOptions: {
        input: Object.fromEntries(input),
        output: { entryFileNames: "[name].js", chunkFileNames: `${parts}/[name].js` },
      },
    },
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildProgram(join(folder, "dist"));
