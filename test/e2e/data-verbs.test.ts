// `init data`, `pull`, `validate` and `list benchmarks`, from nothing to data that can be run.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { lockText, thisMachine } from "../../src/store/owner.ts";
import { zipOf } from "../helpers/archives.ts";
import { fileServer, proxyServer } from "../helpers/file-server.ts";
import { runCli, startCli } from "../helpers/run-cli.ts";
import { packageFolder, temporaryFolder, workPlace } from "../helpers/synthetic.ts";

// Each test starts the command line several times.
vi.setConfig({ testTimeout: 240_000 });

const noProxy = Object.fromEntries(
  ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "SEGBENCH_MIRROR"].map((name) => [name, ""]),
);
const cli = (cwd: string, env: Record<string, string>, ...words: string[]) =>
  runCli(words, { cwd, env: { ...noProxy, ...env } });

/** Files below a folder, names and contents. */
function filesOf(folder: string, below = ""): [string, Buffer][] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const name = join(below, entry.name);
    return entry.isDirectory()
      ? filesOf(folder, name)
      : [[name, readFileSync(join(folder, name))] as [string, Buffer]];
  });
}

const namesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder).sort() : []);

/** A place with a card "dots", whose archive is served: its two images and four masks. */
async function dotsPlace(more: object = {}, noise = 0) {
  const made = await workPlace({ images: 2, targets: 2 });
  const files = filesOf(join(made, "data")).map(([name, data]) => ({ name, data }));
  const archive = zipOf([...files, ...(noise > 0 ? [{ name: "noise.bin", data: randomBytes(noise) }] : [])]);
  const at = temporaryFolder();
  mkdirSync(join(at, "datasets"));
  const card = {
    ...JSON.parse(readFileSync(join(made, "dots.yaml"), "utf8")),
    expected: { images: 2, masks: 4 },
    download: [{ url: "https://data.example.org/dots.zip", file: "dots.zip", unpack: "zip" }],
    ...more,
  };
  writeFileSync(join(at, "datasets", "dots.yaml"), JSON.stringify(card));
  const server = await fileServer({ "/dots.zip": { body: archive, etag: '"1"' } });
  const env = { ...noProxy, SEGBENCH_MIRROR: `${server.origin}/`, SEGBENCH_DATA: join(at, "data") };
  return { at, archive, server, env, data: join(at, "data"), root: join(at, "data", "dots") };
}

describe("init data", () => {
  test("writes a folder for each card, and leaves a person's files alone", async () => {
    const at = temporaryFolder();
    mkdirSync(join(at, "d", "ade20k"), { recursive: true });
    writeFileSync(join(at, "d", "ade20k", "README.md"), "my notes");
    mkdirSync(join(at, "d", "trashcan"), { recursive: true });
    writeFileSync(join(at, "d", "trashcan", "dataset.txt"), "data");
    const first = await cli(at, {}, "init", "data", "--data", "d");
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toContain("d/ade20k/README.md was not written by segbench: left alone\n");
    expect(first.out).toContain("d/trashcan holds data: left alone\n");
    expect(first.out).toContain("d/bbbc038v1/README.md written\n");
    expect(first.out).toMatch(/\nd: \d+ written, 0 renewed, 0 unchanged\n$/);
    expect(readFileSync(join(at, "d", "ade20k", "README.md"), "utf8")).toBe("my notes");
    expect(namesIn(join(at, "d", "trashcan"))).toEqual(["dataset.txt"]);
    const readme = join(at, "d", "bbbc038v1", "README.md");
    const text = readFileSync(readme, "utf8");
    for (const part of [
      "# BBBC038v1 (Data Science Bowl 2018, stage 1 train)",
      "- Licence: CC0-1.0",
      "- Cite: Caicedo et al.",
      "- Expected: 670 images, 29461 masks",
      "`segbench pull bbbc038v1 --data d`, or by hand:",
      "- https://data.broadinstitute.org/bbbc/BBBC038/stage1_train.zip, unpacked into `stage1_train/`",
      "images: stage1_train/{image}/images/{image}.png",
      "segbench validate bbbc038v1 --data d",
    ])
      expect(text).toContain(part);

    writeFileSync(readme, text.replace("CC0-1.0", "old"));
    const second = await cli(at, {}, "init", "data", "--data", "d");
    expect(second.out).toContain("d/bbbc038v1/README.md renewed\n");
    expect(second.out).toMatch(/\nd: 0 written, 1 renewed, \d+ unchanged\n$/);
    expect(readFileSync(readme, "utf8")).toBe(text);
  });

  test("folders with nothing but our README are absent", async () => {
    const at = temporaryFolder();
    await cli(at, {}, "init", "data", "--data", "d");
    const { code, out } = await cli(at, {}, "validate", "bbbc038v1", "ppdls", "--data", "d");
    expect(code).toBe(0);
    expect(out).toContain("bbbc038v1: absent; to get it: segbench pull bbbc038v1 --data d\n");
    expect(out).toContain("ppdls: absent; to get it: download ");
  });

  test("of something else, and where nothing can be written", async () => {
    const at = temporaryFolder();
    expect(await cli(at, {}, "init", "models")).toMatchObject({
      code: 1,
      err: 'error: segbench init: nothing of that kind can be made; expected data, got "models"\n',
    });
    const { code, err } = await cli(at, {}, "init", "data", "--data", "/proc/segbench");
    expect(code).toBe(1);
    expect(err).toMatch(/^error: \/proc\/segbench\/\S+\/README\.md: cannot be written; got nothing at/);
  });
});

