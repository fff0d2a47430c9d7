// Has anything moved? A real model on real images: the same plan each time, its rows compared with recorded ones to the last bit.
//
//   npm run check:real                               SEGBENCH_DATA or --data DIR: the folder of the real samples
//   npm run check:real -- --benchmarks ppdls-a1      some of them: a minute instead of ten
//   npm run check:real -- --add                      records this machine's numerics class (scripts/check-real/classes.json, rows/)
//   npm run check:real -- --run reports/check-real   looks at a run that is there already
//
// Runs of one class (execution provider, runtime, instruction sets) give the same bytes: there, one row that differs is a failure,
// named with benchmark, image, target and click. On another class sums are rounded in another order and a click may fall on another
// pixel: there, means must be within 0.2 points of the recorded ones, and rows that differ are counted.
// Exit code 0: nothing moved; 1: something did; 2: it could not be checked.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync, gzipSync } from "node:zlib";
import { parse } from "yaml";
import { packageFolder } from "../../src/config/paths.ts";
import { groupBy } from "../../src/core/group-by.ts";
import { sha256 } from "../../src/core/hash.ts";
import type { Manifest } from "../../src/core/plan.ts";
import type { Summary } from "../../src/core/results.ts";
import { differences } from "./compare.ts";
import { type ImageList, imageFacts } from "./images.ts";
import { numericsClass } from "./numerics.ts";

