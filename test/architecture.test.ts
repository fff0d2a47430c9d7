// The rules of the house, read off the source text: layers, plug-ins, sizes, and what only the command line may do.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { pluginFolders } from "./helpers/plugin-folders.ts";

/** A folder may import from folders with a smaller number, and from itself. */
const layers: Readonly<Record<string, number>> = {
  ...{ core: 1, masks: 2, formats: 3, cache: 3 },
  ...{ datasets: 4, prompts: 4, models: 4, metrics: 4, store: 4, stats: 4, fetch: 4, report: 4, eval: 4 },
  ...{ parity: 5, config: 6, cli: 7 },
};

const limits = { any: 300, plugin: 120 };
const generated = ["core/schema-types.ts"];
const runtime = { name: "onnxruntime-node", home: /^models\/onnx[a-z-]*\.ts$/ };

/** Where the time of runs in another thread is taken: a clock cannot be handed over. */
const clockHome = "models/shared/clock.ts";

/** Only the command line prints, ends the process, reads the clock or is random. */
const cliOnly: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["prints", /\bconsole\s*\.|\bprocess\s*\.\s*std(?:out|err)\b/],
  ["ends the process", /\bprocess\s*\.\s*(?:exit\b|exitCode\b|abort\b)/],
  ["reads the clock", /\bDate\b|\bperformance\s*\.|\bhrtime\b/],
  ["is random", /\bMath\s*\.\s*random\b|\brandom(?:UUID|Bytes|Int)\b/],
];

/** Path below src/ -> text. */
type Tree = Readonly<Record<string, string>>;

interface Import {
  readonly from: string;
  readonly to: string;
  /** Gone at run time. */
  readonly typeOnly: boolean;
}