describe("pull", () => {
  test("from nothing to data that validate", async () => {
    const { at, env, root, data, archive } = await dotsPlace();
    const asked = await cli(at, env, "pull", "dots");
    expect(asked).toMatchObject({ code: 2, out: "" });
    expect(asked.err).toBe(
      [
        "dots: Dots",
        "  licence  CC0; https://example.org/dots",
        `  archive  https://data.example.org/dots.zip (${(archive.length / 1000).toFixed(archive.length < 10_000 ? 1 : 0)} kB) -> data/dots`,
        "error: nothing was fetched; add --yes to fetch this under these licences",
        "",
      ].join("\n"),
    );
    expect(existsSync(data)).toBe(false);

    const pulled = await cli(at, env, "pull", "dots", "--yes");
    expect(pulled).toMatchObject({
      code: 0,
      out: "dots: fetched, in data/dots; next: segbench validate dots\n",
    });
    expect(namesIn(root)).toEqual(["img0000", "img0001"]);
    expect(namesIn(data)).toEqual(["dots", "segbench-lock.json"]);
    const checked = await cli(at, env, "validate", "dots", "--full");
    expect(checked).toMatchObject({
      code: 0,
      out: "dots: 2 of 2 images, 4 of 4 masks; 2 images decoded: 4 ok\n  a run: 2 images, 4 masks\n",
    });
    const again = await cli(at, env, "pull", "dots", "--yes");
    expect(again.out).toBe("dots: was fetched before, in data/dots; next: segbench validate dots\n");
  });

  test("a killed process leaves a part that the next one goes on with", async () => {
    const { at, env, root, server, archive, data } = await dotsPlace({}, 3_000_000);
    server.files["/dots.zip"] = { body: archive, etag: '"1"', slow: 50 };
    const { child, finished } = startCli(["pull", "dots", "--yes"], { cwd: at, env });
    const part = join(root, "dots.zip.part");
    for (let i = 0; i < 400 && !(existsSync(part) && statSync(part).size > 200_000); i++) await sleep(50);
    child.kill("SIGKILL");
    expect(await finished).toMatchObject({ signal: "SIGKILL" });
    const { size } = statSync(part);
    expect(size).toBeGreaterThan(200_000);
    expect(size).toBeLessThan(archive.length);
    expect(namesIn(root)).toEqual(["dots.zip.part", "dots.zip.part.json"]);
    expect((await cli(at, env, "validate", "dots")).out).toBe(
      "dots: absent; to get it: segbench pull dots\n",
    );

    server.files["/dots.zip"] = { body: archive, etag: '"1"' };
    server.asked.length = 0;
    expect(await cli(at, env, "pull", "dots", "--yes")).toMatchObject({ code: 0 });
    expect(server.asked).toEqual([`GET /dots.zip bytes=${size}-`]);
    expect(namesIn(root)).toEqual(["img0000", "img0001", "noise.bin"]);
    expect(namesIn(data)).toEqual(["dots", "segbench-lock.json"]);
  });

  test("interrupted: exit code 130, and the same command resumes", async () => {
    const { at, env, root, server, archive } = await dotsPlace({}, 3_000_000);
    server.files["/dots.zip"] = { body: archive, etag: '"1"', slow: 50 };
    const { child, finished } = startCli(["pull", "dots", "--yes"], { cwd: at, env });
    const part = join(root, "dots.zip.part");
    for (let i = 0; i < 400 && !(existsSync(part) && statSync(part).size > 0); i++) await sleep(50);
    child.kill("SIGINT");
    const { code, err } = await finished;
    expect(code).toBe(130);
    expect(err).toMatch(/stopped: what came so far is kept; the same command continues\n$/);
    expect(namesIn(root)).toEqual(["dots.zip.part", "dots.zip.part.json"]);
    server.files["/dots.zip"] = { body: archive, etag: '"1"' };
    expect(await cli(at, env, "pull", "dots", "--yes")).toMatchObject({ code: 0 });
  });

  test("several at once: what cannot be pulled is said, the others come", async () => {
    const { at, env, root } = await dotsPlace();
    const { code, err } = await cli(at, env, "pull", "ade20k", "dots", "--yes");
    expect(code).toBe(1);
    expect(err).toContain(
      "error: ade20k cannot be pulled (images for non-commercial research, annotations BSD-3-Clause): download ADE20K_2021_17_01.zip from https://ade20k.csail.mit.edu and unpack into data/ade20k\n",
    );
    expect(namesIn(root)).toEqual(["img0000", "img0001"]);
  });

  test("data that a person put there are left alone", async () => {
    const { at, env, root, server } = await dotsPlace();
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, "mine.png"), "mine");
    const { code, err } = await cli(at, env, "pull", "dots", "--yes");
    expect(code).toBe(0);
    expect(err).toBe(
      "dots: data/dots holds data that pull did not fetch: left alone; segbench validate dots checks them\n",
    );
    expect(namesIn(root)).toEqual(["mine.png"]);
    expect(server.asked).toEqual([]);
  });

  test("what goes wrong is one sentence with exit code 1", async () => {
    const { at, env, root, server, data } = await dotsPlace({
      download: [
        { url: "https://data.example.org/dots.zip", file: "dots.zip", unpack: "zip", sha256: "0".repeat(64) },
      ],
    });
    const wrong = await cli(at, env, "pull", "dots", "--yes");
    expect(wrong.code).toBe(1);
    expect(wrong.err).toMatch(
      /error: dots: https:\/\/data\.example\.org\/dots\.zip: differs in checksum from its card; expected 0{64}, got [0-9a-f]{64}\n$/,
    );
    expect(namesIn(root)).toEqual([]);
    delete server.files["/dots.zip"];
    const gone = await cli(at, env, "pull", "dots", "--yes");
    expect(gone.code).toBe(1);
    expect(gone.err).toMatch(
      /error: dots: https:\/\/data\.example\.org\/dots\.zip: the file is no longer on the server; expected dots\.zip \(status 200\), got status 404\n$/,
    );
    expect(namesIn(data)).toEqual([]);
  });

  test("while another process fetches: 75, and the same command goes on later", async () => {
    const { at, env, data } = await dotsPlace();
    mkdirSync(data);
    writeFileSync(join(data, "pull.lock"), lockText({ ...thisMachine(), pid: process.ppid }));
    const busy = await cli(at, env, "pull", "dots", "--yes");
    expect(busy.code).toBe(75);
    expect(busy.err).toMatch(/\nerror: dots: .*: another process is writing this data folder; /);
    expect((await cli(at, env, "pull", "dots", "ade20k", "--yes")).code).toBe(1);
    rmSync(join(data, "pull.lock"));
    expect((await cli(at, env, "pull", "dots", "--yes")).code).toBe(0);
  });

  test("the answer n: said, and nothing is fetched", async () => {
    const { at, env, data, server } = await dotsPlace();
    const refused = await runCli(["pull", "dots"], { cwd: at, env, answer: "n" });
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toMatch(/\nerror: nothing was fetched\n$/);
    expect([existsSync(data), server.asked]).toEqual([false, []]);
    expect((await runCli(["pull", "dots"], { cwd: at, env, answer: "y" })).code).toBe(0);
  });

  test("through a proxy", async () => {
    const { at, env, root, server } = await dotsPlace({
      download: [{ url: "http://data.example.org/dots.zip", file: "dots.zip", unpack: "zip" }],
    });
    const proxy = await proxyServer(server.origin);
    const result = await cli(
      at,
      { ...env, SEGBENCH_MIRROR: "", HTTP_PROXY: proxy.origin },
      "pull",
      "dots",
      "--yes",
    );
    expect(result).toMatchObject({ code: 0 });
    expect(result.err).not.toContain("experimental");
    expect(proxy.passed).toEqual([
      "HEAD http://data.example.org/dots.zip",
      "GET http://data.example.org/dots.zip",
    ]);
    expect(namesIn(root)).toEqual(["img0000", "img0001"]);
  });

  test("an unknown name", async () => {
    const { code, err } = await cli(temporaryFolder(), {}, "pull", "bbbc38v1");
    expect(code).toBe(1);
    expect(err).toMatch(
      /^error: segbench pull: unknown benchmark or model; .*\(did you mean "bbbc038v1"\?\)\n$/,
    );
  });
});

