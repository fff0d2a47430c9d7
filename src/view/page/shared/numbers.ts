// Numbers as reports write them, by the units of their measures.
import { type Unit, type UnitText, units } from "../../../core/units.ts";
import { count } from "../../../core/words.ts";

export { count };

/** "71.3", "9.92"; never "-0.0". */
export function shown(unit: Unit, value: number): string {
  const { scale, digits, signed }: UnitText = units[unit];
  const text = (scale * value).toFixed(digits);
  const number = Number(text);
  return number === 0 ? (0).toFixed(digits) : signed === true && number > 0 ? `+${text}` : text;
}

/** "71.3 %". */
export function withUnit(unit: Unit, value: number): string {
  return `${shown(unit, value)}${units[unit].value}`;
}

/** A number of unknown kind, short: 0.7134 -> "0.713", 12 -> "12". */
export function plain(value: number): string {
  return Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(3)));
}

/** "2026-03-01T20:15:04.211Z" -> "2026-03-01 20:15". */
export function shortTime(time: string): string {
  return time.slice(0, 16).replace("T", " ");
}

/** A value as its unit counts it: 0.713 -> 71.3. */
export function scaled(unit: Unit, value: number): number {
  return units[unit].scale * value;
}
