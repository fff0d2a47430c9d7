// What the verbs that look at data and fetch them print: lists, verdicts, offers.
import { basename } from "node:path";
import { type Kind, kindOf } from "../core/plan.ts";
import { bytesText, plural } from "../core/words.ts";
import { type Count, type CountedNote, counted } from "../datasets/inspect.ts";
import { displayWidth, padEnd, wrapped } from "../report/kit/format.ts";
import { listTable } from "../report/kit/table.ts";
import { type Screen, textTable } from "../report/kit/text-table.ts";
import { type RunEvent, shownPath } from "../run/context.ts";
import type { DataSkeleton } from "../run/data/init-data.ts";
import type { ListedBenchmark, ListedBenchmarks, ListedMetric, ListedModel } from "../run/data/list.ts";
import * as lists from "../run/data/list.ts";
import type { Offer } from "../run/data/pull.ts";
import type { RunEstimate, TimedWith, Verdict } from "../run/verdict.ts";
import { durationText } from "./quantities.ts";
import { screenOf } from "./screen.ts";
import type { Terminal } from "./terminal.ts";

/** What `list` lists. */
export type Listing = "benchmarks" | "models" | "families" | "protocols" | "metrics" | "formats";

/** What is available, a line each, or as JSON; benchmarks, models and metrics as a table of what is known about them. */
export async function listText(
  what: Listing,
  { data, json = false }: { readonly data?: string; readonly json?: boolean },
  terminal: Terminal,
): Promise<string> {
  const screen = screenOf(terminal);
  if (what === "benchmarks") {
    const found = await lists.listBenchmarks(data, terminal);
    return json ? jsonText(found.benchmarks) : benchmarksText(found, screen, terminal);
  }
  if (what === "metrics") {
    const found = lists.listMetrics();
    return json ? jsonText(found) : metricsText(found, screen);
  }
  if (what === "models") {
    const found = await lists.listModels(terminal);
    return json ? jsonText(found) : modelsText(found, screen);
  }
  const entries = {
    families: lists.listFamilies,
    protocols: lists.listProtocols,
    formats: lists.listFormats,
  }[what]();
  return json ? jsonText(entries) : linesOf(entries, screen);
}

/** A line each: what follows the name keeps to its own column. */
function linesOf(entries: readonly lists.Listed[], screen: Screen): string {
  const names = Math.max(...entries.map(({ name }) => displayWidth(name)), 0);
  return entries
    .flatMap(({ name, summary }) =>
      wrapped(`${padEnd(name, names)}  ${summary}`, screen.columns, " ".repeat(names + 2)),
    )
    .join("\n");
}

const modelColumns = [
  { title: "name", align: "left" },
  { title: "title", align: "left", leaves: 20 },
  { title: "takes", align: "left", leaves: 15 },
  { title: "family", align: "left", leaves: 30 },
  { title: "size", align: "right", leaves: 10 },
  { title: "licence", align: "left", leaves: 12 },
  { title: "files", align: "left" },
] as const;

const taken = { image: "images", clip: "clips", concept: "phrases" } as const satisfies Record<Kind, string>;

function modelsText(found: readonly ListedModel[], screen: Screen): string {
  const rows = found.map(({ name, summary, title, kind, family, bytes, licence, present, pullable }) =>
    kind === undefined
      ? [name, summary]
      : [
          ...[name, title ?? "", taken[kind], family ?? "", bytes === undefined ? "?" : bytesText(bytes)],
          ...[licence ?? "", present === true ? "present" : pullable === true ? "pull" : "absent"],
        ],
  );
  const present = found.filter((one) => one.present === true).length;
  return [
    ...textTable(listTable(modelColumns, rows), screen, { elsewhere: "--json" }),
    "",
    `${found.length} models, the files of ${present} are here. pull: segbench pull NAME fetches them.`,
  ].join("\n");
}

