import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CardOf, Kind } from "../config/cards.ts";
import { listCards, packageFolder, registries } from "../config/index.ts";
import { complain } from "../core/errors.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { listBenchmarks } from "./list-benchmarks.ts";

interface Entry {
  readonly name: string;
  readonly summary: string;
}

const listings = {
  models: () => cards("model", ({ title, family }) => `${title} (${family})`),
  protocols: async () =>
    Object.values(registries.protocols).map(({ id, summary }) => ({ name: id, summary })),
  metrics: async () => [
    { name: "iou", summary: "intersection over union of the mask that counts; every round has it" },
    ...Object.values(registries.metrics).map(({ name, summary }) => ({ name, summary })),
  ],
  formats: async () =>
    Object.keys(registries.adapters).map((name) => ({ name, summary: formatSummary(name) })),
} satisfies Record<string, () => Promise<Entry[]>>;

/** `segbench list`: what there is, a line each; benchmarks as a table of what is known of them. */
export async function listVerb(
  what: string,
  { json = false, ...flags }: { readonly json?: boolean; readonly data?: string },
): Promise<ExitCode> {
  if (what === "benchmarks") {
    process.stdout.write(`${await listBenchmarks({ ...flags, json })}\n`);
    return exitCodes.fine;
  }
  const listing = Object.hasOwn(listings, what) ? listings[what as keyof typeof listings] : undefined;
  if (listing === undefined)
    throw complain({
      where: "segbench list",
      what: "unknown listing",
      expected: `one of benchmarks, ${Object.keys(listings).join(", ")}`,
      got: JSON.stringify(what),
    });
  const entries = await listing();
  if (json) process.stdout.write(`${JSON.stringify(entries, undefined, 2)}\n`);
  else {
    const width = Math.max(...entries.map(({ name }) => name.length), 0);
    for (const { name, summary } of entries) process.stdout.write(`${name.padEnd(width)}  ${summary}\n`);
  }
  return exitCodes.fine;
}

async function cards<K extends Kind>(kind: K, summary: (card: CardOf[K]) => string): Promise<Entry[]> {
  const found = await listCards(kind, { cwd: process.cwd(), env: process.env });
  return found.map(({ name, value, problems }) => ({
    name,
    summary: value === undefined ? `not valid: ${problems.length} problems` : summary(value),
  }));
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
