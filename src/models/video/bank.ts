// What is remembered of one target: its answers by frame, which of them condition, and what is kept of them how long.
import type { VideoSettings } from "../../core/defaults.ts";
import { complain } from "../../core/errors.ts";
import {
  type At,
  type ChosenMemory,
  type ChosenPointer,
  chosenMemories,
  chosenPointers,
  type MemoryRules,
  pointerReach,
} from "./choice.ts";
import type { Recalled } from "./contract.ts";

/** The answer in one frame. */
export interface Answer {
  /** Low-resolution logits, gated by the object score; empty once they are dropped. */
  low: Float32Array;
  /** The model's own estimate of the mask's IoU. */
  readonly estimate: number;
  readonly score: number;
  readonly pointer: Float32Array;
  /** Undefined before it is encoded, and once it is dropped. */
  memory?: Memory | undefined;
}

/** float32 values; bits of bfloat16 once it is put aside. */
export type Memory = Float32Array | Uint16Array;

type Corrected = VideoSettings["corrected"];

export interface Bank {
  /** By frame, in the order in which they were settled. */
  readonly conditioning: Map<number, Answer>;
  readonly others: Map<number, Answer>;
  /** Answers to prompts since the last pass, to be settled before the next. */
  readonly pending: { readonly conditioning: Map<number, Answer>; readonly others: Map<number, Answer> };
  /** Corrected frames that do not condition and whose answers stand. */
  readonly standing: Set<number>;
  /** Frames that passes came by, and whether in reverse. */
  readonly tracked: Map<number, boolean>;
  /** What the next frame will probably be attended with, as far as it is known. */
  foreseen?: Stack | undefined;
}

/** Memories one after the other. */
interface Stack {
  /** Which there are; undefined where none is yet. */
  readonly parts: readonly (Memory | undefined)[];
  readonly data: Float32Array;
}

export function emptyBank(): Bank {
  return {
    ...{ conditioning: new Map(), others: new Map(), standing: new Set(), tracked: new Map() },
    pending: { conditioning: new Map(), others: new Map() },
  };
}

/** Where the answer to a prompt in a frame goes. */
export function pendingPlace(bank: Bank, frame: number, corrected: Corrected): Map<number, Answer> {
  const conditions = !bank.tracked.has(frame) || corrected === "conditioning";
  return conditions ? bank.pending.conditioning : bank.pending.others;
}

/** The last answer in a frame, that a correction starts from. */
export function lastAnswer(bank: Bank, frame: number, corrected: Corrected): Answer | undefined {
  return (
    pendingPlace(bank, frame, corrected).get(frame) ?? bank.conditioning.get(frame) ?? bank.others.get(frame)
  );
}

/** Before a pass: answers to prompts get memories and become part of what is remembered. */
export async function settle(
  bank: Bank,
  corrected: Corrected,
  encode: (frame: number, answer: Answer) => Promise<Memory>,
): Promise<void> {
  const { pending, conditioning, others, standing } = bank;
  for (const [frame, answer] of [...pending.others, ...pending.conditioning])
    answer.memory ??= await encode(frame, answer);
  for (const [frame, answer] of pending.others) {
    others.set(frame, answer);
    if (corrected === "kept") standing.add(frame);
  }
  for (const [frame, answer] of pending.conditioning) conditioning.set(frame, answer);
  for (const frame of conditioning.keys()) {
    others.delete(frame);
    standing.delete(frame);
  }
  pending.others.clear();
  pending.conditioning.clear();
}

/** Everything that a frame is attended with. */
export function recall(bank: Bank, at: At, rules: MemoryRules, frames: number): Recalled {
  const { conditioning, others } = bank;
  const known = { conditioning: [...conditioning.keys()], other: (frame: number) => others.has(frame) };
  const memories = chosenMemories(at, known, rules);
  const pointers = chosenPointers(at, known, rules, frames);
  const of = (one: ChosenMemory | ChosenPointer) =>
    (one.conditioning ? conditioning : others).get(one.frame)!;
  const reach = Math.fround(pointerReach(rules, frames));
  const parts = memories.map((one) => of(one).memory ?? lost(one.frame));
  const { data } = stacked(parts, bank.foreseen);
  // It is given away.
  bank.foreseen = undefined;
  return {
    memories: data,
    rows: memories.map(({ row }) => row),
    pointers: joined(pointers.map((one) => of(one).pointer)),
    distances: pointers.map(({ distance }) => Math.fround(distance / reach)),
  };
}

/**
 * While the memory of a frame is encoded: the other memories that the `next` frame will be attended with are copied now, so that the model does
 * not wait for that. Whatever happens in between, `recall` takes of it what is still right.
 */
export function foresee(bank: Bank, frame: number, next: At, rules: MemoryRules): void {
  const { conditioning, others } = bank;
  const other = (one: number) => one === frame || others.has(one);
  const memories = chosenMemories(next, { conditioning: [...conditioning.keys()], other }, rules);
  const parts = memories.map((one) => (one.conditioning ? conditioning : others).get(one.frame)?.memory);
  bank.foreseen = stacked(parts);
}

/**
 * After a frame of a pass: what no later frame of a pass from a prompted frame reads is dropped, so that what is kept does not grow
 * with the clip (pointers are small and stay); or put aside, where it may be asked for.
 */
export function leaveBehind(
  bank: Bank,
  { frame, reverse }: At,
  rules: MemoryRules,
  keep: false | VideoSettings["memory"],
): void {
  const reach = rules.memories * rules.stride;
  const past = reverse ? frame + reach + 1 : frame - reach - 1;
  const answer = bank.others.get(past);
  if (answer?.memory === undefined) return;
  for (const start of bank.conditioning.keys()) if (Math.abs(start - past) <= reach) return;
  if (keep === false) {
    answer.low = new Float32Array(0);
    answer.memory = undefined;
  } else if (keep === "bfloat16" && answer.memory instanceof Float32Array)
    answer.memory = upperHalves(answer.memory);
}

function lost(frame: number): never {
  throw complain(
    `frame ${frame}`,
    "what was remembered of it has been dropped, and this pass or correction needs it",
    { code: "refused", expected: "passes from prompted frames, or a clip opened with { revisits: true }" },
  );
}

/** bfloat16 as the authors store memories: the upper half of float32, rounded to nearest, ties to even. In place. */
export function roundToBfloat16(values: Float32Array): Float32Array {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) {
    const x = bits[i]!;
    bits[i] = (x + 0x7fff + ((x >>> 16) & 1)) & 0xffff0000;
  }
  return values;
}

function upperHalves(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, (x) => x >>> 16);
}

/** A place without a memory has the size of the others. Those that are in `before` already are not copied. */
function stacked(parts: readonly (Memory | undefined)[], before?: Stack): Stack {
  const length = parts.find((part) => part !== undefined)?.length ?? 0;
  const fits = before?.data.length === parts.length * length;
  const data = fits ? before.data : new Float32Array(parts.length * length);
  const bits = new Uint32Array(data.buffer);
  parts.forEach((memory, n) => {
    const at = n * length;
    if (memory === undefined || (fits && before.parts[n] === memory)) return;
    if (memory instanceof Float32Array) data.set(memory, at);
    else for (let i = 0; i < length; i++) bits[at + i] = memory[i]! << 16;
  });
  return { parts, data };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const length = parts[0]?.length ?? 0;
  const out = new Float32Array(parts.length * length);
  parts.forEach((part, n) => {
    out.set(part, n * length);
  });
  return out;
}
