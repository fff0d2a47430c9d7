// What is kept of millions of rows: typed arrays that grow, no object per row. A target is its number in order of appearance.
import type { RankedItem } from "../core/measure.ts";

/** A list of numbers that grows, all 0 until set. */
export class Numbers {
  #data = new Float64Array(16);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Undefined past the end. */
  at(i: number): number | undefined {
    return i < this.#length ? this.#data[i] : undefined;
  }

  set(i: number, value: number): void {
    this.#reach(i);
    this.#data[i] = value;
  }

  add(i: number, value: number): void {
    this.#reach(i);
    this.#data[i] = this.#data[i]! + value;
  }

  push(value: number): void {
    this.set(this.#length, value);
  }

  /** What is there now; changes with it until it grows. */
  view(): Float64Array {
    return this.#data.subarray(0, this.#length);
  }

  #reach(i: number): void {
    if (i < this.#length) return;
    this.#length = i + 1;
    if (i < this.#data.length) return;
    const larger = new Float64Array(Math.max(i + 1, Math.ceil(this.#data.length * 1.5)));
    larger.set(this.#data);
    this.#data = larger;
  }
}

/** Strings by number, one copy of equal ones: every parsed row brings its own. */
export class Texts {
  readonly list: string[] = [];
  readonly #numbers = new Map<string, number>();

  number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.list.length);
    return this.list.push(text) - 1;
  }

  /** The one copy. */
  intern(text: string): string {
    return this.list[this.number(text)]!;
  }
}

/**
 * Each text's place, from 0, among the distinct ones in code-unit order.
 *
 * @example textRanks(["b", "a", "b"]) // [1, 0, 1]
 */
export function textRanks(texts: readonly string[]): number[] {
  const ranks = new Map([...new Set(texts)].sort().map((text, rank) => [text, rank]));
  return texts.map((text) => ranks.get(text)!);
}

/**
 * A sum that keeps what rounding takes away (Neumaier): of each part of a measure. As `sum` of core/numbers.ts, number by
 * number.
 */
export class PartSums {
  readonly #totals: number[] = [];
  readonly #lost: number[] = [];
  /** Vectors added. */
  n = 0;

  add(parts: readonly number[]): void {
    this.n += 1;
    for (let i = 0; i < parts.length; i += 1) {
      const value = parts[i]!;
      const total = this.#totals[i] ?? 0;
      const next = total + value;
      const lost = Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
      this.#totals[i] = next;
      this.#lost[i] = (this.#lost[i] ?? 0) + lost;
    }
  }

  sums(): number[] {
    return this.#totals.map((total, i) => total + this.#lost[i]!);
  }
}

/**
 * The parts of one measure by target. As long as all are [value, 1], one number each is kept; from the first other one on,
 * the parts that are not 0.
 */
export class PartColumn {
  /** Value, or where the target's entries begin; NaN: the target does not count. */
  readonly #first = new Numbers();
  #vectors: { readonly counts: Numbers; readonly places: Numbers; readonly values: Numbers } | undefined;
  /** Parts of a vector; 0 before there is any. */
  width = 0;

  /** Every target so far adds one value, once. */
  get plain(): boolean {
    return this.#vectors === undefined;
  }

  set(target: number, parts: readonly number[] | undefined): void {
    for (let i = this.#first.length; i < target; i += 1) this.#first.set(i, Number.NaN);
    if (parts === undefined) {
      this.#first.set(target, Number.NaN);
      return;
    }
    this.width ||= parts.length;
    if (this.#vectors === undefined) {
      if (parts.length === 2 && parts[1] === 1) {
        this.#first.set(target, parts[0]!);
        return;
      }
      this.#toVectors();
    }
    this.#setVector(target, parts);
  }

  has(target: number): boolean {
    const first = this.#first.at(target);
    return first !== undefined && !Number.isNaN(first);
  }

  /** Of a plain column. */
  value(target: number): number {
    return this.#first.at(target) ?? Number.NaN;
  }

  /** Fills `parts`, as long as the column is wide. */
  read(target: number, parts: number[]): void {
    const first = this.#first.at(target)!;
    if (this.#vectors === undefined) {
      parts[0] = first;
      parts[1] = 1;
      return;
    }
    const { counts, places, values } = this.#vectors;
    parts.fill(0);
    for (let i = first; i < first + counts.at(target)!; i += 1) parts[places.at(i)!] = values.at(i)!;
  }

  #toVectors(): void {
    const plain = this.#first.view().slice();
    this.#vectors = { counts: new Numbers(), places: new Numbers(), values: new Numbers() };
    for (const [target, value] of plain.entries())
      if (!Number.isNaN(value)) this.#setVector(target, [value, 1]);
  }

  #setVector(target: number, parts: readonly number[]): void {
    const { counts, places, values } = this.#vectors!;
    this.#first.set(target, values.length);
    let count = 0;
    for (let place = 0; place < parts.length; place += 1) {
      if (parts[place] === 0) continue;
      places.push(place);
      values.push(parts[place]!);
      count += 1;
    }
    counts.set(target, count);
  }
}

/** The items of a ranked measure by target. */
export class ItemColumn {
  readonly #starts = new Numbers();
  readonly #counts = new Numbers();
  readonly #keys = new Numbers();
  readonly #parts = new Numbers();
  #width = 0;

  set(target: number, items: readonly RankedItem[]): void {
    this.#starts.set(target, this.#keys.length);
    this.#counts.set(target, items.length);
    for (const { key, parts } of items) {
      this.#width ||= parts.length;
      this.#keys.push(key);
      for (const part of parts) this.#parts.push(part);
    }
  }

  has(target: number): boolean {
    return (this.#counts.at(target) ?? 0) > 0;
  }

  read(target: number): RankedItem[] {
    const start = this.#starts.at(target) ?? 0;
    return Array.from({ length: this.#counts.at(target) ?? 0 }, (_, i) => ({
      key: this.#keys.at(start + i)!,
      parts: Array.from(
        { length: this.#width },
        (_part, p) => this.#parts.at((start + i) * this.#width + p)!,
      ),
    }));
  }
}
