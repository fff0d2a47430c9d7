import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { listCards, packageFolder, registries, resolvePath } from "../config/index.ts";
import { families } from "../models/index.ts";
import type { Listed } from "./data-verbs.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { listBenchmarks } from "./list-benchmarks.ts";

interface Entry {
  readonly name: string;
  readonly summary: string;
  /** Models: whether all their files are there. */
  readonly present?: boolean;
}

const listings = {
  models: listModels,
  families: async () => Object.values(families).map(({ name, summary }) => ({ name, summary })),
  protocols: async () =>
    Object.values(registries.protocols).map(({ id, summary }) => ({ name: id, summary })),
  metrics: async () => [
    { name: "iou", summary: "intersection over union of the mask that counts; every round has it" },
    ...Object.values(registries.metrics).map(({ name, summary }) => ({ name, summary })),
  ],
  formats: async () =>
    Object.keys(registries.adapters).map((name) => ({ name, summary: formatSummary(name) })),
} satisfies Record<Exclude<Listed, "benchmarks">, () => Promise<Entry[]>>;

/** `segbench list`: what there is, a line each; benchmarks as a table of what is known of them. */
export async function listVerb(
  what: Listed,
  { json = false, ...flags }: { readonly json?: boolean; readonly data?: string },
): Promise<ExitCode> {
  if (what === "benchmarks") {
    process.stdout.write(`${await listBenchmarks({ ...flags, json })}\n`);
    return exitCodes.fine;
  }
  const entries = await listings[what]();
  if (json) process.stdout.write(`${JSON.stringify(entries, undefined, 2)}\n`);
  else {
    const width = Math.max(...entries.map(({ name }) => name.length), 0);
    for (const { name, summary } of entries) process.stdout.write(`${name.padEnd(width)}  ${summary}\n`);
  }
  return exitCodes.fine;
}

/** Every model card, and whether its files are there. */
async function listModels(): Promise<Entry[]> {
  const shelves = { cwd: process.cwd(), env: process.env };
  return (await listCards("model", shelves)).map(({ name, path, value, problems }) => {
    if (value === undefined) return { name, summary: `not valid: ${problems.length} problems` };
    const { title, family = "auto", files, download } = value;
    const absent = Object.values(files).some((file) => {
      const resolved = resolvePath(file, { ...shelves, base: dirname(path) });
      return !("path" in resolved && existsSync(resolved.path));
    });
    const how = download === undefined ? "absent" : `absent: segbench pull ${name}`;
    return { name, summary: `${title} (${family})${absent ? `; ${how}` : ""}`, present: !absent };
  });
}

/** What the schema of data set cards says of a format's options. */
function formatSummary(name: string): string {
  const file = join(packageFolder, "schemas", "dataset-card.schema.json");
  const {
    definitions,
  }: { definitions: Record<string, { description?: string; properties?: { format?: { const?: string } } }> } =
    JSON.parse(readFileSync(file, "utf8"));
  const found = Object.values(definitions).find(({ properties }) => properties?.format?.const === name);
  return found?.description ?? "";
}
