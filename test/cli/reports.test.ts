// Tables of rows are for runs of a sensible size; larger ones get them on demand.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { writeReports } from "../../src/run/reports.ts";
import { openRunFolder } from "../../src/store/run-folder.ts";
import { contentOf, manifestOf, temporaryFolder, units } from "../store/sample-run.ts";

vi.mock("../../src/core/defaults.ts", async (original) => ({
  ...(await original<typeof import("../../src/core/defaults.ts")>()),
  reportDefaults: { tableLines: 2 },
}));

afterEach(() => vi.restoreAllMocks());

test("tables of too many lines are left out, with a word about it, until they are asked for", async () => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const dir = temporaryFolder();
  const folder = await openRunFolder(dir, manifestOf());
  for (const unit of units) {
    const { rows, masks, timing } = contentOf(unit);
    await folder.append(unit, rows, masks, timing);
  }
  await folder.close();
  const tables = [join(dir, "rows.csv"), join(dir, "rows.parquet")] as const;
  writeFileSync(tables[0], "of an earlier report");

  await writeReports(dir, { print: false });
  expect(tables.map((file) => existsSync(file))).toEqual([false, false]);
  expect(said.mock.calls.map(([text]) => String(text)).join("")).toMatch(
    /^rows.csv and rows.parquet left out: 0.0 million lines \(segbench report \S+ --rows writes them\)\n$/,
  );

  await writeReports(dir, { print: false, rows: true });
  expect(readFileSync(tables[0], "utf8").split("\n").length).toBeGreaterThan(3);
  expect(readFileSync(tables[1]).subarray(0, 4).toString()).toBe("PAR1");
});
