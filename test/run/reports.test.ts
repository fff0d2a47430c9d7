// Tables of rows are for runs of a sensible size; larger ones get them on demand.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { eventText } from "../../src/cli/event-text.ts";
import { contextOf, type RunEvent } from "../../src/run/context.ts";
import { writeReports } from "../../src/run/report/reports.ts";
import { openRunFolder } from "../../src/store/run-folder.ts";
import { contentOf, manifestOf, temporaryFolder, units } from "../store/sample-run.ts";

// Files before this one may have loaded the modules with the usual limits, and those after it want them.
vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());

vi.mock("../../src/core/defaults.ts", async (original) => ({
  ...(await original<typeof import("../../src/core/defaults.ts")>()),
  reportDefaults: { tableLines: 2 },
}));

test("tables of too many lines are left out, with a word about it, until they are asked for", async () => {
  const dir = temporaryFolder();
  const folder = await openRunFolder(dir, manifestOf(), { check: () => [] });
  for (const unit of units) {
    const { rows, masks, timing } = contentOf(unit);
    await folder.append(unit, rows, masks, timing);
  }
  await folder.close();
  const tables = [join(dir, "rows.csv"), join(dir, "rows.parquet")] as const;
  writeFileSync(tables[0], "of an earlier report");
  const events: RunEvent[] = [];
  const context = contextOf({
    cwd: dir,
    onEvent: (event) => {
      if (event.type !== "preparing") events.push(event);
    },
  });

  const { summary, input } = await writeReports(dir, {}, context);
  expect(input.summary).toBe(summary);
  expect(tables.map((file) => existsSync(file))).toEqual([false, false]);
  expect(events).toEqual([
    { type: "rowsLeftOut", dir, files: ["rows.csv", "rows.parquet"], lines: expect.any(Number) },
  ]);
  expect(eventText(events[0]!, { cwd: dir })).toMatch(
    /^rows.csv and rows.parquet left out: 0.0 million lines \(segbench report \S+ --rows writes them\)$/,
  );

  await writeReports(dir, { rows: true }, context);
  expect(events).toHaveLength(1);
  expect(readFileSync(tables[0], "utf8").split("\n").length).toBeGreaterThan(3);
  expect(readFileSync(tables[1]).subarray(0, 4).toString()).toBe("PAR1");
});
