#!/usr/bin/env node
// Starts the built command line, or, in a package that was packed without building (npm skips prepack where scripts are
// ignored), the sources through tsx.
import { existsSync } from "node:fs";

const built = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(built)) await import(built.href);
else {
  const { register } = await import("tsx/esm/api");
  register();
  await import("../src/cli/main.ts");
}
