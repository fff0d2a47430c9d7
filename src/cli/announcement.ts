// What is shown in place of other text, also before anything is loaded.

/** A line at whose beginning the cursor stays, so that the next output takes its place. */
export const preparing = "preparing ...\r";

/** Nothing in place of such a line. */
export const erased = "\r\u001b[K";

/**
 * Text in place of lines that are drawn again. The cursor always stands at their beginning: however a terminal breaks lines anew
 * when it is resized, and whether it does at all, everything that was drawn comes after the cursor. All that is erased after the
 * first line's text, since a terminal that is erased from its first place on may keep a copy of what it showed.
 */
export function inPlace(text: string): string {
  const [first = "", ...rest] = text.split("\n");
  return `\r${first}\u001b[J${rest.map((line) => `\n${line}`).join("")}`;
}
