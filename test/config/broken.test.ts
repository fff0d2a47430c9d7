// Broken files and their exact messages: NAME.yaml and NAME.txt in broken/ are a test. Its first line says what the file should be.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadCard } from "../../src/config/cards.ts";
import { prepare } from "../../src/config/runs/prepare.ts";
import { renderProblem, SegbenchError } from "../../src/core/errors.ts";
import { folder, home, registries } from "./fakes.ts";

const broken = join(folder, "broken");
const names = readdirSync(broken)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => name.slice(0, -".yaml".length));

describe("every problem of a broken file is told at once", () => {
  test.each(names)("%s", async (name) => {
    const path = join(broken, `${name}.yaml`);
    const [, kind] = /^# yaml-language-server: \$schema=.*\/([a-z-]+)\.schema\.json\n/.exec(
      readFileSync(path, "utf8"),
    )!;
    const found = `${await messages(kind!, path)}\n`;
    const wanted = join(broken, `${name}.txt`);
    const changed = join(broken, `${name}-changed.txt`);
    rmSync(changed, { force: true });
    const expected = existsSync(wanted) ? readFileSync(wanted, "utf8") : "";
    if (found !== expected) writeFileSync(changed, found);
    expect(found).toBe(expected);
  });
});

async function messages(kind: string, path: string): Promise<string> {
  if (kind === "model-card" || kind === "dataset-card") {
    const card = await loadCard(kind === "model-card" ? "model" : "benchmark", path, folder);
    return card.problems.map(renderProblem).join("\n");
  }
  const error = await prepare({ file: path, cwd: folder, env: {}, home }, registries).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SegbenchError);
  return (error as SegbenchError).message;
}

test.each([
  ["duplicate-key", ["duplicate-key"]],
  ["malformed-yaml", ["malformed"]],
  ["missing-env", ["not-found"]],
  ["missing-root", ["not-found"]],
  ["unknown-key", ["unknown-key"]],
  ["unknown-names", ["unknown-name"]],
])("programs can tell what is wrong by its code: %s", async (name, codes) => {
  const error = await prepare(
    { file: join(broken, `${name}.yaml`), cwd: folder, env: {}, home },
    registries,
  ).catch((thrown: unknown) => thrown);
  const { code, problems } = error as SegbenchError;
  expect([...new Set(problems.map((problem) => problem.code))]).toEqual(codes);
  expect(code).toBe(codes[0]);
});
