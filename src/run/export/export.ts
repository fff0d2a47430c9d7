// Roads out: a run or a comparison as the files of another tool.
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { checkSchema, nearest, oneOf, withPlugins } from "../../config/index.ts";
import { complain, reasonOf } from "../../core/errors.ts";
import type { Comparison } from "../../core/results.ts";
import { leavesRoot, makeFolder } from "../../formats/files.ts";
import { type ExportFile, exporters } from "../../report/export/index.ts";
import { jpegOf } from "../../report/index.ts";
import { openModels, type Side } from "../compare/sides.ts";
import { type Context, shownPath } from "../context.ts";
import { cannotWrite, writeOut } from "../write.ts";
import { exportFiftyOne } from "./fiftyone.ts";
import { comparisonInput, type ExportOptions, runInput, sidesOf } from "./input.ts";

export type { ExportOptions } from "./input.ts";

/** What was written. */
export interface Exported {
  /** Absolute. */
  readonly dir: string;
  readonly files: number;
  /** What to type next. */
  readonly next: string;
}

/** Names of the tools, each with what is written for it. */
export function listExports(): readonly { readonly name: string; readonly summary: string }[] {
  return [
    {
      name: "fiftyone",
      summary: "images, masks, prompts and scores, and a script that loads them into FiftyOne",
    },
    ...Object.entries(exporters).map(([name, { summary }]) => ({ name, summary })),
  ];
}

const comparisonFile = "comparison.json";
/** Says that a folder is ours, and which files. */
const marker = "export.json";

/** `what`: a tool's name; `word`: a run folder, RUN:MODEL, or the folder of a comparison. */
export async function exportTo(
  what: string,
  word: string,
  options: ExportOptions,
  context: Context,
): Promise<Exported> {
  const names = listExports().map(({ name }) => name);
  if (!names.includes(what))
    throw complain({ path: "what" }, "unknown export", {
      code: "unknown-name",
      expected: oneOf(names),
      got: JSON.stringify(what),
      ...nearest(what, names),
    });
  const known = withPlugins(options.plugins ?? {});
  const dir = resolve(context.cwd, options.out);
  await refuseForeign(dir, context);
  const comparison = await comparisonAt(word, context);
  if (comparison !== undefined && exporters[what]?.runsOnly === true)
    throw complain(word, "is a comparison", {
      expected: `a run: ${what} takes runs alone`,
      got: comparisonFile,
    });

  const sides =
    comparison === undefined
      ? await wholeRun(word, context)
      : what === "fiftyone"
        ? await sidesOf(comparison, context)
        : [];
  const exporter = exporters[what];
  if (exporter === undefined) {
    await begin(dir, { to: what, of: word }, context);
    const files = await exportFiftyOne(
      sides,
      { dir, data: options.data, known, compared: comparison !== undefined },
      context,
    );
    await writeMarker(dir, { to: what, of: word }, files, context);
    return { dir, files: files.length, next: `python ${shownPath(join(dir, "load_fiftyone.py"), context)}` };
  }
  const input =
    comparison === undefined
      ? await runInput(sides, options, known, context)
      : await comparisonInput(comparison, options, known, context);
  const pictures = exporter.pictures === true ? input.drawn : [];
  const files: ExportFile[] = [...exporter.files({ ...input, pictures })];
  for (const { file, source } of pictures) files.push({ file, content: await jpegOf(source) });
  await begin(dir, { to: what, of: word }, context);
  for (const { file, content } of files) {
    context.signal.throwIfAborted();
    await makeFolder(dirname(join(dir, file)));
    await writeOut(join(dir, file), content);
  }
  await writeMarker(
    dir,
    { to: what, of: word },
    files.map(({ file }) => file),
    context,
  );
  return { dir, files: files.length, next: exporter.next(shownPath(dir, context), input) };
}

/** The models that a word names, of a run that is finished. */
async function wholeRun(word: string, context: Context): Promise<Side[]> {
  const sides = await openModels(word, context);
  const [{ baseline, complete }] = sides as [Side];
  if (baseline !== undefined)
    throw complain(word, "is a baseline", { expected: "a run folder, RUN:MODEL or a comparison" });
  if (!complete)
    throw complain(word, "is not finished: an export of a part would look like the whole", {
      code: "unfinished",
    });
  return sides;
}

/** The comparison that a word names by its folder or file; undefined for anything else. */
async function comparisonAt(word: string, { cwd }: Context): Promise<Comparison | undefined> {
  const path = resolve(cwd, word);
  const file = path.endsWith(comparisonFile) ? path : join(path, comparisonFile);
  if (!existsSync(file) || existsSync(join(dirname(file), "manifest.json"))) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw complain(word, `${comparisonFile} cannot be read`, { got: reasonOf(cause), cause });
  }
  const [problem] = checkSchema("comparison", value);
  if (problem === undefined) return value as Comparison;
  throw complain(word, `${comparisonFile} is not a comparison of this version`, {
    expected: "what `segbench compare` writes",
    got: [problem.path.join("."), problem.what].filter((part) => part !== "").join(": "),
  });
}

/** A folder with anything in it that no export wrote is somebody's. */
async function refuseForeign(dir: string, context: Context): Promise<void> {
  const found = await readdir(dir).catch((cause: NodeJS.ErrnoException): string[] => {
    return cause.code === "ENOENT" ? [] : cannotWrite(shownPath(dir, context))(cause);
  });
  if (found.length === 0 || found.includes(marker)) return;
  throw complain(shownPath(dir, context), "holds files that no export wrote", {
    code: "refused",
    expected: "a new folder, or an earlier export",
    got: found.sort().slice(0, 3).join(", "),
  });
}

interface Origin {
  readonly to: string;
  readonly of: string;
}

/** Removes what the earlier export wrote, and says that the folder is ours before anything lies in it. */
async function begin(dir: string, origin: Origin, context: Context): Promise<void> {
  for (const file of await earlierFiles(dir)) await rm(join(dir, file), { force: true });
  await makeFolder(dir).catch(cannotWrite(shownPath(dir, context)));
  await writeMarker(dir, origin, [], context);
}

/** As export.json lists them; a damaged one lists none, and nothing outside of the folder is ours. */
async function earlierFiles(dir: string): Promise<string[]> {
  try {
    const { files } = JSON.parse(await readFile(join(dir, marker), "utf8")) as { files?: unknown };
    const names = Array.isArray(files) ? files.filter((file) => typeof file === "string") : [];
    return names.filter((file) => !leavesRoot(file));
  } catch {
    return [];
  }
}

async function writeMarker(
  dir: string,
  { to, of }: Origin,
  files: readonly string[],
  context: Context,
): Promise<void> {
  const shown = shownPath(resolve(context.cwd, of), context);
  const record = { format: "segbench/export@1", to, of: shown, files };
  await writeOut(join(dir, marker), `${JSON.stringify(record, undefined, 1)}\n`);
}
