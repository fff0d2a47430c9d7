// compare and baseline through the real command line: exit codes, exact messages, files.

import { cpSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import sharp from "sharp";
import { beforeAll, expect, test } from "vitest";
import { checkSchema } from "../../src/config/yaml/schema.ts";
import type { Comparison } from "../../src/core/results.ts";
import { runCli } from "../helpers/run-cli.ts";
import { sharedFolder, temporaryFolder, workPlace, writeDiskModel } from "../helpers/synthetic.ts";

const read = (...path: string[]) => readFileSync(join(...path), "utf8");

/**
 * Two sets, `dots` and `discs` of other sizes, two models of which the second paints larger disks, and a run of them, `out`: made
 * once, and copied by each test.
 */
const made = sharedFolder();
beforeAll(async () => {
  const [place, other] = [join(made, "place"), join(made, "other")];
  await workPlace({ images: 9, targets: 2 }, { place });
  await workPlace({ images: 5, targets: 2, width: 120, height: 40 }, { place: other });
  renameSync(join(other, "data"), join(place, "more"));
  const card = JSON.parse(read(place, "dots.yaml"));
  writeFileSync(join(place, "discs.yaml"), JSON.stringify({ ...card, name: "discs", title: "Discs" }));
  writeDiskModel(place, "large", { mask: { threshold: -1 } });
  const lines = [
    "name: run",
    "models: [./constant.yaml, ./large.yaml]",
    "benchmarks: [{ name: ./dots.yaml, root: data }, { name: ./discs.yaml, root: more }]",
    "protocols: [sam1-d1@1, box@1]",
  ];
  writeFileSync(join(place, "run.yaml"), `${lines.join("\n")}\n`);
  const run = await runCli(["run", "run.yaml", "--no-pages", "--out", "out"], { cwd: place });
  expect(run).toMatchObject({ code: 0 });
}, 120_000);

function twoModels(): string {
  const place = join(temporaryFolder(), "place");
  cpSync(join(made, "place"), place, { recursive: true });
  // As if it had been run there.
  const history = join(place, "out", "history.jsonl");
  writeFileSync(history, readFileSync(history, "utf8").replaceAll(join(made, "place"), place));
  return place;
}

function gate(place: string, name: string, ...limits: string[]): string {
  const lines = [`name: ${name}`, "limits:", ...limits.map((limit) => `  - ${limit}`)];
  writeFileSync(join(place, `${name}.yaml`), `${lines.join("\n")}\n`);
  return `${name}.yaml`;
}

test("two models of one run, gates, a baseline", async () => {
  const place = twoModels();
  const cli = (...words: string[]) => runCli(words, { cwd: place });

  const plain = await cli("compare", "out", "--out", "plain");
  expect(plain).toMatchObject({ code: 0, err: "" });
  expect(plain.out).toContain("large against constant\n");
  expect(plain.out).toContain("sam1-d1@1: 28 masks compared\n");
  expect(plain.out).toMatch(/\nreport: plain\/comparison\.html\n$/);
  const comparison: Comparison = JSON.parse(read(place, "plain", "comparison.json"));
  expect(comparison).toMatchObject({ format: "segbench/comparison@2", forced: false });
  expect(comparison.pairs[0]!.differences).toEqual(["model.card.mask.threshold: 0 in base, -1 in candidate"]);
  for (const file of ["comparison.html", "comparison.md"])
    expect(existsSync(join(place, "plain", file))).toBe(true);
  expect(existsSync(join(place, "plain", "junit.xml"))).toBe(false);
  // The images, where the run found them.
  expect(/<img [^>]*alt="target \w+ in dots image/.test(read(place, "plain", "comparison.html"))).toBe(true);

  // Times lie beside the comparison, never in it; those of another machine are refused, and the scores are compared all the same.
  const times = (folder: string) => JSON.parse(read(place, folder, "time.json"));
  expect(checkSchema("time", times("plain"))).toEqual([]);
  expect(times("plain")).toMatchObject({
    ...{ format: "segbench/time@1", base: "constant" },
    pairs: [{ candidate: "large", sitting: { provider: "cpu", threads: 1 } }],
  });
  expect(times("plain").pairs[0].stages.map(({ stage }: { stage: string }) => stage)).toEqual([
    ...["image", "encode", "decode"],
  ]);
  const lines = read(place, "out", "timing.jsonl")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const large = lines.filter(({ model }) => model === "large").map(({ calls: [own] }) => own);
  const first = large.filter(({ first: stages = [] }) => stages.includes("encode"));
  expect(first.length).toBeGreaterThan(0);
  expect(first.length).toBeLessThanOrEqual(large[0].sitting.workers);
  expect(plain.out).toMatch(
    / points \(IoU, 1 click\)(?: for [\d.]+ times the (?:time|speed)|, no clear difference in time)/,
  );
  expect(read(place, "plain", "comparison.md")).toContain("## Time beside quality");
  cpSync(join(place, "out"), join(place, "elsewhere"), { recursive: true });
  const timing = join(place, "elsewhere", "timing.jsonl");
  writeFileSync(
    timing,
    readFileSync(timing, "utf8").replaceAll(/"processor":"[^"]*"/g, '"processor":"Another"'),
  );
  const slow = gate(place, "slow", "{ metric: time@image, maxSlowdown: 1.1 }");
  const moved = await cli("compare", "out:constant", "elsewhere:large", "--gate", slow, "--out", "moved");
  expect(moved).toMatchObject({ code: 101 });
  const [, why = ""] = /Time is not compared: (.*)\.\n/.exec(moved.out) ?? [];
  expect(why).toMatch(
    /^the two sides were timed on different machines: processor .* in base, Another in candidate$/,
  );
  expect(moved.err).toContain(
    `time of an image's calls: slowdown; expected at most 1.1 times the base's, got no time: ${why}\n`,
  );
  expect(existsSync(join(place, "moved", "time.json"))).toBe(false);

  // The same pair by name, the other way round: mirrored; and twice the same bytes.
  const passes = gate(
    place,
    "passes",
    "{ metric: failures, max: 0 }",
    "{ metric: iou@1, minDifference: -100 }",
  );
  const [back, again, passed, small] = await Promise.all([
    cli("compare", "out:large", "out:constant", "--json", "--out", "back"),
    cli("compare", "out", "--base", "constant", "--out", "again"),
    cli("compare", "out", "--gate", passes, "--out", "passed"),
    cli("baseline", "out:constant", "--out", "baselines/constant.jsonl.gz"),
  ]);
  const mirrored: Comparison = JSON.parse(back.out);
  const suite = (of: Comparison) => of.pairs[0]!.groups[0]!.measures[0]!.difference;
  expect(suite(mirrored).value).toBeCloseTo(-suite(comparison).value, 12);
  expect(again).toMatchObject({ code: 0, err: "" });
  for (const file of ["comparison.json", "comparison.html", "comparison.md"])
    expect(read(place, "again", file)).toBe(read(place, "plain", file));
  expect(passed).toMatchObject({ code: 0, err: "gate passes: large: passed: 3 limits kept\n" });
  expect(read(place, "passed", "junit.xml")).toContain('<testsuites name="segbench" tests="3" failures="0"');
  expect(read(place, "passed", "gate.md")).toContain("🟢 Gate `passes` passed: 3 limits kept.");
  expect(small).toMatchObject({ code: 0, out: "baselines/constant.jsonl.gz: 56 targets of constant\n" });

  const fails = gate(
    place,
    "fails",
    "{ metric: iou@1, on: each-benchmark, minDifference: -0.1 }",
    "{ metric: iou@box, benchmarks: [dots], minDifference: -100, maxLost: { by: 10, share: 100 } }",
    "{ metric: dice@1, on: each-domain, min: 1 }",
  );
  const misspelt = gate(place, "misspelt", "{ metric: iou@1, minDiference: -1 }");
  const [failed, wrong, blessed] = await Promise.all([
    cli("compare", "out", "--gate", fails, "--out", "failed"),
    cli("compare", "out", "--gate", misspelt, "--out", "none"),
    cli("compare", "baselines/constant.jsonl.gz", "out:large", "--out", "blessed"),
  ]);
  expect(failed).toMatchObject({
    code: 100,
    err: "gate fails: large: failed: 1 of 5 limits broken\n  broken: sam1-d1@1, IoU, 1 click on dots: difference; expected at least -0.1 points, got -0.19 points (12.03 -> 11.84) on 9 images\n",
  });
  const junit = read(place, "failed", "junit.xml");
  expect(junit).toContain('<testsuites name="segbench" tests="5" failures="1" errors="0" skipped="0">');
  expect(junit).toContain(
    'message="expected at least -0.1 points, got -0.19 points (12.03 -&gt; 11.84) on 9 images"',
  );
  expect(read(place, "failed", "gate.md")).toContain("🔴 Gate `fails` **failed**: 1 of 5 limits broken.");
  expect(wrong).toMatchObject({
    code: 1,
    out: "",
    err: 'error: misspelt.yaml:3:22 limits[0].minDiference: unknown key; expected one of metric, protocol, on, benchmarks, domains, minImages, min, max, minDifference, maxDifference, minLowerBound, maxUpperBound, minShare, maxSlowdown, maxMoved, maxLost; got "minDiference" (did you mean "minDifference"?)\n',
  });
  expect(existsSync(join(place, "none"))).toBe(false);
  expect(blessed).toMatchObject({ code: 0, err: "" });
  expect(JSON.parse(read(place, "blessed", "comparison.json"))).toEqual({
    ...comparison,
    base: { ...comparison.base, folder: "baselines/constant.jsonl.gz" },
  });

  // Nine images where thirty are wanted: nothing is said, unless something is broken beside it.
  const few = [
    "{ metric: iou@box, benchmarks: [dots], minImages: 30, minDifference: -10 }",
    "{ metric: failures, max: 0 }",
  ];
  const [undecided, beside] = await Promise.all([
    cli("compare", "out", "--gate", gate(place, "few", ...few), "--out", "few"),
    cli(
      "compare",
      "out",
      "--gate",
      gate(place, "both", ...few, "{ metric: iou@1, min: 90 }"),
      "--out",
      "both",
    ),
  ]);
  const found = "expected at least -10 points, got +0.87 points (11.16 -> 12.03) on 9 images";
  const reason = `${found}: fewer than minImages (30); 30 images with the same result would keep it`;
  expect(undecided).toMatchObject({
    code: 101,
    err: `gate few: large: undecided: 1 of 3 limits, the others kept\n  undecided: box@1, IoU, box on dots: difference; ${reason}\n`,
  });
  expect(read(place, "few", "junit.xml")).toContain('tests="3" failures="0" errors="0" skipped="1">');
  expect(read(place, "few", "junit.xml")).toContain(`<skipped message="${reason.replace(">", "&gt;")}"/>`);
  expect(read(place, "few", "gate.md")).toContain(
    "🟡 Gate `few` **undecided**: 1 of 3 limits, the others kept.",
  );
  expect(JSON.parse(read(place, "few", "comparison.json")).pairs[0].gate).toMatchObject({
    verdict: "undecided",
    checks: [{ verdict: "undecided", images: 9, needed: 30 }, { verdict: "passed" }, { verdict: "passed" }],
  });
  expect(beside.code).toBe(100);
  expect(beside.err).toContain("gate both: large: failed: 1 of 4 limits broken, 1 undecided\n  broken: ");

  // The verdict goes with the comparison that it is of; a junit.xml of something else stays.
  for (const folder of ["failed", "plain"]) {
    writeFileSync(join(place, "plain", "junit.xml"), "mine");
    expect(await cli("compare", "out", "--out", folder)).toMatchObject({ code: 0 });
    expect(existsSync(join(place, folder, "gate.md"))).toBe(false);
    expect(existsSync(join(place, folder, "junit.xml"))).toBe(folder === "plain");
    expect(JSON.parse(read(place, folder, "comparison.json"))).toEqual(comparison);
  }
}, 600_000);

test("pictures of what changed most, of the very images that were scored", async () => {
  const place = twoModels();
  const cli = (...words: string[]) => runCli(words, { cwd: place });
  expect(await cli("run", "run.yaml", "--no-pages", "--out", "bare", "--no-save-masks")).toMatchObject({
    code: 0,
  });
  const page = async (name: string, ...words: string[]) => {
    // Where that takes long, it says how far it is.
    const { code, err } = await cli("compare", "out", ...words, "--out", name);
    expect([code, err.replaceAll(/^(?:comparing|drawing|writing) .*\n/gm, "")]).toEqual([0, ""]);
    return parseHTML(read(place, name, "comparison.html")).document;
  };
  renameSync(join(place, "data"), join(place, "dots"));
  renameSync(join(place, "more"), join(place, "discs"));

  const whole = await page("whole", "--data", ".");
  const [pair] = (JSON.parse(read(place, "whole", "comparison.json")) as Comparison).pairs;
  const figures = [...whole.querySelectorAll("figure.change")];
  expect(figures.length).toBe(pair!.examples.length);
  expect(figures.length).toBeGreaterThan(4);
  expect(whole.body.textContent).not.toContain("No pictures");
  for (const [n, example] of pair!.examples.entries()) {
    const { benchmark, sample, target, base, candidate } = example;
    expect(figures[n]!.querySelector(".where")!.textContent).toBe(`${sample} · target ${target}`);
    const alts = [...figures[n]!.querySelectorAll("img")].map((img) => img.getAttribute("alt"));
    expect(alts).toEqual([
      expect.stringMatching(`in ${benchmark} image ${sample}: .*, IoU ${(100 * base).toFixed(1)} %$`),
      expect.stringMatching(`in ${benchmark} image ${sample}: .*, IoU ${(100 * candidate).toFixed(1)} %$`),
    ]);
    for (const img of figures[n]!.querySelectorAll("img"))
      expect(img.getAttribute("src")).toMatch(/^data:image\/webp;base64,[A-Za-z0-9+/=]{500,}$/);
  }

  // A mask that was not scored: no picture, and a sentence.
  const changed = pair!.examples.find(({ benchmark }) => benchmark === "dots")!;
  const mask = join(place, "dots", changed.sample, "masks", `${changed.target}.png`);
  const { width, height } = await sharp(mask).metadata();
  const black = sharp({ create: { width, height, channels: 3, background: "#000" } }).composite([
    { input: Buffer.from('<svg width="9" height="9"><rect width="9" height="9" fill="#fff"/></svg>') },
  ]);
  await black.toColourspace("b-w").png().toFile(`${mask}.new`);
  renameSync(`${mask}.new`, mask);
  const tampered = await page("tampered", "--data", ".");
  const same = pair!.examples.filter(
    ({ benchmark, sample, target }) =>
      benchmark === "dots" && sample === changed.sample && target === changed.target,
  );
  expect(tampered.querySelectorAll("figure.change").length).toBe(figures.length - same.length);
  expect(tampered.body.textContent).toContain("No pictures of dots: the images that were scored");

  // Without masks.
  expect(await cli("compare", "bare", "--out", "nothing", "--data", ".")).toMatchObject({ code: 0, err: "" });
  expect(read(place, "nothing", "comparison.html")).toContain(
    "No pictures of constant: bare was run without masks.",
  );
}, 600_000);

test("what is refused, by every name, and what is wrong usage", async () => {
  const place = await workPlace({ images: 2, targets: 1 });
  const cli = (...words: string[]) => runCli(words, { cwd: place });
  const run = (out: string, ...words: string[]) =>
    cli("run", "run.yaml", "--no-pages", "--out", out, ...words);
  expect(await run("a")).toMatchObject({ code: 0 });
  const card = JSON.parse(read(place, "dots.yaml"));
  writeFileSync(join(place, "dots.yaml"), JSON.stringify({ ...card, version: 2, description: "Prose." }));
  expect(await run("b", "--seed", "7", "--limit", "1", "--protocols", "box@1", "--batch", "3")).toMatchObject(
    { code: 0 },
  );

  const refused = await cli("compare", "a", "b");
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.err.replace(/[0-9a-f]{12}\.\.\./g, "HASH")).toBe(
    [
      "error: b:constant: cannot be compared with a:constant: their numbers do not mean the same",
      "  seed: segbench in base, 7 in candidate",
      "  protocols: sam1-d1@1 only in base",
      "  benchmarks.dots.images: 2 in base, 1 in candidate",
      "  benchmarks.dots.subsetHash: HASH in base, HASH in candidate",
      "  benchmarks.dots.card.version: 1 in base, 2 in candidate",
      "--force compares what both have, and marks the report",
      "",
    ].join("\n"),
  );
  const forced = await cli("compare", "a", "b", "--force", "--out", "forced");
  expect(forced).toMatchObject({ code: 0 });
  expect(forced.out).toContain(
    "forced: the two sides differ in what affects numbers\n  seed: segbench in base, 7 in candidate",
  );
  const comparison: Comparison = JSON.parse(read(place, "forced", "comparison.json"));
  expect(comparison.forced).toBe(true);
  expect(comparison.protocols.map(({ id }) => id)).toEqual(["box@1"]);
  expect(comparison.pairs[0]!.differences).toEqual([
    "batch: 16 in base, 3 in candidate",
    "model.card.batch: 16 in base, 3 in candidate",
  ]);
  expect(comparison.pairs[0]!.cells[0]!.pairing).toMatchObject({ pairs: 1, unpaired: { "only in base": 1 } });

  const strange = gate(
    place,
    "strange",
    "{ metric: iou1, min: 1 }",
    "{ metric: iou@box, protocol: box@2, min: 1 }",
    "{ metric: iou@box, benchmarks: [dotz], on: overall, min: 1 }",
    "{ metric: failures, minShare: 99 }",
    "{ metric: iou@box }",
  );
  const cases: readonly (readonly [words: readonly string[], code: number, err: string])[] = [
    [
      ["a", "b", "--force", "--gate", strange],
      1,
      [
        'error: strange.yaml:3:15 limits[0].metric: not measured; expected one of iou@box, oracle@box, failures, unpaired, time@image, time@frame, time@encode, time@decode; got "iou1"',
        'strange.yaml:4:34 limits[1].protocol: not compared; expected box@1; got "box@2" (did you mean "box@1"?)',
        "strange.yaml:5:36 limits[2].benchmarks: more than one place; expected one of on, benchmarks, domains; got on, benchmarks",
        'strange.yaml:5:37 limits[2].benchmarks[0]: not compared; expected dots; got "dotz" (did you mean "dots"?)',
        "strange.yaml:6:35 limits[3].minShare: not a limit of failures; expected one of max, maxDifference; got minShare",
        "strange.yaml:7:5 limits[4]: no limit; expected one of min, max, minDifference, maxDifference, minLowerBound, maxUpperBound, minShare, maxLost, maxMoved",
      ].join("\n"),
    ],
    [
      ["a"],
      1,
      "error: a: there is nothing to compare with; expected two runs, or one with several models, got one model: constant",
    ],
    [["a", "b:nope"], 1, "error: b: has no such model; expected constant, got nope"],
    [
      ["a", "nix"],
      1,
      "error: nix: is neither a run folder nor a baseline; expected a folder with manifest.json, FOLDER:MODEL, or a file of `segbench baseline`, got no such file",
    ],
    [
      ["a", "run.yaml"],
      1,
      `error: ${join(place, "run.yaml")}: is not a baseline; expected gzip of JSON lines, got incorrect header check`,
    ],
    [[], 2, "error: missing required argument 'base'\n(see --help)"],
  ];
  const found = await Promise.all(cases.map(([words]) => cli("compare", ...words)));
  for (const [i, [, code, err]] of cases.entries())
    expect(found[i]).toMatchObject({ code, out: "", err: `${err}\n` });
}, 600_000);