function jsonText(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

const metricColumns = [
  { title: "name", align: "left" },
  { title: "default", align: "left", leaves: 20 },
  { title: "title", align: "left" },
  { title: "unit", align: "left", leaves: 10 },
  { title: "better", align: "left", leaves: 11 },
] as const;

function metricsText(found: readonly ListedMetric[], screen: Screen): string {
  const rows = found.map(({ name, usual, title, unit, better }) => [
    ...[name, usual ? "yes" : "no", title, unit, better],
  ]);
  const costs = found.map(({ name, cost: summary }) => ({ name, summary }));
  return [
    ...textTable(listTable(metricColumns, rows), screen, { elsewhere: "--json" }),
    ...["", "What each costs:", linesOf(costs, screen)],
  ].join("\n");
}

const columns = [
  { title: "name", align: "left" },
  { title: "domain", align: "left", leaves: 20 },
  { title: "mask", align: "left", leaves: 50 },
  { title: "images", align: "right", leaves: 15 },
  { title: "masks", align: "right", leaves: 16 },
  { title: "licence", align: "left", leaves: 40 },
  { title: "data", align: "left" },
  { title: "pull", align: "left", leaves: 10 },
] as const;

const longestLicence = 28;

function benchmarksText(
  { data, benchmarks, drawn }: ListedBenchmarks,
  screen: Screen,
  terminal: Terminal,
): string {
  const present = benchmarks.filter((one) => "card" in one && one.present).length;
  return [
    ...textTable(
      listTable(
        columns,
        benchmarks.map((one) => rowOf(one, drawn)),
      ),
      screen,
      { elsewhere: "--json" },
    ),
    "",
    `${benchmarks.length} benchmarks, ${present} of them in ${shownPath(data, terminal)}. Images (clips) and masks (tracks) are those of the full split.`,
    ...(drawn
      ? [
          "miniature: a few drawn images of the package, whose numbers mean nothing about real data; --data or SEGBENCH_DATA names a folder of data.",
        ]
      : []),
    "pull: segbench pull NAME fetches it; else segbench init data says where to get it.",
  ].join("\n");
}

function rowOf(one: ListedBenchmark, drawn: boolean): readonly string[] {
  if (!("card" in one)) return [one.name, `not valid: ${one.problems} problems`];
  const { domain = [], maskType = "", expected = {}, licence = "" } = one.card;
  const number = (key: Count) => (expected[key] === undefined ? "?" : String(expected[key]));
  const clips = kindOf(one.card) === "clip";
  const short =
    licence.length > longestLicence ? `${licence.slice(0, longestLicence - 1).trimEnd()}…` : licence;
  return [
    ...[one.name, domain.join(", "), maskType],
    ...(clips
      ? [`${number("clips")} clips`, `${number("tracks")} tracks`]
      : [number("images"), number("masks")]),
    short,
    ...[one.present ? (drawn ? "miniature" : "present") : "absent", one.pullable ? "yes" : "no"],
  ];
}

/** What was done with each folder, and how many there are of each kind. */
export function skeletonText({ data, folders }: DataSkeleton, terminal: Terminal): string {
  const shown = (path: string) => shownPath(path, terminal);
  const lines = folders.flatMap(({ folder, readme, status }) => {
    if (status === "data") return [`${shown(folder)} holds data: left alone`];
    if (status === "foreign") return [`${shown(readme)} was not written by segbench: left alone`];
    return status === "same" ? [] : [`${shown(readme)} ${status}`];
  });
  const count = (wanted: string) => folders.filter(({ status }) => status === wanted).length;
  return [
    ...lines,
    `${shown(data)}: ${count("written")} written, ${count("renewed")} renewed, ${count("same")} unchanged`,
  ].join("\n");
}

const PROBLEMS_SHOWN = 5;

/** A verdict as text: one line, and more where there are problems or advice. */
export function verdictText(verdict: Verdict, timing: TimedWith | undefined): string {
  const { name } = verdict;
  if (verdict.status === "absent") return `${name}: absent; to get it: ${verdict.wanted}`;
  if (verdict.status === "invalid")
    return [`${name}: ${listed(verdict.problems)}`, ...advice("what is expected", verdict.wanted)].join("\n");
  const { found, expected, targets, loaded, part, each } = verdict.check;
  const kind = found.clips !== undefined ? "clip" : each.phrases !== undefined ? "concept" : "image";
  const [one] = counted[kind];
  const countText = (what: Count) => {
    const mean = each[what];
    const about = mean === undefined ? "?" : `about ${Math.round(found[one]! * mean)}`;
    return `${found[what] ?? about}${expected[what] === undefined ? "" : ` of ${expected[what]}`} ${what}`;
  };
  const statuses = Object.entries(targets).map(([status, n]) => `${n} ${status}`);
  const decoded =
    loaded === 0
      ? ""
      : `; ${loaded} ${one} ${kind === "clip" ? "read" : "decoded"}: ${statuses.join(", ") || "no targets"}`;
  const problems = verdict.check.problems.map(({ where, what }) => `${where}: ${what}`);
  return [
    `${name}: ${counted[kind].map(countText).join(", ")}${decoded}${problems.length === 0 ? "" : `: ${listed(problems)}`}`,
    ...(part ? [`  NOTE: ${found[one]} of ${expected[one]} ${one}: a part of the benchmark`] : []),
    ...verdict.check.notes.map(noteText),
    ...advice(part ? "the rest" : "to get it again", verdict.wanted),
    `  ${runText(verdict.run, kind, timing)}`,
  ].join("\n");
}

function noteText({ what, count, where, key }: CountedNote): string {
  const decides = key === undefined ? "" : `; ${key} decides`;
  return `  note: ${what}: ${count} (${count === 1 ? "" : "first: "}${where})${decides}`;
}

function advice(what: string, wanted: string | undefined): string[] {
  return wanted === undefined ? [] : [`  ${what}: ${wanted}`];
}

function runText(run: RunEstimate, own: Kind, timing: TimedWith | undefined): string {
  const { images, clips, frames, counted: exact, seconds } = run;
  const what = clips === undefined ? "masks" : "tracks";
  const some =
    run[what] === undefined
      ? `${what} not known without --full`
      : `${exact ? "" : "about "}${run[what]} ${what}`;
  const samples =
    clips === undefined
      ? `${images} images`
      : [`${clips} clips`, ...(frames === undefined ? [] : [`${frames} frames`])].join(", ");
  const text = `a run: ${samples}, ${some}`;
  if (timing === undefined) return text;
  const { model, kind, protocol, workers } = timing;
  if (kind !== own)
    return `${text}; not timed: ${model} takes ${kind === "concept" ? "phrases" : `${kind}s`}`;
  if (seconds === undefined) return text;
  return `${text}; about ${durationText(seconds)} for ${model} with ${protocol} and ${plural(workers, "worker")}`;
}

function listed(problems: readonly string[]): string {
  const shown = problems.slice(0, PROBLEMS_SHOWN).map((text) => `\n  ${text}`);
  const more = problems.length - shown.length;
  return `${plural(problems.length, "problem")}${shown.join("")}${more > 0 ? `\n  and ${more} more; --json lists all` : ""}`;
}

/** How many there are of each kind. */
export function verdictsText(verdicts: readonly Verdict[]): string {
  const count = (...wanted: Verdict["status"][]) =>
    verdicts.filter(({ status }) => wanted.includes(status)).length;
  return `${verdicts.length} benchmarks: ${count("fine")} complete, ${count("part")} in part, ${count("absent")} absent, ${count("wrong", "invalid")} wrong`;
}

/** What would be fetched for a name, and under which licence. */
export function offerText({ name, title, licence, source, files }: Offer, terminal: Terminal): string {
  const lines = files.map((file) => {
    const size = file.bytes === undefined ? "size not stated" : bytesText(file.bytes);
    return `  ${originText(file)} (${size}) -> ${shownPath(file.place, terminal)}`;
  });
  const { columns } = screenOf(terminal);
  return [`${name}: ${title}`, `  licence  ${licence}; ${source}`, ...lines]
    .flatMap((line) => wrapped(line, columns, "  "))
    .join("\n");
}

function originText(file: Offer["files"][number]): string {
  if (file.kind === "npm") return `npm  ${file.npm}: ${file.member}`;
  if (file.kind === "made") return `made  of ${basename(file.madeOf)}: all masks in place of a selected one`;
  return `${file.kind}  ${file.url}`;
}

export function pulledText(
  { name, there, folder, next }: Extract<RunEvent, { type: "pulled" }>,
  terminal: Terminal,
): string {
  const how = there ? "was fetched before" : "fetched";
  return `${name}: ${how}, in ${shownPath(folder, terminal)}; next: ${next}`;
}
