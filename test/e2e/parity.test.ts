// The whole command on the bundled model and one image of a miniature.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { XMLParser } from "fast-xml-parser";
import { expect, test } from "vitest";
import { readOnnx, writeOnnx } from "../../src/formats/onnx-graph.ts";
import { contextOf, type RunEvent } from "../../src/run/context.ts";
import { parity } from "../../src/run/parity/parity.ts";
import { faults, reordered } from "../helpers/faults.ts";
import { runCli } from "../helpers/run-cli.ts";
import { packageFolder, temporaryFolder } from "../helpers/synthetic.ts";

const tiny = join(packageFolder, "models", "tiny");
const few = ["--benchmarks", "doors"];
const text = (place: string, ...path: string[]) => readFileSync(join(place, ...path), "utf8");

async function variant(place: string, name: string, stages: readonly string[], plant: typeof reordered) {
  mkdirSync(join(place, name));
  for (const stage of ["encoder", "decoder"]) {
    const model = await readOnnx(join(tiny, `${stage}.onnx`));
    await writeOnnx(join(place, name, `${stage}.onnx`), stages.includes(stage) ? plant(model) : model);
  }
}

test("a graph in another order is the same model: nothing differs, every limit is kept", async () => {
  const place = temporaryFolder();
  await variant(place, "reordered", ["encoder", "decoder"], reordered);
  const { code, out, err } = await runCli(
    ["parity", "tiny", "reordered", ...few, "--out", "out", "--tag", "export"],
    {
      cwd: place,
    },
  );
  expect(err).toMatch(/gate parity: reordered: passed/);
  expect(code).toBe(0);
  expect(out).toMatch(/Identical: no bit differs .* \(10 prompts on 1 image\)/);
  expect(JSON.parse(text(place, "out", "history.jsonl"))).toMatchObject({
    ...{ verb: "parity", tag: "export", status: "finished", units: { before: 0, after: 1, expected: 1 } },
    command: "segbench parity tiny reordered --benchmarks doors --out out --tag export",
  });
  expect(existsSync(join(place, "out", "reference", "history.jsonl"))).toBe(false);
  const summary = JSON.parse(text(place, "out", "parity.json"));
  expect(summary).toMatchObject({ identical: true, diagnoses: [], worst: [], remarks: [] });
  expect(summary.format).toBe("segbench/parity@2");
  expect(summary.protocols.map(({ measures }: { measures: { id: string }[] }) => measures[0]!.id)).toEqual([
    "iou@1",
    "iou@box",
  ]);
  expect(summary.cells[0]).toMatchObject({
    embedding: { identical: true, max: 0, snr: null },
    logits: { max: 0, mean: 0, signs: 0 },
    agreement: { mean: 1, min: 1 },
  });
}, 300_000);

test("a mistake breaks the gate, is named in every report, and twice the same is the same", async () => {
  const place = temporaryFolder();
  const { plant } = faults.find(({ name }) => name === "xy-swapped")!;
  await variant(place, "swapped", ["decoder"], plant);
  const words = ["parity", "tiny", "swapped/encoder.onnx,swapped/decoder.onnx", ...few];
  const { code, out } = await runCli([...words, "--out", "one"], { cwd: place });
  expect(code).toBe(100);
  const cause =
    "decoder: Coordinates: the decoder takes them as y, x (its correction removes all of the error)";
  expect(out).toContain(`1. ${cause}`);
  expect(text(place, "one", "parity.md")).toContain(`1. **${cause}**`);
  expect(text(place, "one", "parity.html")).toContain("Coordinates: the decoder takes them as y, x");
  const { testsuites } = new XMLParser({ ignoreAttributes: false }).parse(text(place, "one", "junit.xml"));
  // A mistake is a fact; what one image says of agreement and scores is not enough.
  expect(Number(testsuites["@_failures"])).toBe(1);
  expect(Number(testsuites["@_skipped"])).toBeGreaterThan(3);
  expect(text(place, "one", "junit.xml")).toContain("on 1 image: too few for an interval");
  expect(testsuites.testsuite["system-out"]).toContain(cause);

  const again = await runCli([...words, "--out", "two"], { cwd: place });
  expect(again.code).toBe(100);
  for (const file of [
    "parity.jsonl",
    "parity.json",
    "junit.xml",
    "reference/rows.jsonl",
    "candidate/rows.jsonl",
  ])
    expect(text(place, "two", file)).toBe(text(place, "one", file));

  const compared = await runCli(["compare", "one/reference", "one/candidate", "--out", "three", "--json"], {
    cwd: place,
  });
  const free = JSON.parse(text(place, "one", "parity.json")).changes[0].free.difference.value;
  expect(JSON.parse(compared.out).pairs[0].groups[0].measures[0].difference.value).toBe(free);
}, 300_000);

