// How numbers are written, by the units of their measures.

/** How numbers of a unit are written: a value is multiplied by `scale` and shown with `digits` decimals. */
export interface UnitText {
  readonly scale: number;
  readonly digits: number;
  /** After a value: " %". */
  readonly value: string;
  /** After a difference: " points". */
  readonly difference: string;
  /** true: values are differences themselves, and have a sign. */
  readonly signed?: true;
}

/** share: a fraction, written in percent; points: a difference of shares; plain: a number of its own kind, such as a correlation. */
export const units = {
  share: { scale: 100, digits: 1, value: " %", difference: " points" },
  points: { scale: 100, digits: 1, value: " points", difference: " points", signed: true },
  clicks: { scale: 1, digits: 2, value: " clicks", difference: " clicks" },
  pixels: { scale: 1, digits: 2, value: " px", difference: " px" },
  plain: { scale: 1, digits: 2, value: "", difference: "" },
} as const satisfies Readonly<Record<string, UnitText>>;

export type Unit = keyof typeof units;
