// The rules of the house, read off the source text: layers, circles, plug-ins, sizes, what only the command line may do, and
// who may know a metric by name.
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { metrics } from "../src/metrics/index.ts";
import { pluginFolders } from "./helpers/plugin-folders.ts";
import {
  codeOf,
  cyclesOf,
  folderOf,
  type Import,
  importsOf,
  readTree,
  type Tree,
  textsOf,
  withoutImports,
} from "./helpers/source-tree.ts";

/** A folder may import from folders with a smaller number, and from itself. */
const layers: Readonly<Record<string, number>> = {
  ...{ core: 1, masks: 2, formats: 3, cache: 3 },
  ...{ datasets: 4, models: 4, eval: 4, metrics: 4, store: 4, stats: 4, report: 4, fetch: 4, queue: 4 },
  ...{ parity: 5, config: 6, run: 7, "index.ts": 8, view: 9, cli: 10 },
};

/** Rooms of a folder, in the same way; what lies in the open is free. */
const rooms: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  config: { yaml: 1, own: 2, benchmarks: 3, models: 3, runs: 4 },
};

const limits = { any: 300, plugin: 120, format: 200, alone: 60 };
/** Started by their path: the program, what runs in a thread of its own, and the page. */
const entryFiles = [
  ...["cli/main.ts", "models/runtime/onnx-worker.ts", "models/runtime/input-maker.ts"],
  "view/page/main.tsx",
];
const generated = ["core/schema-types.ts", "view/page-built.ts"];
const generatedKernel = /^masks\/[a-z]+-wasm\.ts$/;
const runtime = { name: "onnxruntime-node", home: /^models\/runtime\/onnx[a-z-]*\.ts$/ };

