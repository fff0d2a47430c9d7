// The tables of docs/statistics.md from coverage.json.
//   npx tsx scripts/interval-coverage/tables.ts        writes them there
import { readFileSync, writeFileSync } from "node:fs";
import { groupBy } from "../../src/core/group-by.ts";

export interface CoverageCell {
  readonly kind: string;
  readonly shape: string;
  readonly clusters: number;
  readonly sets: number;
  readonly methods: Readonly<Record<string, { readonly holds: number; readonly width: number }>>;
}

export interface TestCell {
  readonly test: string;
  readonly shape: string;
  readonly clusters: number;
  readonly sets: number;
  readonly falseAlarms: number;
  readonly power: number;
}

export const cells: readonly (CoverageCell | TestCell)[] = JSON.parse(
  readFileSync(new URL("coverage.json", import.meta.url), "utf8"),
);
export const isTest = (cell: CoverageCell | TestCell): cell is TestCell => "test" in cell;

const methods = ["percentile", "expanded", "bca", "t", "t (jackknife)", "studentized"];

/** "91.2 - 93.9": the least and the greatest over the three shapes. */
function range(shares: readonly (number | undefined)[]): string {
  const known = shares.flatMap((share) => (share === undefined ? [] : [100 * share]));
  if (known.length === 0) return "-";
  const [least, most] = [Math.min(...known).toFixed(1), Math.max(...known).toFixed(1)];
  return least === most ? least : `${least} - ${most}`;
}

export function coverageTable(): string {
  const own = cells.filter((cell): cell is CoverageCell => !isTest(cell));
  const rows = [...groupBy(own, ({ kind, clusters }) => `${kind}\n${clusters}`)].map(([key, members]) => {
    const [kind, clusters] = key.split("\n");
    const held = methods.map((method) => range(members.map((cell) => cell.methods[method]?.holds)));
    const widest = Math.max(...members.map((cell) => cell.methods.expanded!.width));
    return `| ${[kind, clusters, ...held, widest.toFixed(2)].join(" | ")} |`;
  });
  const head =
    "| measure | clusters | percentile | expanded | BCa | t | t (jackknife) | studentized | width |";
  return [head, "|---|---:|---|---|---|---|---|---|---:|", ...rows].join("\n");
}

export function testTable(): string {
  const rows = [...groupBy(cells.filter(isTest), ({ test, clusters }) => `${test}\n${clusters}`)].map(
    ([key, members]) => {
      const alarms = range(members.map(({ falseAlarms }) => falseAlarms));
      const power = range(members.map((cell) => cell.power));
      return `| ${[...key.split("\n"), alarms, power].join(" | ")} |`;
    },
  );
  const head =
    '| difference of | clusters | false alarms (%) | detected at the "detectable" difference (%) |';
  return [head, "|---|---:|---|---|", ...rows].join("\n");
}

/** What stands between a table's two marks. */
export function filled(text: string): string {
  const put = (page: string, name: string, table: string) =>
    page.replace(
      new RegExp(`(<!-- ${name} -->)[^]*?(<!-- /${name} -->)`),
      (_, first: string, last: string) => `${first}\n\n${table}\n\n${last}`,
    );
  return put(put(text, "coverage", coverageTable()), "tests", testTable());
}

if (process.argv[1] !== undefined && import.meta.url.endsWith(process.argv[1].split("/").at(-1) ?? "-")) {
  const page = new URL("../../docs/statistics.md", import.meta.url);
  writeFileSync(page, filled(readFileSync(page, "utf8")));
}