describe("validate", () => {
  test("part of a set is no error, and easily seen", async () => {
    const { at, env, root } = await dotsPlace();
    await cli(at, env, "pull", "dots", "--yes");
    rmSync(join(root, "img0001"), { recursive: true });
    const { code, out } = await cli(at, env, "validate", "dots");
    expect(code).toBe(0);
    expect(out).toBe(
      [
        "dots: 1 of 2 images, 2 of 4 masks; 1 images decoded: 2 ok",
        "  NOTE: 1 of 2 images: a part of the benchmark",
        "  the rest: move data/dots away, then: segbench pull dots",
        "  a run: 1 images, 2 masks",
        "",
      ].join("\n"),
    );
  });

  test("what is there and wrong is an error, with names", async () => {
    const { at, env, root } = await dotsPlace();
    await cli(at, env, "pull", "dots", "--yes");
    writeFileSync(join(root, "img0001", "masks", "t0.png"), "no picture");
    const broken = await cli(at, env, "validate", "dots");
    expect(broken.code).toBe(1);
    expect(broken.out).toMatch(
      /\n {2}img0001: target t0: img0001\/masks\/t0\.png: the \w+ cannot be decoded; .*\n/,
    );
    rmSync(join(root, "img0001", "masks", "t0.png"));
    const missing = await cli(at, env, "validate", "dots");
    expect(missing.code).toBe(1);
    expect(missing.out).toContain("  dots: wrong number of masks; expected 4, got 3\n");
    rmSync(join(root, "img0000"), { recursive: true });
    rmSync(join(root, "img0001"), { recursive: true });
    writeFileSync(join(root, "other.txt"), "other");
    const nothing = await cli(at, env, "validate", "dots", "--json");
    expect(nothing.code).toBe(1);
    expect(JSON.parse(nothing.out)).toMatchObject([
      { name: "dots", status: "invalid", wanted: "move data/dots away, then: segbench pull dots" },
    ]);
  });

  test("--model says how long a run takes, --json everything", async () => {
    const { at, env } = await dotsPlace();
    await cli(at, env, "pull", "dots", "--yes");
    const { code, out } = await cli(at, env, "validate", "dots", "--model", "tiny");
    expect(code).toBe(0);
    expect(out).toMatch(
      /\n {2}a run: 2 images, 4 masks; about \d+ s for tiny with sam1-d1@1 and \d+ workers?\n$/,
    );
    const json = JSON.parse((await cli(at, env, "validate", "dots", "--model", "tiny", "--json")).out);
    expect(json).toMatchObject([
      {
        ...{ name: "dots", status: "fine" },
        check: { found: { images: 2, masks: 4, labelled: 2 }, part: false, loaded: 2, problems: [] },
        run: { images: 2, masks: 4, counted: true, seconds: expect.any(Number) },
      },
    ]);
  });

  test("--model: a model of clips is timed on clips, and on no images", async () => {
    const words = [
      "validate",
      "davis2017-val",
      "doors",
      "--data",
      "datasets/samples",
      "--model",
      "tiny-video",
    ];
    const { code, out } = await cli(packageFolder, {}, ...words);
    expect([
      code,
      out.match(/^ {2}a run: .*$/gm)?.map((line) => line.replace(/about .* s for/, "about so long for")),
    ]).toEqual([
      0,
      [
        expect.stringMatching(
          /^ {2}a run: 2 clips, 16 frames, 5 tracks; about so long for tiny-video with vos-mask@1 and \d+ workers?$/,
        ),
        "  a run: 6 images, 5 masks; not timed: tiny-video takes clips",
      ],
    ]);
  });

  test("--samples: the bundled miniatures have exactly the counts of their cards", async () => {
    const { code, out } = await cli(
      packageFolder,
      {},
      "validate",
      "--samples",
      "bbbc038v1",
      "trashcan",
      "--json",
    );
    expect(JSON.parse(out)).toMatchObject([
      { name: "bbbc038v1", status: "fine", check: { found: { images: 6, masks: 134 }, loaded: 6 } },
      { name: "trashcan", status: "fine", check: { found: { images: 6, masks: 49 }, loaded: 6 } },
    ]);
    expect(code).toBe(0);
  });

  test("one total, that of the images decoded, and what was noted", async () => {
    expect((await cli(packageFolder, {}, "validate", "--samples", "doors")).out).toBe(
      [
        "doors: 6 of 6 images, 5 of 5 masks; 6 images decoded: 5 ok, 1 dropped empty",
        "  note: images without a mask to score: 1 (Te2_04999)",
        "  a run: 6 images, 5 masks\n",
      ].join("\n"),
    );
  });
});

