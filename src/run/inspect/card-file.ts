// Cards that `inspect` writes, and run files: checked, under the name of their file, with the line that gives editors their schema.
import { existsSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { stringify } from "yaml";
import { checkSchema, packageFolder } from "../../config/index.ts";
import { complain } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import { fromFolder, makeFolder } from "../../formats/files.ts";
import { writeOut } from "../write.ts";

/** Refuses what is not the name of a card or a run file, and a file that exists. */
export function mustBeNewCard(file: string, cwd: string): void {
  if (!/\.ya?ml$/.test(file))
    throw complain(file, "is not a name for such a file", { expected: "NAME.yaml" });
  if (existsSync(resolve(cwd, file)))
    throw complain(file, "exists already", { expected: "a file that does not exist yet" });
}

/** Writes what `make` says of a name and a folder. Refuses to replace a file; returns its absolute path. */
export async function writeCardFile(
  file: string,
  schema: "model-card" | "dataset-card" | "run-file",
  cwd: string,
  make: (name: string, folder: string) => object,
): Promise<string> {
  const path = resolve(cwd, file);
  const folder = dirname(path);
  mustBeNewCard(file, cwd);
  const card = make(basename(path).replace(/\.ya?ml$/, ""), folder);
  const [wrong] = checkSchema(schema, card);
  if (wrong !== undefined)
    throw complain(file, `${wrong.path.join(".")}: ${wrong.what}`, {
      ...given({ expected: wrong.expected, got: wrong.got }),
    });
  await makeFolder(folder);
  const line = `# yaml-language-server: $schema=${schemaFrom(folder, schema)}\n`;
  await writeOut(path, line + stringify(card, { lineWidth: 120 }), { flag: "wx" });
  return path;
}

/** The schema as the card's folder sees it: of the package that its project has installed, else of this one. */
function schemaFrom(folder: string, schema: string): string {
  const inside = join("schemas", `${schema}.schema.json`);
  for (let project = folder; ; project = dirname(project)) {
    const installed = join(project, "node_modules", "segbench", inside);
    if (existsSync(installed)) return fromFolder(folder, installed);
    if (dirname(project) === project) break;
  }
  const own = join(packageFolder, inside);
  // Outside the repository a relative address would break as soon as the card moves.
  return `${folder}${sep}`.startsWith(packageFolder) ? fromFolder(folder, own) : own.split(sep).join("/");
}
