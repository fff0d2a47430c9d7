// What is checked: gates in words and tables, and JUnit for the gates of comparisons and parities, and for runs.
import type { GateCheck } from "../../core/results.ts";
import { plural } from "./format.ts";
import { left, type Table } from "./table.ts";

/** "passed: 15 limits kept", "failed: 3 of 15 limits broken". */
export function verdictText(checks: readonly GateCheck[]): string {
  const [all, broken] = [plural(checks.length, "limit"), brokenOf(checks).length];
  return broken === 0 ? `passed: ${all} kept` : `failed: ${broken} of ${all} broken`;
}

/** The same of a gate by name, as a line of Markdown, failures in bold. */
export function verdictMarkdown(name: string, checks: readonly GateCheck[]): string {
  return `Gate \`${name}\` ${verdictText(checks).replace(/^failed/, "**failed**")}.`;
}

export function brokenOf(checks: readonly GateCheck[]): GateCheck[] {
  return checks.filter(({ passed }) => !passed);
}

/** `what`: what is limited, where not all limits are of one kind. */
export function checksTable(checks: readonly GateCheck[], what = true): Table<GateCheck> {
  return {
    columns: [
      left("where", ({ where, title = where }) => title, { head: "Where" }),
      ...(what ? [left<GateCheck>("what", (check) => check.what, { head: "What" })] : []),
      left("limit", ({ limit }) => limit, { head: "Limit" }),
      left("got", ({ got }) => got, { head: "Got" }),
    ],
    rows: checks,
  };
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

/** A gate's checks: one that is broken has failed. `whats`: what is limited is named, where not all limits are of one kind. */
export function gateSuite(
  name: string,
  checks: readonly GateCheck[],
  whats: boolean,
  output?: string,
): Suite {
  return {
    ...{ name, output },
    cases: checks.map(({ where, what, limit, got, passed }) => {
      const message = `expected ${limit}, got ${got}`;
      const failure = { message, type: "limit", text: `${where}: ${whats ? `${what}; ` : ""}${message}` };
      return { classname: where, name: whats ? `${what} ${limit}` : limit, ...(passed ? {} : { failure }) };
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
