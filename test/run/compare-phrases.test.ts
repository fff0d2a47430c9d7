import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compare } from "../../src/run/compare/compare.ts";
import { contextOf } from "../../src/run/context.ts";
import { score } from "../../src/run/score/score.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const data = join(root, "datasets/samples");

test("two models phrase by phrase: what changed most, answers that came and went, pictures of both", async () => {
  const out = mkdtempSync(join(tmpdir(), "phrases-"));
  const context = contextOf({ cwd: out, env: {} });
  try {
    const { annotations } = JSON.parse(
      readFileSync(join(data, "saco-silver/silver_droid_merged_test.json"), "utf8"),
    ) as { annotations: readonly { image_id: number; segmentation: unknown }[] };
    const right = annotations.map(({ image_id, segmentation }) => ({ image_id, segmentation, score: 0.9 }));
    const [first] = right;
    // One phrase is not answered any more, and one that names nothing is.
    const named = new Set(right.map(({ image_id }) => image_id));
    const alarm = [5, 6, 1, 2, 3].find((id) => !named.has(id))!;
    const other = [
      ...right.filter(({ image_id }) => image_id !== first!.image_id),
      { ...first!, image_id: alarm, score: 0.61 },
    ];
    for (const [name, answers] of Object.entries({ base: right, other })) {
      writeFileSync(join(out, `${name}.json`), JSON.stringify(answers));
      const { complete } = await score("saco-silver-droid", `${name}.json`, { data, out: name }, context);
      expect(complete).toBe(true);
    }
    const gate = join(root, "configs/gates/export-phrases.yaml");
    const { comparison, dir } = await compare(["base", "other"], { data, gate, out: "both" }, context);
    const lines = comparison.pairs[0]!.gate!.checks.map(({ where, what, got }) => `${where} ${what}: ${got}`);
    expect(lines).toContain("concept@1 answered overall targets moved: 40.00 % (2 of 5)");
    // More answers are neither better nor worse.
    const overall = comparison.pairs[0]!.groups.find(({ kind }) => kind === "overall")!;
    const answered = overall.measures.find(({ measure }) => measure === "answered")!;
    expect(answered.targets).toEqual({ better: 0, same: 3, worse: 0, moved: 2 });
    expect(answered.changed?.[0]).toEqual({ by: 0.1, better: 0, worse: 0, moved: 2 });
    const report = readFileSync(join(dir, "comparison.md"), "utf8");
    expect(report).toMatch(/\| answered \|[^\n]*\| 2 moved \| 40\.0 \|/);
    expect(report).toMatch(
      /### The phrases that changed most\n\n\| phrase \| difference of query F1 \| pmF1, % \|[^\n]*\n[^\n]*\n(\| [a-z ]+ \| -\d[^\n]*\n){2}/,
    );
    const page = readFileSync(join(dir, "comparison.html"), "utf8");
    expect(page.match(/<figure class="change">/g)).toHaveLength(1);
    expect(page).toMatch(
      /alt="The answer of other to “[a-z ]+” in saco-silver-droid image [^"]+, query F1 0\.0.%"/,
    );
    // One of the two images is not among the samples.
    expect(page).toContain("No pictures of saco-silver-droid");
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
});
