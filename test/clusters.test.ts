// The files to copy for clusters: they are read as what they are, and say what the command line knows.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { runCli } from "./helpers/run-cli.ts";
import { packageFolder, temporaryFolder } from "./helpers/synthetic.ts";

const folder = join(packageFolder, "docs", "clusters");
const files = readdirSync(folder).sort();

test.each(files)("%s", async (name) => {
  const text = readFileSync(join(folder, name), "utf8");
  if (name.endsWith(".sh")) execFileSync("bash", ["-n", join(folder, name)]);
  else if (name.endsWith(".yaml"))
    for (const document of parseAllDocuments(text)) {
      expect(document.errors).toEqual([]);
      expect(document.toJS()).toMatchObject({ apiVersion: expect.any(String), kind: expect.any(String) });
    }
  else expect(text).toMatch(/^\[Unit\]$.*^\[Service\]$.*^ExecStart=.*^\[Install\]$/ms);
  const lines = text
    .split("\n")
    .filter((line) => /segbench,? (?:run|work)\b/.test(line) && !line.startsWith("#"));
  for (const line of lines) {
    const verb = /segbench,? (run|work)/.exec(line)![1]!;
    const { out } = await runCli([verb, "--help"], { cwd: temporaryFolder() });
    for (const option of line.match(/ --[a-z][a-z-]+/g) ?? []) expect(out, name).toContain(option);
  }
});
