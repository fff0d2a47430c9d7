// What tests of this checkout held against which oracle: runs them and keeps what they noted (`held` of test/helpers/oracle.ts).
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import type { TestCase } from "vitest/node";
import { startVitest } from "vitest/node";
import type { Held } from "../../test/helpers/oracle.ts";
import { filesBelow, type HeldFile } from "./page.ts";

/** Test files that read an oracle, directly or through a helper of theirs. */
export function oracleTests(): string[] {
  const asks = /\b(againstOracle|holdAll|holdCases|held)\(/;
  return filesBelow("test", ".test.ts").filter((file) => asks.test(readFileSync(file, "utf8")));
}

/** Runs the tests; throws where one fails, since then nothing can be said. */
export async function heldNow(files = oracleTests()): Promise<HeldFile[]> {
  const notes: (Held & { readonly test: string })[] = [];
  const failed: string[] = [];
  const reporter = {
    onTestCaseResult: (test: TestCase) => {
      const { state } = test.result();
      if (state === "failed") failed.push(test.fullName);
      const file = relative(process.cwd(), test.module.moduleId);
      for (const note of test.meta().held ?? []) notes.push({ ...note, test: file });
    },
  };
  const vitest = await startVitest("test", files, {
    run: true,
    watch: false,
    reporters: [reporter],
  });
  await vitest.close();
  if (failed.length > 0 || notes.length === 0)
    throw new Error(`tests failed: ${failed.join("; ") || "none was run"}`);
  return together(notes);
}

function together(notes: readonly (Held & { readonly test: string })[]): HeldFile[] {
  const files = new Map<string, HeldFile>();
  for (const { oracle, cases, difference, allowed, unit, test } of notes) {
    const key = `${oracle} ${unit ?? ""}`;
    const known = files.get(key) ?? {
      oracle,
      cases: 0,
      difference: 0,
      allowed: 0,
      tests: [],
      ...(unit && { unit }),
    };
    files.set(key, {
      ...known,
      cases: known.cases + cases,
      difference: Math.max(known.difference, difference),
      allowed: Math.max(known.allowed, allowed),
      tests: [...new Set([...known.tests, test])].sort(),
    });
  }
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file);
}
