// What is printed fits the terminal, whatever the verb: no line is wider, unless it is one word.
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageFolder } from "../../src/config/paths.ts";
import { displayWidth } from "../../src/report/kit/format.ts";
import { runCli } from "../helpers/run-cli.ts";

const verbs = [
  ...["benchmarks", "models", "families", "protocols", "metrics", "formats"].map((what) => ["list", what]),
  ["inspect", join("models", "tiny", "encoder.onnx"), join("models", "tiny", "decoder.onnx")],
  ["validate", "doors", "ppdls", "--data", join("datasets", "samples")],
];

test.each([60, 80, 160])(
  "%i columns",
  async (columns) => {
    for (const words of verbs) {
      const { code, out } = await runCli(words, { cwd: packageFolder, env: { COLUMNS: String(columns) } });
      expect([words.join(" "), code]).toEqual([words.join(" "), 0]);
      const wide = out
        .split("\n")
        .filter((line) => displayWidth(line) > columns && /\S +\S/.test(line.trim()));
      expect(wide).toEqual([]);
    }
  },
  60_000,
);

test("a pipe gets every column", async () => {
  const { out } = await runCli(["list", "benchmarks"], { cwd: packageFolder, env: { COLUMNS: "" } });
  expect(out).not.toContain("wider terminal");
  expect(out.split("\n")[0]).toMatch(/name .* domain .* mask .* images .* masks .* licence .* data .* pull/);
});