/** Only the command line prints, ends the process, reads the clock or what the process was started with, listens, or is random. */
const cliOnly: Readonly<Record<string, RegExp>> = {
  prints: /\bconsole\s*\.|\bprocess\s*\.\s*std(?:out|err)\b/,
  "ends the process": /\bprocess\s*\.\s*(?:exit\b|exitCode\b|abort\b)/,
  "reads the clock": /\bDate\b|\bperformance\s*\.|\bhrtime\b/,
  "reads what the process was started with": /\bprocess\s*\.\s*(?:argv0?|execArgv|env|cwd|stdin)\b/,
  "listens to the process": /\bprocess\s*\.\s*(?:on|once|off|addListener|prependListener|removeListener)\b/,
  "writes to the environment": /\bprocess\s*\.\s*env\s*(?:\[[^\]]*\]|\.\s*\w+)\s*(?:\?\?|\|\||&&)?=(?!=)/,
  warns: /\bprocess\s*\.\s*emitWarning\b/,
  "takes the process apart":
    /[=(,]\s*process\s*(?:[;,)]|$)|(?:from|require\s*\()\s*["'](?:node:)?process["']/m,
  "is random": /\bMath\s*\.\s*random\b|\brandom(?:UUID|Bytes|Int)\b/,
};

/** What the command line may not do either. */
const nowhere: readonly string[] = ["writes to the environment", "warns"];

/** File -> what it may do all the same, and why. */
const exceptions: Readonly<Record<string, { readonly what: readonly string[]; readonly why: string }>> = {
  "models/runtime/clock.ts": {
    what: ["reads the clock"],
    why: "the time of runs in another thread is taken there: a clock cannot be handed over",
  },
  "models/runtime/telemetry.ts": {
    what: ["writes to the environment", "reads what the process was started with", "warns"],
    why: "the runtime's telemetry is switched off by a variable alone, and where that cannot be set nobody else would notice",
  },
};

/** Where metrics are known by name: they themselves, what evaluates with them, the run's default, and kernels. */
const knowsMetrics = /^(?:metrics|eval|masks)\/|^core\/defaults\.ts$/;
/** Measures that protocols make of metrics, and older names of some. */
const measured = ["oracle", "noc", "miou", "ece", "unreached"];
/** "empty" is also what a mask is: it is known by its measures alone, as these words of every day are. */
const everyday = ["empty", "gap", "selection", "bias", "spearman", "median", "spread", "worst"];
/** A model card's word for what the model's own estimate is of. */
const estimate = /\bpredictedIou\b[^\n]*"iou"/g;
/** Names that mean something else: an output of a graph. */
const names: Readonly<Record<string, readonly string[]>> = { "models/recognise/refused.ts": ["iou"] };
const metricNames = [...Object.keys(metrics), ...measured].filter((name) => !everyday.includes(name));

function isPlugin(file: string): boolean {
  const shared = pluginFolders[posix.dirname(file)];
  const stem = posix.basename(file, ".ts");
  return shared !== undefined && stem !== "index" && !shared.includes(stem);
}

function violations(tree: Tree): readonly string[] {
  const imports = importsOf(tree);
  const inside = imports.filter(({ to }) => tree[to] !== undefined);
  return [
    ...cyclesOf(inside).map((files) => `import cycle: ${files.join(", ")}`),
    ...inside.flatMap(againstLayers),
    ...inside
      .filter(({ from, to }) => isPlugin(to) && from !== `${posix.dirname(to)}/index.ts`)
      .map(({ from, to }) => `${from} imports the plug-in ${to}: only its folder's index.ts may`),
    ...imports
      .filter(({ from, to }) => to.split("/")[0] === runtime.name && !runtime.home.test(from))
      .map(({ from }) => `${from} imports ${runtime.name}: only src/models/runtime/onnx*.ts may`),
    ...Object.entries(tree).flatMap(([file, text]) => [
      ...tooLong(file, text),
      ...outsideCli(file, text),
      ...namesMetrics(file, text),
    ]),
  ];
}

function againstLayers({ from, to }: Import): readonly string[] {
  const [low, high] = [layers[folderOf(to)], layers[folderOf(from)]];
  if (high === undefined) return [`${from} is in no layer`];
  if (low === undefined) return [`${to} is in no layer`];
  const allowed = low < high || (folderOf(from) === folderOf(to) && !againstRooms({ from, to }));
  return allowed ? [] : [`${from} (layer ${high}) imports ${to} (layer ${low})`];
}

function againstRooms({ from, to }: Pick<Import, "from" | "to">): boolean {
  const [own, other] = [from, to].map((file) => file.split("/")[1]!);
  const { [own!]: high, [other!]: low } = rooms[folderOf(from)] ?? {};
  return own !== other && high !== undefined && low !== undefined && low >= high;
}

function tooLong(file: string, text: string): readonly string[] {
  const lines = text.trimEnd().split("\n").length;
  // A format's file is reader and adapter in one: what such a file may say, and what becomes of it.
  const plugin = folderOf(file) === "datasets" ? limits.format : limits.plugin;
  const limit = isPlugin(file) ? plugin : limits.any;
  return lines > limit && !generated.includes(file) ? [`${file} has ${lines} lines, more than ${limit}`] : [];
}

/** A file earns its place. */
function crumbs(tree: Tree): readonly string[] {
  const imports = importsOf(tree);
  return Object.entries(tree).flatMap(([file, text]) => tooSmall(file, text, imports));
}

/** A short file has two readers, is a plug-in or a part that an index or a report's list of sections names, or is loaded only where it is needed. */
function tooSmall(file: string, text: string, imports: readonly Import[]): readonly string[] {
  const lines = text.trimEnd().split("\n").length;
  const readers = imports.filter(({ to }) => to === file);
  if (lines >= limits.alone || isPlugin(file) || entryFiles.includes(file)) return [];
  if (posix.basename(file) === "index.ts" || generatedKernel.test(file)) return [];
  if (readers.some(({ from, later }) => later || /^(?:index|sections)\.ts$/.test(posix.basename(from))))
    return [];
  const [only, another] = new Set(readers.map(({ from }) => from));
  if (another !== undefined) return [];
  return [`${file} has ${lines} lines and ${only === undefined ? "no reader" : `no reader but ${only}`}`];
}

function outsideCli(file: string, text: string): readonly string[] {
  const code = codeOf(text);
  const inCli = folderOf(file) === "cli";
  return Object.entries(cliOnly)
    .filter(([what]) => !inCli || nowhere.includes(what))
    .filter(([what, pattern]) => pattern.test(code) && exceptions[file]?.what.includes(what) !== true)
    .map(([what]) => `${file} ${what}: only ${nowhere.includes(what) ? "a named exception" : "src/cli"} may`);
}

/** A word of the code (a variable, a property, a key), a text that is the name, or the id of a measure within one. */
function namesMetrics(file: string, text: string): readonly string[] {
  if (knowsMetrics.test(file) || generated.includes(file)) return [];
  const own = withoutImports(text).replace(estimate, "");
  const words = new Set(codeOf(own).match(/(?<![\w$@-])[A-Za-z_$][\w$]*/g));
  const texts = textsOf(own);
  const exact = metricNames.filter((name) => words.has(name) || texts.includes(name));
  const ids = [...metricNames, ...everyday].filter((name) =>
    texts.some((one) => new RegExp(`(?<![\\w-])${name}@`).test(one)),
  );
  return [...new Set([...exact, ...ids])]
    .filter((name) => !(names[file] ?? []).includes(name))
    .map((name) => `${file} names the metric ${name}`);
}

test("the sources keep the rules of the house", () => {
  const tree = readTree();
  expect(Object.keys(tree).length).toBeGreaterThan(50);
  expect([...violations(tree), ...crumbs(tree)]).toEqual([]);
});

test("what is allowed by name is there, and needed", () => {
  const tree = readTree();
  for (const [file, { what, why }] of Object.entries(exceptions)) {
    for (const one of what) expect(cliOnly[one]!.test(codeOf(tree[file] ?? "")), file).toBe(true);
    expect(why).not.toBe("");
  }
  for (const [folder, shared] of Object.entries(pluginFolders))
    for (const stem of ["index", ...shared]) expect(Object.keys(tree)).toContain(`${folder}/${stem}.ts`);
});

describe("the rules find what breaks them", () => {
  const lines = (count: number) => "export {};\n".repeat(count);
  const cases: readonly (readonly [what: string, tree: Tree, expected: readonly string[]])[] = [
    [
      "nothing, in a good tree",
      {
        "core/a.ts": 'import { join } from "node:path";\n// import { x } from "../cli/main.ts"; new Date()\n',
        "masks/b.ts": 'import { a } from "../core/a.ts";\nexport const c = "console.log(Date)";',
        "metrics/dice.ts": 'import type { B } from "../masks/b.ts";\nexport const dice = { name: "dice" };',
        "metrics/index.ts": 'import { dice } from "./dice.ts";',
        "models/runtime/onnx-worker.ts": 'import * as ort from "onnxruntime-node";',
        "config/r.ts": 'export {\n  metrics,\n} from "../metrics/index.ts";',
        "run/a.ts": "export const own = [process.pid, process.platform, process.execPath];",
        "index.ts": 'export * from "./run/a.ts";',
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
      "a cycle of types alone",
      { "core/a.ts": 'import type { B } from "./b.ts";', "core/b.ts": 'import { type A } from "./a.ts";' },
      ["import cycle: core/a.ts, core/b.ts"],
    ],
    [
      "an upward import, of a type too",
      {
        "core/a.ts": 'import type { B } from "../masks/b.ts";',
        "masks/b.ts": 'export { c } from "../eval/c.ts";',
        "eval/c.ts": 'import "../config/d.ts";',
        "config/d.ts": 'import { e } from "../run/e.ts";',
        "run/e.ts": 'import type { F } from "../index.ts";',
        "index.ts": "",
      },
      [
        "core/a.ts (layer 1) imports masks/b.ts (layer 2)",
        "masks/b.ts (layer 2) imports eval/c.ts (layer 4)",
        "eval/c.ts (layer 4) imports config/d.ts (layer 6)",
        "config/d.ts (layer 6) imports run/e.ts (layer 7)",
        "run/e.ts (layer 7) imports index.ts (layer 8)",
      ],
    ],
    [
      "an import from the same line",
      { "eval/a.ts": 'import { all } from "../metrics/index.ts";', "metrics/index.ts": "" },
      ["eval/a.ts (layer 4) imports metrics/index.ts (layer 4)"],
    ],
    [
      "a room's import from one that is not below it",
      {
        "config/index.ts": 'export * from "./runs/a.ts";',
        "config/runs/a.ts": 'import { b } from "../models/b.ts";\nimport { c } from "../benchmarks/c.ts";',
        "config/models/b.ts": 'import { c } from "../benchmarks/c.ts";\nimport { d } from "../request.ts";',
        "config/benchmarks/c.ts": 'import { e } from "../yaml/e.ts";',
        "config/yaml/e.ts": 'import { f } from "../runs/f.ts";',
        "config/runs/f.ts": "",
        "config/request.ts": "",
      },
      [
        "config/models/b.ts (layer 6) imports config/benchmarks/c.ts (layer 6)",
        "config/yaml/e.ts (layer 6) imports config/runs/f.ts (layer 6)",
      ],
    ],
    [
      "a folder without a layer",
      { "utils/a.ts": 'import { b } from "../core/b.ts";', "core/b.ts": "" },
      ["utils/a.ts is in no layer"],
    ],
    [
      "a plug-in that somebody but its index imports, but not what plug-ins share",
      {
        "datasets/coco.ts": 'import { a } from "./sa-1b.ts";\nimport { b } from "./shared/b.ts";',
        "datasets/sa-1b.ts": 'import { c } from "./selection.ts";',
        "datasets/selection.ts": "",
        "datasets/shared/b.ts": "",
        "eval/interactive/protocols/index.ts": 'import { box } from "./box.ts";',
        "eval/interactive/protocols/box.ts": "",
        "eval/interactive/play.ts": 'import type { Box } from "./protocols/box.ts";',
        "config/all.ts": 'import { nsd } from "../metrics/nsd.ts";',
        "metrics/nsd.ts": "",
      },
      [
        "datasets/coco.ts imports the plug-in datasets/sa-1b.ts: only its folder's index.ts may",
        "eval/interactive/play.ts imports the plug-in eval/interactive/protocols/box.ts: only its folder's index.ts may",
        "config/all.ts imports the plug-in metrics/nsd.ts: only its folder's index.ts may",
      ],
    ],
    [
      "the runtime outside its place",
      {
        "models/families/sam.ts": 'import { Tensor } from "onnxruntime-node";',
        "cli/main.ts": 'const ort = require("onnxruntime-node/package.json");',
      },
      [
        "models/families/sam.ts imports onnxruntime-node: only src/models/runtime/onnx*.ts may",
        "cli/main.ts imports onnxruntime-node: only src/models/runtime/onnx*.ts may",
      ],
    ],
    [
      "what only the command line may do",
      {
        "core/a.ts": "console.log(1);\nprocess.exit(1);",
        "stats/b.ts": `const t = Date.now();\nconst u = \`\${Math.random()}\`;`,
        "store/c.ts": "process.stderr.write('x');\nperformance.now();",
        "run/d.ts": "resolve(process.cwd(), process.argv[2]);",
        "run/e.ts": "const key = process.env.KEY;\nprocess.once('SIGINT', stop);",
        "config/f.ts": "const { env } = process;",
        "config/g.ts": "read(process, 1);",
        "cli/h.ts": "process.env.KEY = '1';\nif (process.env.KEY === '1') stop();",
        "models/runtime/telemetry.ts":
          "process.env[key] ??= '1';\nprocess.emitWarning('x');\nconsole.log(1);",
        "models/runtime/clock.ts": "export const now = () => performance.now();\nprocess.on('exit', now);",
      },
      [
        "core/a.ts prints: only src/cli may",
        "core/a.ts ends the process: only src/cli may",
        "stats/b.ts reads the clock: only src/cli may",
        "stats/b.ts is random: only src/cli may",
        "store/c.ts prints: only src/cli may",
        "store/c.ts reads the clock: only src/cli may",
        "run/d.ts reads what the process was started with: only src/cli may",
        "run/e.ts reads what the process was started with: only src/cli may",
        "run/e.ts listens to the process: only src/cli may",
        "config/f.ts takes the process apart: only src/cli may",
        "config/g.ts takes the process apart: only src/cli may",
        "cli/h.ts writes to the environment: only a named exception may",
        "models/runtime/telemetry.ts prints: only src/cli may",
        "models/runtime/clock.ts listens to the process: only src/cli may",
      ],
    ],
    [
      "files that are too long",
      {
        "core/a.ts": lines(300),
        "core/b.ts": lines(301),
        "core/schema-types.ts": lines(999),
        "metrics/box.ts": lines(120),
        "metrics/mask.ts": lines(121),
        "datasets/coco.ts": lines(200),
        "datasets/visor.ts": lines(201),
        "datasets/shared/c.ts": lines(201),
      },
      [
        "core/b.ts has 301 lines, more than 300",
        "metrics/mask.ts has 121 lines, more than 120",
        "datasets/visor.ts has 201 lines, more than 200",
      ],
    ],
    [
      "metrics that are known by name: a property, a key, a variable, a text, a measure",
      {
        "report/a.ts": "const best = step.scores.iou;",
        "report/b.ts": "const columns = { dice: 1 };",
        "stats/c.ts": "export function mean({ oracle }: Row) { return oracle; }",
        "store/d.ts": 'if (name === "boundary") drop();',
        "cli/e.ts": `const first = \`iou@\${place}\`;`,
        "run/f.ts": 'const all = ["hd95@1", "empty@1", "gap@1"];',
        "eval/g.ts": 'const iou = "iou";',
        "core/defaults.ts": 'export const metrics = ["iou", "dice"];',
        "masks/iou.ts": "export function iou() {}",
      },
      [
        "report/a.ts names the metric iou",
        "report/b.ts names the metric dice",
        "stats/c.ts names the metric oracle",
        "store/d.ts names the metric boundary",
        "cli/e.ts names the metric iou",
        "run/f.ts names the metric hd95",
        "run/f.ts names the metric empty",
        "run/f.ts names the metric gap",
      ],
    ],
    [
      "no metric in words of every day, in sentences or in longer names",
      {
        "report/a.ts": "const gap = 4;\nconst { median, worst } = spread(bias);\nif (mask.empty) return;",
        "datasets/b.ts":
          'const reason = "empty"; // the iou of dice\nconst text = "IoU and Dice, the oracle\'s";',
        "models/c.ts":
          "const estimate = card.predictedIou === \"iou\";\nconst p = 'box@1 sam1-d1@1';\nconst { predictedIou } = card;",
        "parity/d.ts": 'import { iou as agreement } from "../masks/iou.ts";',
      },
      [],
    ],
  ];

  test.each(cases)("%s", (_what, tree, expected) => {
    expect(violations(tree)).toEqual(expected);
  });

  test("short files that only one other reads", () => {
    const tree: Tree = {
      "core/short.ts": lines(59),
      "core/long.ts": lines(60),
      "core/shared.ts": lines(9),
      "core/unread.ts": lines(9),
      "core/reader.ts": `import { a } from "./short.ts";\nimport { b } from "./shared.ts";\n${lines(60)}`,
      "core/other.ts": `import type { B } from "./shared.ts";\n${lines(60)}`,
      "cli/main.ts": 'const words = await import("./words.ts");',
      "cli/words.ts": lines(9),
      "metrics/dice.ts": lines(9),
      "report/index.ts": 'import { json } from "./json.ts";',
      "report/json.ts": lines(9),
      "masks/bits-wasm.ts": lines(9),
    };
    expect(crumbs(tree)).toEqual([
      "core/short.ts has 59 lines and no reader but core/reader.ts",
      "core/unread.ts has 9 lines and no reader",
    ]);
  });
});
