// Loads the published numbers below configs/published, checks them against each other, and lays them out one by one.
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Place, type Problem, SegbenchError } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import type { MeasureNote } from "../../core/measure.ts";
import type { PublishedNumber, PublishedNumbers, PublishedPlace } from "../../core/results.ts";
import type { PublishedEntry, PublishedFile, PublishedTable } from "../../core/schema-types.ts";
import { renamedMeasures } from "../../eval/index.ts";
import type { CardFolders } from "../cards.ts";
import { packageFolder } from "../paths.ts";
import { oneOf, unknownName } from "../problems.ts";
import { protocolFacts } from "../protocol-facts.ts";
import { registries } from "../registries.ts";
import { type Loaded, loadYaml } from "../yaml/schema.ts";

const folder = join("configs", "published");

interface FoundFile extends Loaded<PublishedFile> {
  /** The file's stem. */
  readonly name: string;
}

/** What files share: models and suites by name. */
interface Shared {
  readonly models: ReadonlyMap<string, string>;
  readonly suites: ReadonlyMap<string, readonly string[]>;
}

/** All published numbers, of the working folder first, then of the package; rejects with a SegbenchError that lists every problem. */
export async function loadPublished(folders: CardFolders): Promise<PublishedNumbers> {
  const { numbers, problems } = await readPublished(folders);
  if (problems.length > 0) throw new SegbenchError(problems);
  return numbers;
}

/** As loadPublished, with the problems beside what could be read. */
export async function readPublished(
  folders: CardFolders,
): Promise<{ readonly numbers: PublishedNumbers; readonly problems: readonly Problem[] }> {
  const files = await publishedFiles(folders);
  const shared: Shared = {
    models: new Map(files.flatMap(({ value }) => Object.entries(value?.models ?? {}))),
    suites: new Map(files.flatMap(({ value }) => Object.entries(value?.suites ?? {}))),
  };
  return {
    numbers: {
      models: Object.fromEntries(shared.models),
      numbers: files.flatMap(({ value }) => (value === undefined ? [] : numbersOf(value, shared))),
    },
    problems: files.flatMap((file) => [...file.problems, ...problemsOf(file, shared)]),
  };
}

async function publishedFiles({ cwd, home = packageFolder }: CardFolders): Promise<FoundFile[]> {
  const paths = new Map<string, string>();
  for (const root of [cwd, home]) {
    const names = await readdir(join(root, folder)).catch(() => []);
    for (const file of names.filter((name) => /\.ya?ml$/.test(name)).sort()) {
      const name = basename(file).replace(/\.ya?ml$/, "");
      if (!paths.has(name)) paths.set(name, join(root, folder, file));
    }
  }
  return Promise.all(
    [...paths]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(async ([name, path]) => ({ name, ...(await loadYaml<PublishedFile>(path, "published", cwd)) })),
  );
}

