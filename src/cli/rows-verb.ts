// The verb rows: by which a terminal has the numbers of the page's list of targets.
import { InvalidArgumentError } from "commander";
import { complain } from "../core/errors.ts";
import type { RowsQuery } from "../view/rows.ts";
import { exitCodes } from "./exit.ts";
import { count, type Verbs } from "./options.ts";

interface RowsFlags extends RowsQuery {
  readonly row?: number;
  readonly first: number;
  readonly json?: boolean;
}

/** Adds it to the program. */
export function addRowsVerb({ root, terminal, act, step }: Verbs): void {
  root
    .command("rows <run>")
    .description(
      "the targets of a run, filtered and sorted as the page of `view` does, or all that is measured of one",
    )
    .option("--row <n>", "this row alone, by its place in rows.jsonl from 0", place)
    .option("--protocol <id>", "rows of this protocol")
    .option("--model <name>", "of this model")
    .option("--benchmark <name>", "of this benchmark")
    .option("--benchmarks <names>", "or of these")
    .option("--category <name>", "of this category")
    .option("--status <word>", "ok, dropped or failed")
    .option("--size <name>", "of this size")
    .option("--text <words>", "with these words in sample, target, category or benchmark")
    .option(
      "--sort <id>",
      "by this measure, whose id --row shows, or by share, of the image (default: as the run has them, with the main measure beside)",
    )
    .option("--minus <id>", "by its difference from this one")
    .option("--against <model>", "beside: with --minus beside:ID the difference is from this model")
    .option("--other <run>", "of this run")
    .option("--order <word>", "ascending (usual), descending, or far: the largest difference first")
    .option("--first <n>", "so many rows", count, 20)
    .option("--json", "print them as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  segbench rows reports/mine --protocol sam1-d1@1 --sort share --first 10\n  segbench rows reports/mine --row 17\n\nWhat can be named: docs/view.md",
    )
    .action(
      act(async (run: string, { row, first, json = false, ...query }: RowsFlags) => {
        const { listRows, readRow } = await import("../view/rows.ts");
        const { rowsText, rowText } = await import("./rows-text.ts");
        const { screenOf } = await import("./screen.ts");
        const print = (found: unknown, text: () => string) =>
          terminal.stdout.write(`${json ? JSON.stringify(found, undefined, 2) : text()}\n`);
        await step(async (context) => {
          const [filter] = Object.keys(query);
          if (row !== undefined && filter !== undefined)
            throw complain("segbench rows", "--row names a row by itself", {
              expected: "no filter and no order beside it",
              got: `--${filter}`,
            });
          if (row === undefined) {
            const found = await listRows(run, query, first, context);
            print(found, () => rowsText(found, query, screenOf(terminal)));
          } else {
            const found = await readRow(run, row, context);
            print(found, () => rowText(row, found, screenOf(terminal)));
          }
        });
        return exitCodes.fine;
      }),
    );
}

function place(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Expected a whole number from 0.");
  return Number(text);
}
