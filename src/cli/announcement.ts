// What is shown at once, before anything is loaded.

/** A line at whose beginning the cursor stays, so that the next output takes its place. */
export const preparing = "preparing ...\r";

/** Nothing in place of such a line. */
export const erased = "\r\u001b[K";
