// Builds what the package ships: a few files of JavaScript for the several hundred of src/, since each file that is loaded costs
// half a millisecond of every start. Packages under `dependencies` are found where they are installed, those under `devDependencies` become part of
// the build, with their licences beside it. Types are TypeScript's own: `npm run build` adds them.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
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
      ...{ ssr: true, outDir: to, target: "es2023", minify: false, license: { fileName: "licenses.json" } },
      rolldownOptions: {
        input: Object.fromEntries(input),
        output: { entryFileNames: "[name].js", chunkFileNames: `${parts}/[name].js` },
      },
    },
  });
  const listed = resolve(folder, to, "licenses.json");
  const bundled: { readonly name: string }[] = JSON.parse(readFileSync(listed, "utf8"));
  writeFileSync(
    resolve(folder, to, "licenses.md"),
    licensesOf([...bundled.map(({ name }) => name), ...inPage], Object.keys(dependencies)),
  );
  rmSync(listed);
}

/** Packages of the page of `view`, which is text to the bundler. */
const inPage = ["preact"];

/**
 * The licences of packages that are built in, and of all that they depend on: a package's own files may hold others, bundled by its authors
 * (linkedom's those of css-select and htmlparser2). Throws where one has no text.
 */
function licensesOf(names: readonly string[], installed: readonly string[]): string {
  const found = new Map<string, string>();
  const add = (name: string, from: string) => {
    if (installed.includes(name)) return;
    const at = placeOf(name, from);
    const about = JSON.parse(readFileSync(join(at, "package.json"), "utf8"));
    const title = `## ${name} ${about.version} (${about.license})`;
    if (found.has(title)) return;
    const files = readdirSync(at).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
    if (files.length === 0) throw new Error(`${at} has no file with its licence`);
    found.set(title, files.map((file) => readFileSync(join(at, file), "utf8").trim()).join("\n\n"));
    for (const needed of Object.keys(about.dependencies ?? {})) add(needed, at);
  };
  for (const name of names) add(name, folder);
  const texts = [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([title, text]) => `${title}\n\n${text}\n`);
  return [
    "# Licences\n",
    "The files beside this one hold parts of these packages, or of packages that depend on them.\n",
    ...texts,
  ].join("\n");
}

/** The folder of a package, as one of that folder or another package's folder imports it. */
function placeOf(name: string, from: string): string {
  const at = join(from, "node_modules", name);
  if (existsSync(join(at, "package.json"))) return at;
  if (dirname(from) === from) throw new Error(`${name} is not installed`);
  return placeOf(name, dirname(from));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildProgram(join(folder, "dist"));
