// Prompts by hand: how one follows from another, and how a list of them is written into the address and for other tools.
import type { PlayAnswer } from "../../../index.ts";

export type Sent = PlayAnswer["steps"][number]["sent"];
/** `choice`: of the first model's masks the one that counts, where it is not that of the highest estimate. */
export type HandPrompt = Sent & { readonly choice?: number };
export type Clicked = Sent["clicks"][number];
export type PromptBox = NonNullable<Sent["box"]>;

/** What a prompt is sent with. */
export interface Habits {
  /** The mask that counted is fed back. */
  readonly feedback: boolean;
  /** How many masks are asked for; "auto": several for a single click alone, as protocols do. */
  readonly masks: "auto" | "several" | "one";
}

/** One more prompt, which has all clicks and the box of the last one. */
export function withMore(
  steps: readonly HandPrompt[],
  more: { readonly click?: Clicked; readonly box?: PromptBox },
  { feedback, masks }: Habits,
): readonly HandPrompt[] {
  const last = steps.at(-1);
  const clicks = [...(last?.clicks ?? []), ...(more.click === undefined ? [] : [more.click])];
  const box = more.box ?? last?.box;
  // Another box is another question, to which the mask before is no answer.
  const fed = feedback && last !== undefined && more.box === undefined;
  const alone = clicks.length === 1 && box === undefined && !fed;
  const next: HandPrompt = {
    clicks,
    ...(box === undefined ? {} : { box }),
    ...(fed ? { mask: "previous" as const } : {}),
    multimask: masks === "auto" ? alone : masks === "several",
  };
  return [...steps, next];
}

/** The same for another model, whose masks are others. */
export function withoutChoices(steps: readonly HandPrompt[]): readonly HandPrompt[] {
  return steps.map(({ choice: _, ...sent }) => sent);
}

/** The same with another of the last masks. */
export function withChoice(steps: readonly HandPrompt[], choice: number): readonly HandPrompt[] {
  return steps.map((step, i) => (i === steps.length - 1 ? { ...step, choice } : step));
}

/** Longer lists, and shapes that were drawn, are not written into the address. */
const LONGEST = 1500;

/** What stands in the address for a list that is not written there. */
const LEFT_OUT = "long";

/** "31.20.1-m~31.20.1_60.44.0-p": prompts by "~"; clicks (x.y.label) by "_", then what else was sent: a box, p: the mask before, m: several masks, c: the choice. */
export function addressText(steps: readonly HandPrompt[]): string {
  if (steps.some(({ mask }) => typeof mask === "object")) return LEFT_OUT;
  const text = steps
    .map(({ clicks, box, mask, multimask, choice }) =>
      [
        clicks.map((click) => click.join(".")).join("_"),
        ...(box === undefined ? [] : [`b${box.join(".")}`]),
        ...(mask === undefined ? [] : ["p"]),
        ...(multimask ? ["m"] : []),
        ...(choice === undefined ? [] : [`c${choice}`]),
      ].join("-"),
    )
    .join("~");
  return text.length > LONGEST ? LEFT_OUT : text;
}

/** The inverse; of what is no list of prompts, none. */
export function promptsIn(text: string): readonly HandPrompt[] {
  if (text === "") return [];
  const steps = text.split("~").map(promptIn);
  return steps.every((step) => step !== undefined) ? (steps as readonly HandPrompt[]) : [];
}

function promptIn(text: string): HandPrompt | undefined {
  const [points = "", ...rest] = text.split("-");
  const clicks = points === "" ? [] : points.split("_").map((one) => numbersIn(one, 3));
  const boxText = rest.find((word) => word.startsWith("b"));
  const box = boxText === undefined ? undefined : numbersIn(boxText.slice(1), 4);
  const choice = rest.find((word) => /^c\d+$/.test(word));
  if (clicks.includes(undefined) || (boxText !== undefined && box === undefined)) return undefined;
  return {
    clicks: clicks as unknown as Sent["clicks"],
    ...(box === undefined ? {} : { box: box as unknown as PromptBox }),
    ...(rest.includes("p") ? { mask: "previous" as const } : {}),
    multimask: rest.includes("m"),
    ...(choice === undefined ? {} : { choice: Number(choice.slice(1)) }),
  };
}

function numbersIn(text: string, count: number): readonly number[] | undefined {
  const numbers = text.split(".").map(Number);
  return /^[\d.]+$/.test(text) && numbers.length === count ? numbers : undefined;
}

/** A line of a prompts file, as `segbench export prompts` writes it; names are empty where there are none. */
export function recordedLine(
  names: Readonly<Record<"benchmark" | "protocol" | "sample" | "target", string>>,
  { width, height }: { readonly width: number; readonly height: number },
  steps: readonly Pick<PlayAnswer["steps"][number], "at" | "sent">[],
): string {
  const { benchmark, protocol, sample, target } = names;
  return JSON.stringify({
    ...{ benchmark, protocol, sample, target, size: { width, height } },
    steps: steps.map(({ at, sent }) => ({ at, sent })),
  });
}
