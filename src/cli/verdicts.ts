// What is printed about a comparison, and the verdict of its gate.
import { join } from "node:path";
import type { GateResult } from "../core/results.ts";
import { comparisonWriters } from "../report/comparison/index.ts";
import { checksOf, gateMessage, verdictText } from "../report/kit/checks.ts";
import { parityWriters } from "../report/parity/index.ts";
import type { Compared } from "../run/compare.ts";
import type { ParityDone } from "../run/parity.ts";
import { type GateVerdict, verdictOf } from "../stats/verdict.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { screenOf } from "./screen.ts";
import { printPlace, say, type Terminal } from "./terminal.ts";

/** The table, where the pages lie, and the verdict of the gate. */
export function printComparison({ comparison, dir }: Compared, json: boolean, terminal: Terminal): ExitCode {
  if (json) terminal.stdout.write(comparisonWriters.json.render(comparison));
  else {
    terminal.stdout.write(comparisonWriters.terminal.render(comparison, undefined, screenOf(terminal)));
    printPlace("report", join(dir, "comparison.html"), terminal);
  }
  const verdicts = comparison.pairs.flatMap(({ candidate, gate }) =>
    gate === undefined ? [] : [printGate(gate, candidate, terminal)],
  );
  return codes[verdictOf(verdicts)];
}

export function printParity({ dir, input }: ParityDone, json: boolean, terminal: Terminal): ExitCode {
  if (json) terminal.stdout.write(parityWriters.json.render(input));
  else {
    terminal.stdout.write(parityWriters.terminal.render(input, screenOf(terminal)));
    printPlace("report", join(dir, "parity.html"), terminal);
  }
  const { gate, candidate } = input.summary;
  return gate === undefined ? exitCodes.fine : codes[printGate(gate, candidate.name, terminal)];
}

const codes: Readonly<Record<GateVerdict, ExitCode>> = {
  passed: exitCodes.fine,
  broken: exitCodes.gate,
  undecided: exitCodes.undecided,
};

/** One message for each limit that is broken, then for each that is undecided, then the verdict. */
function printGate(gate: GateResult, candidate: string, terminal: Terminal): GateVerdict {
  const head = `gate ${gate.name}: ${candidate}:`;
  for (const check of checksOf(gate.checks, "broken")) say(terminal, `${head} ${gateMessage(check)}`);
  for (const check of checksOf(gate.checks, "undecided"))
    say(terminal, `${head} undecided: ${gateMessage(check)}`);
  say(terminal, `${head} ${verdictText(gate)}`);
  return gate.verdict;
}
