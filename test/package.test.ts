// Rules of the package as tests: what it depends on, what it contains, what its plug-ins are called.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageFolder } from "../src/config/package.ts";
import { registries } from "../src/config/registries.ts";
import { rowWriters, writers } from "../src/report/index.ts";
import { pluginFolders } from "./helpers/plugin-folders.ts";

const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));

test("every dependency is of one exact version", () => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies };
  for (const [name, version] of Object.entries(all)) expect(`${name} ${version}`).toMatch(/ \d+\.\d+\.\d+$/);
});

test("no module acts by being imported", () => {
  expect(manifest.sideEffects).toBe(false);
});

describe("a plug-in is called as its file", () => {
  const registered: Readonly<Record<string, readonly string[]>> = {
    datasets: Object.keys(registries.adapters),
    prompts: Object.keys(registries.protocols).map((id) => id.replace(/@\d+$/, "")),
    metrics: Object.keys(registries.metrics),
    models: Object.keys(registries.families),
    report: [...Object.keys(writers), ...Object.keys(rowWriters)],
  };

  test.each(Object.entries(pluginFolders))("%s", (folder, shared) => {
    const stems = readdirSync(join(packageFolder, "src", folder))
      .filter((name) => name.endsWith(".ts"))
      .map((name) => name.slice(0, -".ts".length))
      .filter((stem) => stem !== "index" && !shared.includes(stem));
    expect([...(registered[folder] ?? [])].sort()).toEqual(stems.sort());
  });

  test("and protocols and metrics know their own names", () => {
    for (const [id, protocol] of Object.entries(registries.protocols)) expect(protocol.id).toBe(id);
    for (const [name, metric] of Object.entries(registries.metrics)) expect(metric.name).toBe(name);
  });
});
