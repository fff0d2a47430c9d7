// What the documents name exists: files, folders, links, verbs and their options, scripts of package.json.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { addCompareVerbs } from "../src/cli/compare-verbs.ts";
import { addDataVerbs } from "../src/cli/data-verbs.ts";
import { addExchangeVerbs } from "../src/cli/exchange-verbs.ts";
import { addMasksVerb } from "../src/cli/masks-verb.ts";
import { addModelVerbs } from "../src/cli/model-verbs.ts";
import type { Verbs } from "../src/cli/options.ts";
import { addQueueVerbs } from "../src/cli/queue-verbs.ts";
import { addRowsVerb } from "../src/cli/rows-verb.ts";
import { addRunVerbs } from "../src/cli/run-verbs.ts";
import { addViewVerb } from "../src/cli/view-verb.ts";
import { packageFolder } from "../src/config/paths.ts";
import { adapters } from "../src/datasets/index.ts";
import { protocols } from "../src/eval/interactive/protocols/index.ts";
import { metrics } from "../src/metrics/index.ts";

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "configs/README.md",
  ...readdirSync(join(packageFolder, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const texts = pages.map((page) => [page, readFileSync(join(packageFolder, page), "utf8")] as const);

const root = new Command("segbench");
const nobody = { act: () => async () => undefined } as unknown as Omit<Verbs, "root">;
for (const add of [
  ...[addRunVerbs, addQueueVerbs, addCompareVerbs, addViewVerb, addRowsVerb, addExchangeVerbs],
  ...[addMasksVerb, addModelVerbs, addDataVerbs],
])
  add({ ...nobody, root });
const verbs = new Map(root.commands.map((verb) => [verb.name(), verb.options.map(({ long }) => long)]));
const options = new Set([...verbs.values()].flat());
const { scripts } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));

const foldersOf = (place: string) =>
  readdirSync(join(packageFolder, place), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
/** A path that begins with one of these is a path of the repository. */
const folders = foldersOf("");
/** A folder that begins with one of these is a folder of `src`. */
const sourceFolders = foldersOf("src");
const sourceFiles = readdirSync(join(packageFolder, "src"), { recursive: true, encoding: "utf8" }).map(
  (path) => path.replaceAll("\\", "/"),
);

/** Code spans and the lines of code blocks, without comments. */
function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```(.*?)\n(.*?)^```/gms)].flatMap(([, language, body]) =>
    /^(?:sh\b|$)/.test(language!) ? body!.split("\n") : [],
  );
  const prose = text.replace(/^```.*?^```/gms, "");
  const indented = prose.split("\n").filter((line) => line.startsWith("    "));
  const spans = [...prose.matchAll(/`([^`]+)`/g)].map(([, span]) => span!.replaceAll("\n", " "));
  return [...blocks, ...indented, ...spans].map((code) => code.replace(/\s#.*$/, "").trim());
}

/** A path without placeholders: capitals (NAME), patterns, variables. */
function isPath(word: string): boolean {
  return /^[\w.@+/-]+$/.test(word) && !/(?:^|\/|-)[A-Z]{2,}(?:$|\/|-|\.(?!md$))/.test(word);
}

/** Output of commands that are shown, and cards that a reader is to make. */
const made =
  /^(?:dist\/|reports\/(?!example)|configs\/(?:models\/)?(?:mine|my)\b|datasets\/data\b|models\/(?!tiny).*(?<!\.ts)$)/;

function isMissing(word: string, page: string): boolean {
  const path = word.replace(/\/$/, "");
  const [first, ...rest] = path.split("/");
  if (!isPath(path) || made.test(path)) return false;
  const named = folders.includes(first!) || (word.endsWith("/") && sourceFolders.includes(first!));
  if (named && rest.length > 0)
    return !["", "src", dirname(page)].some((place) => existsSync(join(packageFolder, place, path)));
  return path.endsWith(".ts") && !sourceFiles.some((file) => `/${file}`.endsWith(`/${path}`));
}

test.each([
  ["docs/protocol.md", "protocol", protocols],
  ["docs/protocol.md", "metric", metrics],
  ["docs/datasets.md", "format", adapters],
] as const)("%s names every %s", (page, _, registry) => {
  const words = new Set(
    new Map(texts)
      .get(page)!
      .toLowerCase()
      .split(/[\s`*,;:()|]+/),
  );
  expect(Object.keys(registry).filter((name) => !words.has(name))).toEqual([]);
});

describe.each(texts)("%s", (page, text) => {
  const code = codeOf(text);

  test("files that it names exist", () => {
    const words = code.flatMap((line) => line.split(/[\s,;()"]+/));
    expect(words.filter((word) => isMissing(word, page))).toEqual([]);
  });

  test("its links lead somewhere", () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!.replace(/#.*$/, ""));
    const local = links.filter((target) => target !== "" && !/^[a-z]+:/.test(target));
    expect(local.filter((target) => !existsSync(join(packageFolder, dirname(page), target)))).toEqual([]);
  });

  test("its commands exist, with their options", () => {
    const wrong: string[] = [];
    for (const line of code) {
      const [, script, rest] = /(?:^|\s)npm run (?:--silent )?([\w:]+)(.*)$/.exec(line) ?? [];
      if (script !== undefined && !(script in scripts)) wrong.push(`npm run ${script}${rest}`);
      const called = /(?:^|\s)(?:segbench|npm start --) ([\w-]+)(.*)$/.exec(line);
      if (called === null) continue;
      const [, verb, words] = called;
      const known = verbs.get(verb!);
      if (known === undefined && !/^VERB$/.test(verb!)) wrong.push(`segbench ${verb}`);
      for (const option of words!.match(/(?<=\s)--[\w-]+/g) ?? [])
        if (known !== undefined && !known.includes(option) && option !== "--help")
          wrong.push(`segbench ${verb} ${option}`);
    }
    expect(wrong).toEqual([]);
  });

  test("options that it names are a verb's", () => {
    const named = code.filter((span) => /^--[a-z]/.test(span)).map((span) => /^--[\w-]+/.exec(span)![0]);
    const elsewhere = ["--help", "--ignore-scripts", "--inspect", "--disable-wasm-trap-handler"];
    expect(named.filter((option) => !options.has(option) && !elsewhere.includes(option))).toEqual([]);
  });
});

test("every document is found from README or from another document", () => {
  const everything = texts.map(([, text]) => text).join("\n");
  const lost = pages.filter(
    (page) => page.startsWith("docs/") && !everything.includes(page.slice("docs/".length)),
  );
  expect(lost).toEqual([]);
});
