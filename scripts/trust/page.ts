// docs/trust.md from what was checked against what: nothing on it is written by hand but the words of numbers.yaml and of this file.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import type { Held } from "../../test/helpers/oracle.ts";

/** All notes on one file of test/oracle and one unit together. */
export interface HeldFile extends Held {
  /** Of the tests, sorted. */
  readonly tests: readonly string[];
}

export interface TrustRow {
  readonly what: string;
  readonly judge: string;
  readonly oracle?: string;
  readonly byHand?: string;
  readonly measures?: readonly string[];
}

export interface TrustGroup {
  readonly title: string;
  readonly rows: readonly TrustRow[];
}

/** A judge that ran outside of the tests, as its script wrote it: scripts/oracle/official/*.json, scripts/export/*.json. */
interface Judged {
  readonly what: string;
  readonly judge: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly script: string;
  readonly cases: number;
  readonly largestDifference: number;
  /** The largest difference that is accepted; 0: every value or mask is the same. */
  readonly bound: number;
  readonly unit?: string;
  /** Masks that are the same in every pixel, where masks are compared; of the others, `largestDifference` is how far from the threshold a pixel lies that differs. */
  readonly equal?: number;
  readonly pixels?: number;
  readonly differentPixels?: number;
}

export const groups: readonly TrustGroup[] = parse(
  readFileSync(new URL("numbers.yaml", import.meta.url), "utf8"),
);

/** Paths of the files below a folder whose names end so, sorted; none where there is no such folder. */
export function filesBelow(folder: string, ending: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();
}

/** Files of test/oracle, without their ending, and who made them. */
export function oracleFiles(): {
  name: string;
  script: string;
  versions: Readonly<Record<string, string>>;
}[] {
  return [...filesBelow("test/oracle", ".json"), ...filesBelow("test/oracle", ".json.gz")].map((path) => {
    const bytes = readFileSync(path);
    const { generator = "", versions = {} } = JSON.parse(
      (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"),
    ) as { generator?: string; versions?: Readonly<Record<string, string>> };
    return { name: path.replace(/^test\/oracle\/(.*?)\.json(\.gz)?$/, "$1"), script: generator, versions };
  });
}

/** The page. `held`: scripts/trust/held.json. */
export function trustPage(held: readonly HeldFile[]): string {
  const files = new Map(oracleFiles().map((file) => [file.name, file]));
  const scripts = new Map<string, string>();
  const note = (script: string, versions: Readonly<Record<string, string>>) => {
    const text = Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ");
    if (text !== "") scripts.set(script, text);
    return `\`${basename(script)}\``;
  };
  const sections = groups.map(({ title, rows }) => {
    const lines = rows.flatMap(({ what, judge, oracle, byHand }) => {
      if (byHand !== undefined) return [`| ${what} | ${judge} | | by hand | | \`${byHand}\` |`];
      const { script, versions } = files.get(oracle!)!;
      return held
        .filter((one) => one.oracle === oracle)
        .map(
          ({ cases, difference, allowed, unit }) =>
            `| ${[what, judge, count(cases), amount(difference, unit), allowed === 0 ? "none" : amount(allowed, unit), note(script, versions)].join(" | ")} |`,
        );
    });
    return `## ${title}\n\n${head}\n${lines.join("\n")}`;
  });
  const judged = officialFiles().flatMap((path) => {
    const all: Judged | readonly Judged[] = JSON.parse(readFileSync(path, "utf8"));
    return [all].flat() as Judged[];
  });
  const official = judged.map((one) => {
    const { what, judge, cases, bound, unit, script, versions } = one;
    const allowed = bound === 0 ? "none" : amount(bound, unit);
    return `| ${[what, judge, count(cases), differenceOf(one), allowed, note(script, versions)].join(" | ")} |`;
  });
  const made = [...scripts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([script, versions]) => `| \`${script}\` | ${versions} |`);
  return `${[
    intro,
    total(held, judged),
    ...(official.length === 0
      ? []
      : [
          `## The authors' own code\n\nRun by hand, since it needs PyTorch; what came out is committed beside the scripts.\n\n${head}\n${official.join("\n")}`,
        ]),
    ...sections,
    simulated(),
    real(),
    `## Scripts and versions\n\n| script | with |\n|---|---|\n${made.join("\n")}`,
  ]
    .filter((text) => text !== "")
    .join("\n\n")}\n`;
}

/** How much was held in all, and how much of it is the same to the last bit. */
function total(held: readonly HeldFile[], judged: readonly Judged[]): string {
  const differences = [...held.map((one) => one.difference), ...judged.map((one) => one.largestDifference)];
  const cases = [...held, ...judged].reduce((sum, one) => sum + one.cases, 0);
  const same = differences.filter((difference) => difference === 0).length;
  return `In all ${count(differences.length)} comparisons with ${count(cases)} cases; in ${count(same)} of them no case differs.`;
}

/** Of masks: how many are the same, and how near to the threshold the others' pixels lie. */
function differenceOf({ cases, equal, largestDifference, unit, differentPixels, pixels }: Judged): string {
  const largest = amount(largestDifference, unit);
  if (equal === undefined || equal === cases) return largest;
  const few = `${count(differentPixels!)} of ${count(pixels!)} pixels`;
  return `${count(equal)} masks are the same; in the others ${few} differ, their logits within ${largest} of the threshold`;
}

const intro = `# What the numbers are checked against

