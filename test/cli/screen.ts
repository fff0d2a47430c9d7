// A terminal as a grid of characters: what it shows after the texts and escape sequences that the command line sends. Narrowing
// breaks lines anew, as most terminals do; a line that is broken keeps its beginning, and the cursor its place in the text.
import { PassThrough } from "node:stream";
import { displayWidth } from "../../src/report/kit/format.ts";

/** An escape sequence, or any other character. */
const sequence = new RegExp(`${String.fromCharCode(27)}\\[([0-9;?]*)([A-Za-z])|[\\s\\S]`, "g");

/** Lines as they were written, each with as many rows as its width needs; the cursor is at a place of one of them. */
export function fakeTerminal(columns: number, rows = 24) {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns, rows });
  const lines: string[] = [""];
  let [line, at] = [0, 0];
  const put = (character: string) => {
    const before = lines[line]!.padEnd(at).slice(0, at);
    lines[line] = before + character + lines[line]!.slice(at + 1);
    at += 1;
  };
  /** Rows of the screen that a line takes. */
  const heightOf = (text: string) => Math.max(1, Math.ceil(displayWidth(text) / stream.columns));
  const up = (count: number) => {
    for (let left = count; left > 0; ) {
      const row = Math.floor(at / stream.columns);
      if (row > 0) {
        at -= stream.columns;
        left--;
      } else {
        line = Math.max(0, line - 1);
        at += stream.columns * (heightOf(lines[line]!) - 1);
        left--;
      }
    }
  };
  const feed = (text: string) => {
    for (const [token, count = "", what] of text.matchAll(sequence)) {
      if (what === "A") up(Number(count || 1));
      else if (what === "G") at += Number(count || 1) - 1 - (at % stream.columns);
      else if (what === "J") {
        lines[line] = lines[line]!.slice(0, at);
        lines.splice(line + 1);
      } else if (what === "K") {
        const end = at - (at % stream.columns) + stream.columns;
        lines[line] =
          `${lines[line]!.slice(0, at)}${" ".repeat(end - at)}${lines[line]!.slice(end)}`.trimEnd();
      } else if (what === "m") continue;
      else if (what !== undefined) throw new Error(`unknown sequence ${JSON.stringify(token)}`);
      // To the beginning of the row, which is not that of a line that is broken.
      else if (token === "\r") at -= at % stream.columns;
      else if (token === "\n") {
        line += 1;
        at = 0;
        lines[line] ??= "";
      } else put(token);
    }
  };
  stream.on("data", (piece) => feed(String(piece)));
  return {
    stream,
    resize(width: number) {
      stream.columns = width;
      stream.emit("resize");
    },
    /** What is on the screen, row by row; broken lines as several rows. */
    shown: () =>
      lines.flatMap((text) => {
        const found = text.match(new RegExp(`.{1,${stream.columns}}`, "g")) ?? [""];
        return found.map((row) => row.trimEnd());
      }),
  };
}