const commentOrText =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
const statement = /^[ \t]*(?:import|export)\b([^;'"]*?)\bfrom\s*["']([^"']+)["']/gm;
const bare = /(?:^[ \t]*import|\b(?:import|require)\s*\()\s*["']([^"']+)["']/gm;

function withoutComments(text: string): string {
  return text.replace(commentOrText, (part) => (part.startsWith("/") ? " " : part));
}

/** Text in quotes goes too; templates stay, since they hold code. */
function codeOf(text: string): string {
  return text.replace(commentOrText, (part) =>
    part.startsWith("/") ? " " : part.startsWith("`") ? part : '""',
  );
}

function importsOf(from: string, text: string): readonly Import[] {
  const source = withoutComments(text);
  const target = (name: string) => (name.startsWith(".") ? posix.join(dirname(from), name) : name);
  return [
    ...[...source.matchAll(statement)].map(([, names = "", name = ""]) => ({
      from,
      to: target(name),
      typeOnly: /^\s*type\b/.test(names),
    })),
    ...[...source.matchAll(bare)].map(([, name = ""]) => ({ from, to: target(name), typeOnly: false })),
  ];
}

const folderOf = (file: string) => file.split("/")[0] ?? "";

function isPlugin(file: string): boolean {
  const [folder = "", name = "", ...deeper] = file.split("/");
  const shared = pluginFolders[folder];
  const stem = name.replace(/\.ts$/, "");
  return shared !== undefined && deeper.length === 0 && stem !== "index" && !shared.includes(stem);
}

function violations(tree: Tree): readonly string[] {
  const imports = Object.entries(tree).flatMap(([file, text]) => importsOf(file, text));
  const inside = imports.filter(({ to }) => tree[to] !== undefined);
  return [
    ...cycles(inside.filter(({ typeOnly }) => !typeOnly)),
    ...inside.flatMap(againstLayers),
    ...inside
      .filter(
        ({ from, to }) => isPlugin(to) && folderOf(from) === folderOf(to) && !from.endsWith("/index.ts"),
      )
      .map(({ from, to }) => `${from} imports the plug-in ${to}: only its index.ts may, of this folder`),
    ...imports
      .filter(({ from, to }) => to.split("/")[0] === runtime.name && !runtime.home.test(from))
      .map(({ from }) => `${from} imports ${runtime.name}: only src/models/onnx*.ts may`),
    ...Object.entries(tree).flatMap(([file, text]) => [...tooLong(file, text), ...outsideCli(file, text)]),
  ];
}

function againstLayers({ from, to }: Import): readonly string[] {
  const [low, high] = [layers[folderOf(to)], layers[folderOf(from)]];
  if (high === undefined) return [`${from} is in no layer`];
  if (low === undefined) return [`${to} is in no layer`];
  const allowed = low < high || folderOf(from) === folderOf(to);
  return allowed ? [] : [`${from} (layer ${high}) imports ${to} (layer ${low})`];
}

function tooLong(file: string, text: string): readonly string[] {
  const lines = text.trimEnd().split("\n").length;
  const limit = isPlugin(file) ? limits.plugin : limits.any;
  return lines > limit && !generated.includes(file) ? [`${file} has ${lines} lines, more than ${limit}`] : [];
}

function outsideCli(file: string, text: string): readonly string[] {
  if (folderOf(file) === "cli") return [];
  const code = codeOf(text);
  return cliOnly
    .filter(([what, pattern]) => pattern.test(code) && !(what === "reads the clock" && file === clockHome))
    .map(([what]) => `${file} ${what}: only src/cli may`);
}

/** One message for each set of files that import each other (Tarjan). */
function cycles(imports: readonly Import[]): readonly string[] {
  const edges = new Map<string, Import[]>();
  for (const one of imports) edges.set(one.from, [...(edges.get(one.from) ?? []), one]);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[] = [];
  const visit = (file: string) => {
    index.set(file, index.size);
    low.set(file, index.get(file)!);
    stack.push(file);
    for (const { to } of edges.get(file) ?? []) {
      if (!index.has(to)) visit(to);
      if (stack.includes(to)) low.set(file, Math.min(low.get(file)!, low.get(to)!));
    }
    if (low.get(file) !== index.get(file)) return;
    const knot = stack.splice(stack.indexOf(file)).sort();
    const selfish = edges.get(file)?.some(({ to }) => to === file) ?? false;
    if (knot.length > 1 || selfish) found.push(`import cycle: ${knot.join(", ")}`);
  };
  for (const file of [...edges.keys()].sort()) if (!index.has(file)) visit(file);
  return found;
}

test("the sources keep the rules of the house", () => {
  const src = fileURLToPath(new URL("../src/", import.meta.url));
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  const tree = Object.fromEntries(
    files.map((name) => [name.replaceAll("\\", "/"), readFileSync(join(src, name), "utf8")]),
  );
  expect(Object.keys(tree).length).toBeGreaterThan(50);
  expect(violations(tree)).toEqual([]);
});

describe("the rules find what breaks them", () => {
  const lines = (count: number) => "export {};\n".repeat(count);
  const cases: readonly (readonly [what: string, tree: Tree, expected: readonly string[]])[] = [
    [
      "nothing, in a good tree",
      {
        "core/a.ts": 'import { join } from "node:path";\n// import { x } from "../cli/main.ts"; new Date()\n',
        "masks/b.ts": 'import { a } from "../core/a.ts";\nexport const c = "console.log(Date)";',
        "metrics/dice.ts": 'import type { B } from "../masks/b.ts";',
        "metrics/index.ts": 'import { dice } from "./dice.ts";',
        "models/onnx-worker.ts": 'import * as ort from "onnxruntime-node";',
        "config/r.ts": 'export {\n  dice,\n} from "../metrics/index.ts";',
        "cli/main.ts":
          'import { r } from "../config/r.ts";\nconsole.log(new Date(), Math.random());\nprocess.exit(1);',
      },
      [],
    ],
    [
      "an import cycle",
      {
        "core/a.ts": 'import { b } from "./b.ts";',
        "core/b.ts": 'export * from "./c.ts";',
        "core/c.ts": 'const a = await import("./a.ts");',
        "core/d.ts": 'import { a } from "./a.ts";',
      },
      ["import cycle: core/a.ts, core/b.ts, core/c.ts"],
    ],
    [
      "no cycle of types alone",
      { "core/a.ts": 'import type { B } from "./b.ts";', "core/b.ts": 'import { a } from "./a.ts";' },
      [],
    ],
    [
      "an upward import, of a type too",
      {
        "core/a.ts": 'import type { B } from "../masks/b.ts";',
        "masks/b.ts": 'export { c } from "../eval/c.ts";',
        "eval/c.ts": 'import "../config/d.ts";',
        "config/d.ts": "",
      },
      [
        "core/a.ts (layer 1) imports masks/b.ts (layer 2)",
        "masks/b.ts (layer 2) imports eval/c.ts (layer 4)",
        "eval/c.ts (layer 4) imports config/d.ts (layer 6)",
      ],
    ],
    [
      "an import from the same line",
      { "eval/a.ts": 'import { dice } from "../metrics/dice.ts";', "metrics/dice.ts": "" },
      ["eval/a.ts (layer 4) imports metrics/dice.ts (layer 4)"],
    ],
    [
      "a folder without a layer",
      { "utils/a.ts": 'import { b } from "../core/b.ts";', "core/b.ts": "" },
      ["utils/a.ts is in no layer"],
    ],
    [
      "a plug-in that imports its sibling, but not what they share",
      {
        "datasets/coco.ts": 'import { a } from "./sa-1b.ts";\nimport { b } from "./shared/b.ts";',
        "datasets/sa-1b.ts": 'import { c } from "./cluster.ts";',
        "datasets/cluster.ts": "",
        "datasets/shared/b.ts": 'import type { D } from "../sa-1b.ts";',
      },
      [
        "datasets/coco.ts imports the plug-in datasets/sa-1b.ts: only its index.ts may, of this folder",
        "datasets/shared/b.ts imports the plug-in datasets/sa-1b.ts: only its index.ts may, of this folder",
      ],
    ],
    [
      "the runtime outside its place",
      {
        "models/sam.ts": 'import { Tensor } from "onnxruntime-node";',
        "cli/main.ts": 'const ort = require("onnxruntime-node/package.json");',
      },
      [
        "models/sam.ts imports onnxruntime-node: only src/models/onnx*.ts may",
        "cli/main.ts imports onnxruntime-node: only src/models/onnx*.ts may",
      ],
    ],
    [
      "what only the command line may do",
      {
        "core/a.ts": "console.log(1);\nprocess.exit(1);",
        "stats/b.ts": `const t = Date.now();\nconst u = \`\${Math.random()}\`;`,
        "store/c.ts": "process.stderr.write('x');\nperformance.now();",
      },
      [
        "core/a.ts prints: only src/cli may",
        "core/a.ts ends the process: only src/cli may",
        "stats/b.ts reads the clock: only src/cli may",
        "stats/b.ts is random: only src/cli may",
        "store/c.ts prints: only src/cli may",
        "store/c.ts reads the clock: only src/cli may",
      ],
    ],
    [
      "files that are too long",
      {
        "core/a.ts": lines(300),
        "core/b.ts": lines(301),
        "core/schema-types.ts": lines(999),
        "prompts/box.ts": lines(120),
        "prompts/mask.ts": lines(121),
        "prompts/shared/c.ts": lines(121),
      },
      ["core/b.ts has 301 lines, more than 300", "prompts/mask.ts has 121 lines, more than 120"],
    ],
  ];

  test.each(cases)("%s", (_what, tree, expected) => {
    expect(violations(tree)).toEqual(expected);
  });
});
