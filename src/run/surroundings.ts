import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";
import { packageFolder } from "../config/paths.ts";

export const version: string = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")).version;

/** Versions of what can change a number. */
export function software(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const sharp = require("sharp") as { versions: Record<string, string | undefined> };
  return {
    segbench: version,
    node: process.versions.node,
    "onnxruntime-node": versionOf(require, "onnxruntime-node"),
    sharp: sharp.versions.sharp ?? versionOf(require, "sharp"),
    libvips: sharp.versions.vips ?? "unknown",
    platform: `${process.platform}-${process.arch}`,
  };
}

function versionOf(require: NodeJS.Require, name: string): string {
  const main = require.resolve(name);
  const root = main.slice(
    0,
    main.lastIndexOf(`${join("node_modules", name)}`) + join("node_modules", name).length,
  );
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
}

export function hardware(): Record<string, string | number> {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
}
