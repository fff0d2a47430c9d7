import { type ExitCode, exitCodes } from "../cli/exit.ts";
import { verdictText } from "../cli/verdict-text.ts";
import { chosenCards, dataFolder } from "./data-folder.ts";
import { openTimed } from "./estimate.ts";
import { judge, judgeMiniature, type Verdict } from "./judge.ts";

interface Flags {
  readonly data?: string;
  readonly full?: boolean;
  readonly model?: string;
  readonly samples?: boolean;
  readonly json?: boolean;
}

/** `segbench validate`: cards against what is on disk. Something there that is wrong is an error, something absent a note. */
export async function validateVerb(names: readonly string[], flags: Flags): Promise<ExitCode> {
  const data = dataFolder(flags.data);
  const cards = await chosenCards("validate", names);
  const timing = flags.model === undefined ? undefined : await openTimed(flags.model);
  const verdicts: Verdict[] = [];
  try {
    for (const card of cards) {
      const verdict =
        flags.samples === true
          ? await judgeMiniature(card)
          : await judge(card, { data, given: flags.data, full: flags.full === true, timing });
      if (verdict === undefined) continue;
      verdicts.push(verdict);
      if (flags.json !== true) process.stdout.write(`${verdictText(verdict, timing)}\n`);
    }
  } finally {
    await timing?.session.close();
  }
  if (flags.json === true) process.stdout.write(`${JSON.stringify(verdicts, undefined, 2)}\n`);
  else sumUp(verdicts);
  return verdicts.some(isWrong) ? exitCodes.error : exitCodes.fine;
}

const isWrong = ({ status }: Verdict) => status === "wrong" || status === "invalid";

function sumUp(verdicts: readonly Verdict[]): void {
  if (verdicts.length < 2) return;
  const count = (...wanted: Verdict["status"][]) =>
    verdicts.filter(({ status }) => wanted.includes(status)).length;
  process.stdout.write(
    `\n${verdicts.length} sets: ${count("fine")} whole, ${count("part")} in part, ${count("absent")} not there, ${count("wrong", "invalid")} wrong\n`,
  );
}
