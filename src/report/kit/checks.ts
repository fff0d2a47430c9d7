// What is checked: gates in words and tables, and JUnit for the gates of comparisons and parities, and for runs.
import type { GateCheck, GateResult } from "../../core/results.ts";
import { clustersText, count, plural } from "./format.ts";
import { left, right, type Table } from "./table.ts";

/** "passed: 15 limits kept", "failed: 3 of 15 limits broken, 2 undecided", "undecided: 2 of 15 limits, the others kept". */
export function verdictText({ verdict, checks }: GateResult): string {
  const all = plural(checks.length, "limit");
  const [broken, undecided] = [checksOf(checks, "broken").length, checksOf(checks, "undecided").length];
  const texts: Readonly<Record<GateResult["verdict"], string>> = {
    passed: `${all} kept`,
    broken: `${broken} of ${all} broken${undecided === 0 ? "" : `, ${undecided} undecided`}`,
    undecided: `${undecided} of ${all}${undecided === checks.length ? "" : ", the others kept"}`,
  };
  return `${verdictWords[verdict].word}: ${texts[verdict]}`;
}

/** What a gate's verdict is called, its sign where there are no colours, and its class on a page. */
export const verdictWords: Readonly<Record<GateResult["verdict"], { word: string; sign: string }>> = {
  passed: { word: "passed", sign: "🟢" },
  broken: { word: "failed", sign: "🔴" },
  undecided: { word: "undecided", sign: "🟡" },
};

/** The same of a gate by name, as a line of Markdown, what is not passed in bold. */
export function verdictMarkdown(gate: GateResult): string {
  const text = verdictText(gate).replace(/^(failed|undecided):/, "**$1**:");
  return `${verdictWords[gate.verdict].sign} Gate \`${gate.name}\` ${text}.`;
}

export function checksOf(checks: readonly GateCheck[], verdict: GateCheck["verdict"]): GateCheck[] {
  return checks.filter((check) => check.verdict === verdict);
}

/** Limits under their heads, broken ones first, kept ones last; without the kinds that there are none of. */
export function checkGroups({ checks }: GateResult) {
  return (
    [
      ["broken", "Broken limits"],
      ["undecided", "Undecided limits"],
      ["passed", "Limits kept"],
    ] as const
  )
    .map(([verdict, title]) => ({ verdict, title, checks: checksOf(checks, verdict) }))
    .filter((group) => group.checks.length > 0);
}

/** `what`: what is limited, where not all limits are of one kind. */
export function checksTable(checks: readonly GateCheck[], what = true): Table<GateCheck> {
  const some = (key: "images" | "reason") => checks.some((check) => check[key] !== undefined);
  const grouped = checks.find((check) => check.grouped !== undefined)?.grouped;
  return {
    columns: [
      left("where", ({ where, title = where }) => title, { head: "Where" }),
      ...(what ? [left<GateCheck>("what", (check) => check.what, { head: "What" })] : []),
      left("limit", ({ limit }) => limit, { head: "Limit" }),
      left("got", ({ got }) => got, { head: "Got" }),
      ...(some("images")
        ? [
            right<GateCheck>("images", ({ images }) => (images === undefined ? "–" : count(images)), {
              head: grouped === undefined ? "Images" : grouped === true ? "Clusters" : "Clips",
            }),
          ]
        : []),
      ...(some("reason") ? [left<GateCheck>("why", ({ reason = "–" }) => reason, { head: "Why" })] : []),
    ],
    rows: checks,
    stacked: true,
  };
}

/**
 * One line: "sam1-d1@1, IoU, 1 click on trashcan: difference; expected at least -0.5 points, got -1.30 points (71.20 -> 69.90) on 40
 * images"; of what is undecided also why.
 */
export function gateMessage(check: GateCheck): string {
  const { where, title = where, what } = check;
  return `${title}: ${what}; ${expectedText(check)}`;
}

function expectedText({ limit, got, images, grouped, reason }: GateCheck): string {
  const on = images === undefined ? "" : ` on ${clustersText(images, { grouped })}`;
  return `expected ${limit}, got ${got}${on}${reason === undefined ? "" : `: ${reason}`}`;
}

/** Test cases for continuous integration. */
export interface Suite {
  readonly name: string;
  readonly cases: readonly Case[];
  /** Output of the suite besides its cases. */
  readonly output?: string | undefined;
}

/** A test case: passed, unless it says otherwise. */
export interface Case {
  readonly classname: string;
  readonly name: string;
  readonly failure?: { readonly message: string; readonly type: string; readonly text: string };
  /** Why it was skipped. */
  readonly skipped?: string;
}

export function junitText(suites: readonly Suite[]): string {
  const all = suites.flatMap(({ cases }) => cases);
  return xmlDocument({
    name: "testsuites",
    attributes: { name: "segbench", ...counts(all) },
    children: suites.map(({ name, cases, output }) => ({
      name: "testsuite",
      attributes: { name, ...counts(cases) },
      children: [
        ...cases.map(caseElement),
        ...(output === undefined ? [] : [{ name: "system-out", text: output }]),
      ],
    })),
  });
}

/** A gate's checks: one that is broken has failed, one that is undecided was skipped. `whats`: what is limited is named, where not all limits are of one kind. */
export function gateSuite(
  name: string,
  checks: readonly GateCheck[],
  whats: boolean,
  output?: string,
): Suite {
  return {
    ...{ name, output },
    cases: checks.map((check) => {
      const { where, what, limit, verdict } = check;
      const message = expectedText(check);
      const failure = { message, type: "limit", text: `${where}: ${whats ? `${what}; ` : ""}${message}` };
      return {
        ...{ classname: where, name: whats ? `${what} ${limit}` : limit },
        ...(verdict === "broken" ? { failure } : verdict === "undecided" ? { skipped: message } : {}),
      };
    }),
  };
}

function counts(cases: readonly Case[]) {
  return {
    tests: cases.length,
    failures: cases.filter(({ failure }) => failure !== undefined).length,
    errors: 0,
    skipped: cases.filter(({ skipped }) => skipped !== undefined).length,
  };
}

function caseElement({ classname, name, failure, skipped }: Case): Element {
  const children = [
    ...(skipped === undefined ? [] : [{ name: "skipped", attributes: { message: skipped } }]),
    ...(failure === undefined
      ? []
      : [
          {
            name: "failure",
            attributes: { message: failure.message, type: failure.type },
            text: failure.text,
          },
        ]),
  ];
  return { name: "testcase", attributes: { classname, name }, children };
}

/** An element and what is inside it; attributes that are undefined are left out. */
export interface Element {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string | number | undefined>>;
  readonly children?: readonly Element[];
  readonly text?: string;
}

/** An XML 1.0 document. Characters that XML cannot hold at all become U+FFFD. */
export function xmlDocument(root: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${render(root, "")}\n`;
}

function render({ name, attributes = {}, children = [], text }: Element, indent: string): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`);
  const head = `${indent}<${name}${written.join("")}`;
  if (text !== undefined) return `${head}>${escapeXml(text)}</${name}>`;
  if (children.length === 0) return `${head}/>`;
  const inner = children.map((child) => render(child, `${indent}  `)).join("\n");
  return `${head}>\n${inner}\n${indent}</${name}>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

export function escapeXml(text: string): string {
  return text.replace(/[&<>"'\t\n\r]/g, (character) => entities[character]!).replace(forbidden, "\ufffd");
}

/** What is not a character of XML 1.0, and other control characters; lone surrogates too. */
const forbidden = /[\p{Cc}\p{Cs}\ufffe\uffff]/gu;