test("a limit on time holds the calls of the same images, and says why it is undecided", async () => {
  const place = temporaryFolder();
  const limits = ["encode", "decode"].map((stage) => `  - { measure: time@${stage}, maxSlowdown: 1.5 }`);
  writeFileSync(join(place, "gate.yaml"), ["name: speed", "limits:", ...limits].join("\n"));
  const words = ["parity", "tiny", "tiny", "--benchmarks", "ndd20", "--protocols", "box@1", "--limit", "2"];
  const { code, err } = await runCli([...words, "--gate", "gate.yaml", "--out", "out"], { cwd: place });
  expect(code).toBe(101);
  expect(err).toMatch(
    /undecided: time of an encoder call: slowdown; expected at most 1\.5 times the reference's, got [\d.]+ image by image \(medians [\d.]+ -> [\d.]+ ms\) on 1 image: too few for an interval; at least 6 images would decide it\n/,
  );
  expect(text(place, "out", "junit.xml")).toMatch(/on 2 images: too few for an interval/);
}, 300_000);

test("what is wrong with a gate or a candidate is said before anything is played", async () => {
  const place = temporaryFolder();
  writeFileSync(
    join(place, "gate.yaml"),
    "name: gate\nlimits:\n  - { measure: agrement, min: 1 }\n  - { measure: size, on: each-benchmark }\n",
  );
  const gate = await runCli(["parity", "tiny", "tiny", "--gate", "gate.yaml", "--out", "out"], {
    cwd: place,
  });
  expect(gate.code).toBe(1);
  expect(gate.err).toMatch(
    /gate\.yaml:3:16 limits\[0\]\.measure: .*"agrement" \(did you mean "agreement"\?\)/,
  );
  writeFileSync(
    join(place, "old.yaml"),
    "name: old\nlimits:\n  - { measure: miou-change, min: -1 }\n  - { measure: predicted-iou-error, max: 2 }\n",
  );
  const old = await runCli(["parity", "tiny", "tiny", "--gate", "old.yaml", "--out", "out"], { cwd: place });
  expect(old.code).toBe(1);
  expect(old.err).toMatch(
    /old\.yaml:3:16 limits\[0\]\.measure: was renamed; expected score-change; got "miou-change"$/m,
  );
  expect(old.err).toMatch(/old\.yaml:4:16 .*; expected predicted-error; got "predicted-iou-error"$/m);
  const blocked = await runCli(["parity", "tiny", "tiny", ...few, "--out", "old.yaml/out"], { cwd: place });
  expect(blocked.err).toMatch(
    /^error: .*old\.yaml\/out: the folder cannot be created; got a file on the way to [^\n]*\n$/,
  );
  mkdirSync(join(place, "empty"));
  const folder = await runCli(["parity", "tiny", "empty", ...few], { cwd: place });
  expect(folder.err).toMatch(/^error: empty: has no encoder; expected encoder\.onnx/m);
  const files = await runCli(["parity", "a.onnx,b.onnx", "tiny", ...few], { cwd: place });
  expect(files.err).toMatch(/^error: a\.onnx,b\.onnx: there is no such file or folder; /);
  const nowhere = await runCli(["parity", "tiny", "no/such", ...few], { cwd: place });
  expect(nowhere.err).toMatch(
    /^error: no\/such: there is no such file or folder; expected a model card by name/m,
  );
  const unknown = await runCli(["parity", "tiny", "nope", ...few], { cwd: place });
  expect(unknown.err).toMatch(/^error: candidate: unknown model; [^\n]*; got "nope"\n$/);
}, 300_000);

test("all masks of an image: settings of both sides by --generator, and the expected time before the first of them", async () => {
  const place = temporaryFolder();
  const settings = ["pointsPerSide=3", "predictedIou=0", "stability=0"].flatMap((one) => [
    "--generator",
    one,
  ]);
  const words = ["parity", "tiny", tiny, ...few, "--protocols", "everything@1", ...settings, "--out", "out"];
  const { code, err } = await runCli(words, { cwd: place });
  expect(code).toBe(0);
  expect(err).toMatch(/^expected: about \d.*: 9 points in 1 image, .* a point/m);
  for (const side of ["reference", "candidate"]) {
    const { generators } = JSON.parse(text(place, "out", side, "manifest.json")).plan;
    expect(generators["everything@1"]).toMatchObject({ pointsPerSide: 3, predictedIou: 0, stability: 0 });
  }
}, 300_000);

test("all masks of an image: stopped within it, not after it; there is no verdict and no row", async () => {
  const place = temporaryFolder();
  const stop = new AbortController();
  let after = 0;
  const onEvent = (event: RunEvent) => {
    if (event.type !== "advanced") return;
    if (stop.signal.aborted) after += event.by ?? 1;
    stop.abort();
  };
  const done = await parity(
    { reference: "tiny", candidate: tiny },
    {
      ...{ benchmarks: ["doors"], protocols: ["everything@1"], generator: { pointsPerSide: 12 } },
      ...{ batch: 1, out: "out" },
    },
    contextOf({ cwd: place, signal: stop.signal, onEvent }),
  );
  expect(done).toBeUndefined();
  expect(after).toBe(0);
  expect(text(place, "out", "reference", "rows.jsonl")).toBe("");
  expect(JSON.parse(text(place, "out", "history.jsonl"))).toMatchObject({ status: "stopped" });
}, 300_000);