interface Recorded {
  readonly class: string;
  readonly software: Readonly<Record<string, string>>;
  /** File below rows/. */
  readonly rows: string;
  readonly rowCount: number;
  /** Digest of the decoded pixels of each benchmark's images. */
  readonly pixels: Readonly<Record<string, string>>;
  /** SHA-256 of each benchmark's rows. */
  readonly digests: Readonly<Record<string, string>>;
  /** IoU in per cent, by benchmark, then by measure: "@1", "oracle", "@2", ... "box". */
  readonly means: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Means of another class may lie this far off, in points. */
const POINTS = 0.2;

process.chdir(packageFolder);
const home = join("scripts", "check-real");
const [listFile, classesFile] = [join(home, "images.json"), join(home, "classes.json")];
const plan: { benchmarks: string[]; protocols: string[] } = parse(
  readFileSync(join(home, "plan.yaml"), "utf8"),
);
const { values } = parseArgs({
  options: {
    data: { type: "string" },
    benchmarks: { type: "string" },
    run: { type: "string" },
    add: { type: "boolean", default: false },
  },
});

try {
  process.exitCode = await check();
} catch (error) {
  say(`check:real: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}

async function check(): Promise<0 | 1> {
  const data = values.data ?? process.env.SEGBENCH_DATA;
  if (data === undefined) throw new Error("no data: set SEGBENCH_DATA, or give --data DIR");
  const wanted = values.benchmarks?.split(",") ?? plan.benchmarks;
  const unknown = wanted.filter((name) => !plan.benchmarks.includes(name));
  if (unknown.length > 0)
    throw new Error(`not in the plan: ${unknown.join(", ")}; it has ${plan.benchmarks.join(", ")}`);

  const folder = values.run ?? join("reports", "check-real");
  if (values.run === undefined) {
    segbench("pull", "mobile-sam-npm", "--yes");
    const options = ["--data", resolve(data), "--out", folder, "--fresh", "--no-pages"];
    segbench("run", join(home, "plan.yaml"), "--benchmarks", wanted.join(","), ...options);
  }
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
  const summary: Summary = JSON.parse(readFileSync(join(folder, "summary.json"), "utf8"));
  const rows = rowsOf(readFileSync(join(folder, "rows.jsonl"), "utf8"));
  const { software, plan: played } = manifest;
  const own = numericsClass(played.provider ?? "cpu", software["onnxruntime-node"]!, software.platform!);
  if (manifest.hardware.processor !== cpus()[0]?.model.trim())
    throw new Error(
      `${folder} was made on another processor, ${manifest.hardware.processor}: its class is not known here`,
    );
  const means = meansOf(summary, wanted);
  say(table(means));

  const { pixels, moved } = await checkImages(data, wanted, rows);
  const classes: Recorded[] = existsSync(classesFile) ? JSON.parse(readFileSync(classesFile, "utf8")) : [];
  if (values.add) {
    if (values.benchmarks !== undefined)
      throw new Error("--add records all benchmarks: leave --benchmarks out");
    record(classes, { class: own, software, rows, means, pixels });
    return 0;
  }
  const known = classes.find((one) => one.class === own) ?? classes[0];
  if (known === undefined)
    throw new Error(`${classesFile} has no class: \`npm run check:real -- --add\` records this one`);
  const isOwn = known.class === own;
  const before = rowsOf(gunzipSync(readFileSync(join(home, "rows", known.rows))).toString("utf8"));
  let failed = false;
  for (const sentence of moved) say(sentence);
  for (const benchmark of wanted) {
    if (isOwn && known.pixels[benchmark] !== pixels[benchmark]) {
      failed = true;
      say(`${benchmark}: its images are decoded otherwise than when the figures were made`);
    }
    const [was, is] = [before.get(benchmark) ?? [], rows.get(benchmark) ?? []];
    const { rows: count, of, first } = differences(was, is);
    const far = farthestMean(known.means[benchmark]!, means[benchmark]!);
    const equal = known.digests[benchmark] === digestOf(is);
    if (isOwn ? !equal : far.points > POINTS) failed = true;
    say(
      `${benchmark}: ${equal ? `all ${of} rows are the same` : `${count} of ${of} rows differ; ${far.text}`}`,
    );
    if (first !== undefined) say(`  first: ${first}`);
  }
  say(`class: ${own}`);
  if (!isOwn) {
    say(`not recorded; compared with ${known.class}: means may differ by ${POINTS} points`);
    if (!failed)
      say("`npm run check:real -- --add` records this class, so that the next check is to the last bit");
  }
  say(failed ? "something moved" : "nothing moved");
  return failed ? 1 : 0;
}

function segbench(...words: string[]): void {
  const { status, signal } = spawnSync(process.execPath, ["--import", "tsx", "src/cli/main.ts", ...words], {
    stdio: "inherit",
  });
  if (status !== 0) throw new Error(`segbench ${words[0]} ended with ${signal ?? `exit code ${status}`}`);
}

/** Lines of rows.jsonl by benchmark, in their order: those of the plan's protocols, since a run given by --run may have more. */
function rowsOf(text: string): Map<string, string[]> {
  const lines = text.split("\n").filter((line) => line !== "");
  type Keys = { readonly benchmark: string; readonly protocol: string };
  const keys = new Map(lines.map((line) => [line, JSON.parse(line) as Keys]));
  const own = lines.filter((line) => plan.protocols.includes(keys.get(line)!.protocol));
  return groupBy(own, (line) => keys.get(line)!.benchmark);
}

function digestOf(rows: readonly string[]): string {
  return sha256(rows.join("\n"));
}

/**
 * Checks the images of the run, or with --add writes their list. Other targets are other data, an error. `pixels`: a digest for each benchmark;
 * `moved`: sentences about images whose pixels are not those of the first class.
 */
async function checkImages(
  data: string,
  wanted: readonly string[],
  rows: ReadonlyMap<string, readonly string[]>,
): Promise<{ pixels: Record<string, string>; moved: string[] }> {
  const ids = (benchmark: string) => [
    ...new Set((rows.get(benchmark) ?? []).map((line) => (JSON.parse(line) as { sample: string }).sample)),
  ];
  if (values.add && !existsSync(listFile)) {
    const all = await Promise.all(
      wanted.map(async (name) => [name, await imageFacts(name, data, ids(name))]),
    );
    writeFormatted(listFile, Object.fromEntries(all));
  }
  const list: ImageList = JSON.parse(readFileSync(listFile, "utf8"));
  const digests: Record<string, string> = {};
  const moved: string[] = [];
  for (const benchmark of wanted) {
    const known = list[benchmark]!;
    const [expected, played] = [known.map(({ id }) => id), ids(benchmark)];
    if (expected.join("\n") !== played.join("\n"))
      throw new Error(
        `${benchmark}: the run has other images than ${listFile}: ${played.join(", ")} in place of ${expected.join(", ")}`,
      );
    const facts = await imageFacts(benchmark, data, expected);
    digests[benchmark] = sha256(facts.map(({ pixels }) => pixels).join("\n"));
    for (const [i, { id, pixels, targets }] of facts.entries()) {
      if (targets !== known[i]!.targets)
        throw new Error(`${benchmark}, ${id}: its targets are not those that the figures were made from`);
      if (pixels !== known[i]!.pixels)
        moved.push(`${benchmark}, ${id}: its pixels are decoded otherwise than on the first class`);
    }
  }
  return { pixels: digests, moved };
}

/** IoU in per cent by benchmark, and their mean over benchmarks where all are there. */
function meansOf({ cells, suites }: Summary, wanted: readonly string[]): Recorded["means"] {
  const own = (measures: Readonly<Record<string, { value: number } | undefined>>) =>
    Object.entries(measures).flatMap(([id, estimate]) => {
      const name = /^iou@(?:(box)|(\d+))$/.exec(id);
      const title = id === "oracle@1" ? "oracle" : name === null ? undefined : (name[1] ?? `@${name[2]}`);
      return title === undefined || estimate === undefined ? [] : [[title, 100 * estimate.value] as const];
    });
  const by = (benchmark: string) =>
    cells
      .filter((cell) => cell.benchmark === benchmark && plan.protocols.includes(cell.protocol))
      .flatMap(({ measures }) => own(measures));
  const all = suites
    .filter(({ protocol }) => plan.protocols.includes(protocol))
    .flatMap(({ measures }) =>
      own(Object.fromEntries(Object.entries(measures).map(([id, one]) => [id, one?.macro]))),
    );
  return Object.fromEntries([
    ["suite", Object.fromEntries(all)],
    ...wanted.map((name) => [name, Object.fromEntries(by(name))]),
  ]);
}

function farthestMean(was: Readonly<Record<string, number>>, is: Readonly<Record<string, number>>) {
  const [worst] = Object.keys(was)
    .map((name) => ({ name, points: Math.abs((is[name] ?? Number.NaN) - was[name]!) }))
    .sort((a, b) => b.points - a.points);
  const { name = "", points = 0 } = worst ?? {};
  return {
    points: Number.isNaN(points) ? Number.POSITIVE_INFINITY : points,
    text: `its means by at most ${points.toFixed(3)} points (${name})`,
  };
}

function table(means: Recorded["means"]): string {
  const titles = Object.keys(Object.values(means)[1] ?? {});
  const wide = Math.max(...Object.keys(means).map((name) => name.length));
  const line = (name: string, cells: readonly string[]) =>
    [name.padEnd(wide), ...cells.map((cell) => cell.padStart(6))].join("  ");
  const rows = Object.entries(means).map(([name, own]) =>
    line(
      name,
      titles.map((title) => own[title]?.toFixed(1) ?? "-"),
    ),
  );
  return [line("mIoU, %", titles), ...rows].join("\n");
}

function record(
  classes: readonly Recorded[],
  {
    rows,
    ...own
  }: Pick<Recorded, "class" | "software" | "means" | "pixels"> & { rows: Map<string, string[]> },
): void {
  const file = `${own.class.replaceAll(/[^a-zA-Z0-9.]+/g, "-")}.jsonl.gz`;
  mkdirSync(join(home, "rows"), { recursive: true });
  const lines = [...rows.values()].flat();
  writeFileSync(join(home, "rows", file), gzipSync(`${lines.join("\n")}\n`, { level: 9 }));
  const digests = Object.fromEntries([...rows].map(([name, texts]) => [name, digestOf(texts)]));
  const entry: Recorded = { ...own, rows: file, rowCount: lines.length, digests };
  const all = [...classes.filter((one) => one.class !== own.class), entry];
  writeFormatted(classesFile, all);
  say(`recorded: ${own.class}`);
}

/** As `npm run format` leaves it. */
function writeFormatted(file: string, value: unknown): void {
  writeFileSync(file, JSON.stringify(value));
  spawnSync("npx", ["biome", "format", "--write", file]);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
