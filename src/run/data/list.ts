// Lists what is available: benchmarks, models, families, protocols, metrics, formats. What reads cards is loaded where cards are listed.
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageFolder, samplesFolder } from "../../config/paths.ts";
import { registries } from "../../config/registries.ts";
import { given } from "../../core/given.ts";
import { groupBy } from "../../core/group-by.ts";
import { sum } from "../../core/numbers.ts";
import type { Kind } from "../../core/plan.ts";
import type { DatasetCard } from "../../core/schema-types.ts";
import type { Around } from "../data-folder.ts";

export interface Listed {
  readonly name: string;
  readonly summary: string;
}

export interface ListedModel extends Listed {
  /** Whether all its files are there; absent for a card with problems, as is the rest. */
  readonly present?: boolean;
  readonly title?: string;
  /** What it takes; a card that leaves its family open is of images, as far as it says. */
  readonly kind?: Kind;
  readonly family?: string;
  /** Of its files: those that are there, else those that are fetched; absent where their sizes are not known. */
  readonly bytes?: number;
  readonly licence?: string;
  /** Whether `pull` fetches it. */
  readonly pullable?: boolean;
}

export interface ListedMetric extends Listed {
  readonly title: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
  readonly cost: string;
  /** Computed by default. */
  readonly usual: boolean;
}

/** A card with problems has only their number. */
export type ListedBenchmark =
  | { readonly name: string; readonly problems: number }
  | {
      readonly name: string;
      readonly present: boolean;
      readonly pullable: boolean;
      readonly root: string;
      readonly card: DatasetCard;
    };

export interface ListedBenchmarks {
  /** Absolute. */
  readonly data: string;
  readonly benchmarks: readonly ListedBenchmark[];
  /** The data are the drawn miniatures of the package. */
  readonly drawn: boolean;
}

/** Every card, and whether its data are in the folder. */
export async function listBenchmarks(given: string | undefined, around: Around): Promise<ListedBenchmarks> {
  const { listCards } = await import("../../config/cards.ts");
  const { dataFolder, rootOf } = await import("../data-folder.ts");
  const { holdsData, holdsOwn } = await import("../../config/benchmarks/root.ts");
  const data = dataFolder(given, around, { usual: true });
  const drawn = data === samplesFolder();
  const found = await listCards("benchmark", around);
  const sharing = groupBy(
    found.flatMap(({ value }) => value ?? []),
    (card) => rootOf(card, data),
  );
  const benchmarks: ListedBenchmark[] = [];
  for (const { name, value: card, problems } of found) {
    if (card === undefined) {
      benchmarks.push({ name, problems: problems.length });
      continue;
    }
    const root = rootOf(card, data);
    const own = sharing.get(root)!.length === 1 ? undefined : await holdsOwn(root, card);
    const present = own ?? holdsData(root);
    benchmarks.push({ name, present, pullable: card.download !== undefined, root, card });
  }
  return { data, benchmarks, drawn };
}

/** Every model card, and whether its files are there. */
export async function listModels(around: Around): Promise<ListedModel[]> {
  const { listCards } = await import("../../config/cards.ts");
  const { resolvePath } = await import("../../config/paths.ts");
  const { bytesOf } = await import("../../config/models/prepare.ts");
  return (await listCards("model", around)).map(({ name, path, value, problems }) => {
    if (value === undefined) return { name, summary: `not valid: ${problems.length} problems` };
    const { title = name, family = "auto", files, download, licence } = value;
    const sizes = Object.values(files).map((file = "") => {
      const resolved = resolvePath(file, { ...around, base: dirname(path) });
      return "path" in resolved ? statSync(resolved.path, { throwIfNoEntry: false })?.size : undefined;
    });
    const absent = sizes.includes(undefined);
    const bytes = absent ? bytesOf(download) : sum(sizes as number[]);
    const how = download === undefined ? "absent" : `absent: segbench pull ${name}`;
    const kind: Kind = registries.families[family]?.kind ?? "image";
    const summary = `${title} (${family})${absent ? `; ${how}` : ""}`;
    const facts = { present: !absent, title, kind, family, ...given({ bytes, licence }) };
    return { name, summary, ...facts, pullable: download !== undefined };
  });
}

export function listFamilies(): Listed[] {
  return Object.entries(registries.families).map(([name, { summary }]) => ({ name, summary }));
}

export function listProtocols(): Listed[] {
  return Object.values(registries.protocols).map(({ id, summary }) => ({ name: id, summary }));
}

export function listMetrics(): ListedMetric[] {
  const usual = Object.values(registries.tasks).flatMap(({ defaultMetrics }) => defaultMetrics);
  return Object.values(registries.metrics).map(({ name, title, meaning, unit, better, cost }) => ({
    ...{ name, summary: meaning, title, unit, better, cost, usual: usual.includes(name) },
  }));
}

/** What the schema of benchmark cards says about each format's options. */
export function listFormats(): Listed[] {
  interface Definition {
    readonly description?: string;
    readonly properties?: { readonly format?: { readonly const?: string } };
  }
  const file = join(packageFolder, "schemas", "dataset-card.schema.json");
  const { definitions }: { definitions: Record<string, Definition> } = JSON.parse(readFileSync(file, "utf8"));
  return Object.keys(registries.adapters).map((name) => ({
    name,
    summary:
      Object.values(definitions).find(({ properties }) => properties?.format?.const === name)?.description ??
      "",
  }));
}
