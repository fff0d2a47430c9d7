// Makes the pages once: a run of the bundled model and a stricter copy of it on a few miniatures, and their comparison.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { packageFolder } from "../../src/config/paths.ts";
import { runCli } from "../helpers/run-cli.ts";
import { chromiumPath } from "./chromium.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Folder with run/report.html and compared/comparison.html. */
    pages: string;
  }
}

export default async function makePages(project: TestProject): Promise<() => void> {
  chromiumPath();
  const place = mkdtempSync(join(tmpdir(), "segbench-browser-"));
  const model = (name: string) => join(packageFolder, "models", "tiny", `${name}.onnx`);
  writeFileSync(
    join(place, "strict.yaml"),
    JSON.stringify({
      ...{ name: "strict", title: "Tiny, strict", description: "Masks from logits above 2.", family: "sam" },
      files: { encoder: model("encoder"), decoder: model("decoder") },
      ...{ image: { size: 256 }, mask: { threshold: 2 }, licence: "MIT", source: "models/tiny" },
    }),
  );
  const lines = [
    "name: pages",
    "title: Pages",
    `data: ${join(packageFolder, "datasets", "samples")}`,
    "models: [tiny, ./strict.yaml]",
    "benchmarks: [hypersim, ndd20, ovis, plittersdorf, { name: trashcan, limit: 2 }]",
    "protocols: [sam1-d1@1, box@1]",
    "limit: 1",
  ];
  writeFileSync(join(place, "pages.yaml"), `${lines.join("\n")}\n`);
  const data = join(packageFolder, "datasets", "samples");
  for (const words of [
    ["run", "pages.yaml", "--out", "run"],
    ["compare", "run", "--out", "compared", "--data", data],
  ]) {
    const { code, err } = await runCli(words, { cwd: place });
    if (code !== 0) throw new Error(`segbench ${words.join(" ")}: exit code ${code}\n${err}`);
  }
  project.provide("pages", place);
  return () => rmSync(place, { recursive: true, force: true });
}
