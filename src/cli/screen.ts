// What is printed on standard output fits what shows it. Loaded by verbs that print, not by the program: widths of characters take long
// to load.
import { wrapped } from "../report/kit/format.ts";
import { plainScreen, type Screen } from "../report/kit/text-table.ts";
import type { Terminal } from "./terminal.ts";

/**
 * What is printed on: as wide as COLUMNS says, else as the terminal is; a file or a pipe takes everything. Colours are for
 * terminals, unless NO_COLOR forbids or FORCE_COLOR demands them.
 */
export function screenOf({ stdout, env }: Pick<Terminal, "stdout" | "env">): Screen {
  const given = Number(env.COLUMNS);
  const live = stdout.isTTY === true;
  const columns = Number.isInteger(given) && given > 0 ? given : live ? stdout.columns || 80 : undefined;
  const { FORCE_COLOR: forced } = env;
  const colour =
    forced !== undefined
      ? !["0", "false"].includes(forced)
      : live && env.TERM !== "dumb" && (env.NO_COLOR ?? "") === "";
  return { columns: columns ?? plainScreen.columns, colour };
}

/** Text on standard output, its lines broken between words where they are wider than the screen. */
export function print(text: string, terminal: Pick<Terminal, "stdout" | "env">): void {
  const { columns } = screenOf(terminal);
  const lines = text.split("\n").flatMap((line) => wrapped(line, columns, "  "));
  terminal.stdout.write(`${lines.join("\n")}\n`);
}