/** What the schema cannot check: names that must be known, and what belongs together. */
function problemsOf({ name, yaml, value }: FoundFile, { models, suites }: Shared): Problem[] {
  if (value === undefined) return [];
  const differingTitles = Object.entries(value.models).filter(([key, title]) => models.get(key) !== title);
  return [
    ...(value.name === name
      ? []
      : [
          {
            where: yaml.place(["name"]),
            what: "not the name of the file",
            expected: JSON.stringify(name),
            got: JSON.stringify(value.name),
          },
        ]),
    ...differingTitles.map(([key, title]) => ({
      where: yaml.place(["models", key]),
      what: "the title differs from that in another file",
      expected: JSON.stringify(models.get(key)),
      got: JSON.stringify(title),
    })),
    ...value.tables.flatMap((table, t) => {
      const at = (...keys: (string | number)[]) => yaml.place(["tables", t, ...keys]);
      const measures = measuresOf(table);
      const model = (key: string, ...keys: (string | number)[]) =>
        models.has(key) ? [] : [unknownName(at(...keys), "unknown model", key, [...models.keys()])];
      return [
        ...(table.minus === undefined ? [] : model(table.minus, "minus")),
        ...(table.protocol === undefined && table.near === undefined
          ? [{ where: at(), what: "no protocol", expected: oneOf(["protocol", "near"]) }]
          : []),
        ...((table.near === undefined) === (table.differs === undefined)
          ? []
          : [{ where: at(), what: "near and differs belong together" }]),
        ...table.values.flatMap((entry, v) => [
          ...model(entry.model, "values", v, "model"),
          ...(entry.suite === undefined || suites.has(entry.suite)
            ? []
            : [unknownName(at("values", v, "suite"), "unknown suite", entry.suite, [...suites.keys()])]),
          ...((entry.suite === undefined) === (entry.benchmark === undefined)
            ? [{ where: at("values", v), what: "not one place", expected: oneOf(["benchmark", "suite"]) }]
            : []),
          ...(entry.scores === undefined
            ? [{ where: at("values", v), what: "no number", expected: "scores" }]
            : []),
          ...Object.keys(entry.scores ?? {}).flatMap((id) =>
            measureProblems(id, measures, () => at("values", v, "scores", id)),
          ),
          ...((table.kind === "digitised") === ((entry.error ?? table.error) !== undefined)
            ? []
            : [
                {
                  where: at("values", v),
                  what: "an error belongs to every digitised value, and to no other",
                },
              ]),
        ]),
      ];
    }),
  ];
}

/** What the protocols beside a table measure. */
function measuresOf({ protocol, near }: PublishedTable): readonly MeasureNote[] {
  const ids = [...(protocol === undefined ? [] : [protocol]), ...(near ?? [])];
  return ids.flatMap((id) => protocolFacts(id, Object.keys(registries.metrics)).measures);
}

/** A number that none of its protocols measures would appear nowhere, silently. */
function measureProblems(id: string, measures: readonly MeasureNote[], place: () => Place): Problem[] {
  if (measures.length === 0 || measures.some((measure) => measure.id === id)) return [];
  const [renamed] = renamedMeasures(id, measures);
  return renamed === undefined
    ? [unknownName(place(), "not measured by its protocol", id, [...new Set(measures.map((one) => one.id))])]
    : [
        {
          code: "unknown-name",
          where: place(),
          what: "was renamed",
          expected: renamed,
          got: JSON.stringify(id),
        },
      ];
}

function numbersOf(file: PublishedFile, shared: Shared): PublishedNumber[] {
  return file.tables.flatMap((table) =>
    table.values.flatMap((entry) => {
      const on = placeOf(entry, shared);
      return on === undefined
        ? []
        : Object.entries(entry.scores ?? {}).map(([measure, points]) =>
            numberOf(file, table, entry, on, measure, points),
          );
    }),
  );
}

function placeOf({ benchmark, suite }: PublishedEntry, { suites }: Shared): PublishedPlace | undefined {
  if (benchmark !== undefined) return { kind: "benchmark", name: benchmark };
  const benchmarks = suite === undefined ? undefined : suites.get(suite);
  return benchmarks === undefined ? undefined : { kind: "suite", name: suite!, benchmarks };
}

function numberOf(
  file: PublishedFile,
  table: PublishedTable,
  entry: PublishedEntry,
  on: PublishedPlace,
  measure: string,
  points: number,
): PublishedNumber {
  const error = entry.error ?? table.error;
  const { kind, stated, split, minus, protocol, differs } = table;
  return {
    ...{ model: entry.model, on, measure, value: fraction(points), near: table.near ?? [] },
    ...{ source: `${file.title}, ${table.where}`, url: file.url, kind, stated },
    ...given({ error: error === undefined ? undefined : fraction(error), split, masks: entry.masks }),
    ...given({ minus, protocol, differs }),
  };
}

/** Points as a fraction without the noise of the division: 46.9 -> 0.469. */
function fraction(points: number): number {
  return Number((points / 100).toFixed(8));
}
