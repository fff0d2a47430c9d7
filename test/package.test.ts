// Rules of the package as tests: what it depends on, what it contains, what its plug-ins are called.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageFolder } from "../src/config/paths.ts";
import { registries } from "../src/config/registries.ts";
import { adapters } from "../src/datasets/index.ts";
import { conceptFamilies, families, videoFamilies } from "../src/models/index.ts";
import { exporters } from "../src/report/export/index.ts";
import { rowWriters, writers } from "../src/report/index.ts";
import { pluginFolders } from "./helpers/plugin-folders.ts";
import { importsOf, readTree } from "./helpers/source-tree.ts";

const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));

test("every dependency is of one exact version", () => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies };
  for (const [name, version] of Object.entries(all))
    expect(`${name} ${version}`).toMatch(/ \d+\.\d+\.\d+(?:-r\.\d+)?$/);
});

test("no module acts by being imported", () => {
  expect(manifest.sideEffects).toBe(false);
});

test("what was built is shipped, without sources and what only they need", () => {
  expect(manifest.files).toContain("dist");
  expect(manifest.files).not.toContain("src");
  expect(manifest.exports["."]).toEqual({ types: "./dist/index.d.ts", default: "./dist/index.js" });
  expect(manifest.types).toBe(manifest.exports["."].types);
  for (const name of ["tsx", "typescript"]) {
    expect(Object.keys(manifest.dependencies)).not.toContain(name);
    expect(Object.keys(manifest.devDependencies)).toContain(name);
  }
});

test("what is installed beside the package is used by it", () => {
  const used = importsOf(readTree()).filter(({ to }) => !to.endsWith(".ts") && !to.startsWith("node:"));
  const packages = new Set(used.map(({ to }) => /^(?:@[^/]+\/)?[^/]+/.exec(to)![0]));
  const beside = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  expect(beside.filter((name) => !packages.has(name))).toEqual([]);
});

test("the build has the licences of what it holds: bundled packages, what their authors bundled into them, and the page's", () => {
  const text = readFileSync(join(process.env.SEGBENCH_BUILT_CLI!, "../licenses.md"), "utf8");
  for (const name of ["yaml", "linkedom", "css-select", "htmlparser2", "delaunator", "internmap", "preact"])
    expect(text).toMatch(new RegExp(`^## ${name} [\\d.]+ \\([\\w-]+\\)\\n\\n\\w`, "m"));
  for (const name of Object.keys(manifest.dependencies)) expect(text).not.toContain(`\n## ${name} `);
});

test("a format is loaded where it is used", async () => {
  for (const load of Object.values(adapters)) expect((await load()).list).toBeTypeOf("function");
});

test("families are light: nothing that runs a model is loaded with them", () => {
  const imports = importsOf(readTree()).filter(({ later }) => !later);
  const loaded = new Set(["models/index.ts"]);
  for (const file of loaded) for (const { from, to } of imports) if (from === file) loaded.add(to);
  for (const name of Object.keys(families)) expect(loaded).toContain(`models/families/${name}.ts`);
  expect([...loaded].filter((name) => !name.endsWith(".ts") && !name.startsWith("node:"))).toEqual([]);
});

describe("a plug-in is called as its file", () => {
  const registered: Readonly<Record<string, readonly string[]>> = {
    datasets: Object.keys(registries.adapters),
    "eval/interactive/protocols": Object.keys(registries.tasks.interactive!.protocols).map((id) =>
      id.replace(/@\d+$/, ""),
    ),
    metrics: Object.keys(registries.metrics),
    "models/families": Object.keys(families),
    "models/video/families": Object.keys(videoFamilies),
    "models/concept/families": Object.keys(conceptFamilies),
    "report/export": Object.keys(exporters),
    report: [...Object.keys(writers), ...Object.keys(rowWriters)],
  };

  test.each(Object.entries(pluginFolders))("%s", (folder, shared) => {
    const stems = readdirSync(join(packageFolder, "src", folder))
      .filter((name) => name.endsWith(".ts"))
      .map((name) => name.slice(0, -".ts".length))
      .filter((stem) => stem !== "index" && !shared.includes(stem));
    expect([...(registered[folder] ?? [])].sort()).toEqual(stems.sort());
  });

  test("and protocols, metrics and families know their own names", () => {
    for (const [id, protocol] of Object.entries(registries.protocols)) expect(protocol.id).toBe(id);
    for (const [name, metric] of Object.entries(registries.metrics)) expect(metric.name).toBe(name);
    for (const [name, family] of Object.entries({ ...families, ...videoFamilies, ...conceptFamilies }))
      expect(family.name).toBe(name);
  });
});