describe("list benchmarks", () => {
  test("says what is there and what can be pulled", async () => {
    const { at, env } = await dotsPlace();
    await cli(at, env, "pull", "dots", "--yes");
    const { code, out } = await cli(at, env, "list", "benchmarks");
    expect(code).toBe(0);
    expect(out).toMatch(/^name +domain +mask +images +masks +licence +data +pull$/m);
    expect(out).toMatch(/^dots +objects +instance +2 +4 +CC0 +present +yes$/m);
    expect(out).toMatch(/^bbbc038v1 +microscopy +instance +670 +29461 +CC0-1\.0 +absent +yes$/m);
    expect(out).toMatch(/^ade20k +scenes +instance +2000 .* absent +no$/m);
    expect(out).toMatch(/\n\d+ benchmarks, 1 of them in data\./);
    const listed = JSON.parse((await cli(at, env, "list", "benchmarks", "--json")).out);
    expect(listed.find((one: { name: string }) => one.name === "dots")).toMatchObject({
      ...{ present: true, pullable: true, root: join(at, "data", "dots") },
      card: { licence: "CC0", expected: { images: 2, masks: 4 } },
    });
  });

  test("of cards that share a folder, each is present whose own files are there", async () => {
    const samples = join(packageFolder, "datasets", "samples");
    const { out } = await cli(temporaryFolder(), {}, "list", "benchmarks", "--data", samples, "--json");
    const listed: { name: string; present: boolean }[] = JSON.parse(out);
    expect(
      listed.flatMap(({ name, present }) => (name.startsWith("saco-") && present ? [name] : [])),
    ).toEqual(["saco-gold-metaclip", "saco-silver-droid"]);
  });

  test("the other lists are as they were", async () => {
    const { code, out } = await cli(temporaryFolder(), {}, "list", "metrics");
    expect(code).toBe(0);
    expect(out).toMatch(/^name +default +title +unit +better\n.*\niou +yes +IoU +share +higher\n/);
    expect(out).toMatch(
      /\nWhat each costs:\niou +nothing: [\s\S]*\nhd95 +that of NSD; with it, next to nothing\n/,
    );
    const json = JSON.parse((await cli(temporaryFolder(), {}, "list", "metrics", "--json")).out);
    expect(json.map(({ name }: { name: string }) => name)).toEqual([
      ...["iou", "dice", "boundary", "nsd", "hd95", "empty"],
    ]);
    expect(json[0]).toMatchObject({
      title: "IoU",
      summary: expect.stringMatching(/^IoU: pixels that prediction and ground truth share/),
    });
  });
});

test("models are listed with their size, licence and whether their files are here", async () => {
  const { out } = await cli(temporaryFolder(), {}, "list", "models");
  expect(out).toMatch(/^name +title +takes +family +size +licence +files\n/);
  expect(out).toMatch(
    /\nsam-vit-b-int8 +SAM ViT-B, 8-bit weights +images +sam +109 MB +Apache-2.0 +(pull|present)\n/,
  );
  expect(out).toMatch(/\ntiny-video +Tiny video +clips +tiny-video +11 MB +MIT +present\n/);
  expect(out).toMatch(/\n\d+ models, the files of \d+ are here\. pull: segbench pull NAME fetches them\.\n$/);
});

test("a listing that does not exist, or none, is wrong usage, with those that do", async () => {
  const { code, err } = await cli(temporaryFolder(), {}, "list", "bogus");
  expect(code).toBe(2);
  expect(err).toMatch(/Allowed choices are benchmarks, models, families, protocols, metrics, formats/);
  const none = await cli(temporaryFolder(), {}, "list");
  expect(none.code).toBe(2);
  expect(none.err).toContain(
    "list needs a word: benchmarks, models, families, protocols, metrics, formats\n",
  );
});
