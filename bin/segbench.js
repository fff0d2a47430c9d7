#!/usr/bin/env node
// Starts the built command line; in a checkout that is not built, the sources through tsx.
import { existsSync } from "node:fs";

const built = new URL("../dist/cli/main.js", import.meta.url);
const source = new URL("../src/cli/main.ts", import.meta.url);
if (existsSync(built) || !existsSync(source)) await import(built.href);
else {
  const { register } = await import("tsx/esm/api");
  register();
  await import(source.href);
}