Every number that segbench prints, and every step that leads to it, checked against software that others wrote where there is any; a row says where their\nrules are restated, or worked by hand. This page is made by
\`npm run trust\` from what the tests hold as they run and from the files that the other scripts leave; a test fails where it
says anything else, or where a measure or an oracle stands nowhere.

*Largest difference* is that of all cases; 0 where values are equal to the last bit, or masks pixel for pixel. *Relative* ones are shares of the
largest logit or value, or of 1 where that is larger. *Allowed* is the most that a test lets pass. How the protocol wants each
number is in [protocol.md](protocol.md), how well intervals hold in [statistics.md](statistics.md).`;

const head =
  "| what | checked against | cases | largest difference | allowed | made by |\n|---|---|---:|---|---|---|";

function officialFiles(): string[] {
  const exported = filesBelow("scripts/export", ".json").filter((path) => /result[^/]*$/.test(path));
  return [...filesBelow("scripts/oracle/official", ".json"), ...exported];
}

function count(n: number): string {
  return n.toLocaleString("en-GB");
}

function amount(value: number, unit?: string): string {
  const text =
    value === 0 ? "0" : value < 0.01 ? value.toExponential(1) : String(Number(value.toPrecision(2)));
  return unit === undefined ? text : `${text} ${unit}`;
}

/** What programs of others read back from `export`. */
function simulated(): string {
  type Tool = { versions: Record<string, string>; numbers: number; largestDifference: number };
  const tools: Record<string, Tool> = JSON.parse(readFileSync("scripts/oracle/exports.json", "utf8"));
  const rows = Object.values(tools).map(({ versions, numbers, largestDifference }) => {
    const [name, version] = Object.entries(versions)[0]!;
    return `| ${name} ${version} | ${count(numbers)} | ${amount(largestDifference)} |`;
  });
  return `## What other programs read from \`export\` and \`rows.parquet\`\n\nBy \`scripts/oracle/exports.py\`.\n\n| program | numbers | largest difference |\n|---|---:|---|\n${rows.join("\n")}`;
}

/** Whole runs of a real model: their classes. */
function real(): string {
  const file = "scripts/check-real/classes.json";
  if (!existsSync(file)) return "";
  type Class = { class: string; rowCount: number; means: Record<string, Record<string, number>> };
  const classes: Class[] = JSON.parse(readFileSync(file, "utf8"));
  const titles = Object.keys(classes[0]!.means.suite!);
  const rows = classes.flatMap((one) =>
    Object.entries(one.means).map(
      ([name, own]) => `| ${[name, ...titles.map((title) => own[title]?.toFixed(1) ?? "-")].join(" | ")} |`,
    ),
  );
  const known = classes.map((one) => `- \`${one.class}\`: ${count(one.rowCount)} rows`).join("\n");
  return `## A real model, whole\n\n\`npm run check:real\` plays MobileSAM on ten benchmarks of real images and compares every row with recorded ones, on these classes of machines:\n\n${known}\n\n| mIoU, % | ${titles.join(" | ")} |\n|---|${titles.map(() => "---:").join("|")}|\n${rows.join("\n")}`;
}
