// Answers to phrases: what of a set of masks is right, wrong and missed, by the annotator that is chosen.
import { useMemo } from "preact/hooks";
import type { Rle } from "../../../core/rows.ts";
import type { Shown, Truth } from "../shared/ask.ts";
import { count } from "../shared/numbers.ts";
import { Tabs } from "../shared/parts.tsx";
import { middleOf, type Raster, rasterOf, rasterOfAll, type Scene, type Tag } from "./canvas.ts";

type Judgement = NonNullable<Shown["judged"]>;

/** An answer against one annotator. */
export type Judged = Judgement["annotators"][number] & Pick<Judgement, "answer">;

/** In place of all masks in one: right ones, each with its number, wrong ones, those below the threshold, and what the answer lacks. */
export interface AnswerRasters extends Readonly<Record<"right" | "wrong" | "low" | "lost", Raster>> {
  readonly tags: readonly Tag[];
}

/** The truth with the annotator that it is of, from 0. */
export type SeenTruth = Truth & { readonly annotator?: number };

/** Of a phrase what one annotator sees: the one that is asked for, from 1, or the one that counts. */
export function useSeen(truth: Truth, judged: Judgement | undefined, asked: string | undefined): SeenTruth {
  const { annotators } = truth;
  const wanted = asked === undefined ? undefined : Number(asked) - 1;
  const annotator = judged && (judged.annotators[wanted ?? -1] === undefined ? judged.chosen : wanted!);
  return useMemo(() => {
    const truths = annotator === undefined ? undefined : annotators?.[annotator];
    return annotator === undefined ? truth : { ...truth, annotator, ...(truths !== undefined && { truths }) };
  }, [truth, annotator]);
}

/** By an annotator. */
export function judgedBy(judged: Judgement | undefined, annotator: number | undefined): Judged | undefined {
  const own = annotator === undefined ? undefined : judged?.annotators[annotator];
  return judged && own && { ...own, answer: judged.answer };
}

interface AnnotatorsProps {
  readonly judged: Judgement | undefined;
  readonly shown: number | undefined;
  readonly choose: (annotator: string) => void;
}

/** The choice of one, where there are several. */
export function Annotators({ judged, shown, choose }: AnnotatorsProps) {
  if (judged === undefined || judged.annotators.length < 2) return null;
  return (
    <Tabs
      label="Annotators"
      of={judged.annotators.map((_, i) => ({
        id: String(i + 1),
        title: `Annotator ${i + 1}${i === judged.chosen ? " (counts)" : ""}`,
      }))}
      shown={String((shown ?? judged.chosen) + 1)}
      choose={choose}
    />
  );
}

/** "2 right, 1 wrong, 1 missed". */
export function AnswerText({
  sides,
  annotator,
}: {
  readonly sides: readonly { readonly title: string; readonly judged?: Judgement | undefined }[];
  readonly annotator: number | undefined;
}) {
  const lines = sides.flatMap(({ title, judged }) => {
    const own = judgedBy(judged, annotator);
    return own === undefined ? [] : [{ title, text: textOf(own) }];
  });
  if (lines.length === 0) return null;
  return (
    <>
      <h3>Answer</h3>
      {lines.map(({ title, text }) => (
        <p key={title} class="note">
          {lines.length > 1 && `${title}: `}
          {text}
        </p>
      ))}
    </>
  );
}

function textOf({ answer, right, found, things }: Judged): string {
  const missed = found === "all" ? 0 : things - found.length;
  const parts = [
    ...(right.length > 0 ? [`${count(right.length)} right`] : []),
    ...(answer.length > right.length ? [`${count(answer.length - right.length)} wrong`] : []),
    ...(missed > 0 ? [`${count(missed)} missed`] : []),
  ];
  const none = things === 0 ? "The phrase names nothing here" : "";
  if (parts.length === 0) return `${none}, and nothing was answered.`;
  return `${none}${none === "" ? "" : ": "}${parts.join(", ")}.`;
}

/** What tags lie on. */
export const lostGround = "#6b5600e0";
const grounds = { right: "#111111d0", wrong: "#a3122be0" } as const;

/** The masks of an answer by whether they are right, with their scores, and what it lacks. */
export function answerOf(
  set: Shown["masks"],
  { answer, right, found }: Judged,
  truths: readonly Rle[] | undefined,
  size: Scene["size"],
): AnswerRasters {
  const ranked = set.map(({ rle, generated }, i) => ({ rle, number: i + 1, ...generated! }));
  const kept = ranked.filter(({ rank }) => answer.includes(rank));
  const isRight = ({ rank }: { readonly rank: number }) => right.includes(rank);
  const raster = (list: readonly { readonly rle: Rle; readonly number: number }[], what: string) =>
    rasterOfAll(
      list.map(({ rle }) => rle),
      what,
      size,
      list.map(({ number }) => number),
    );
  const missed = (truths ?? []).flatMap((rle, place) =>
    found === "all" || found.includes(place) ? [] : [{ rle, number: place + 1 }],
  );
  const tag = (rle: Rle, text: string, ground: string): Tag[] => {
    const middle = middleOf(rasterOf(rle, text, size));
    return middle === undefined ? [] : [{ x: middle[0], y: middle[1], text, ground }];
  };
  return {
    right: raster(kept.filter(isRight), "the right masks"),
    wrong: raster(
      kept.filter((one) => !isRight(one)),
      "the wrong masks",
    ),
    low: raster(
      ranked.filter(({ rank }) => !answer.includes(rank)),
      "masks below the threshold",
    ),
    lost: raster(missed, "what was missed"),
    tags: [
      ...missed.flatMap(({ rle }) => tag(rle, "○", lostGround)),
      ...kept.flatMap((one) =>
        tag(
          one.rle,
          `${isRight(one) ? "" : "× "}${one.score === undefined ? "" : Math.floor(100 * one.score)}`,
          grounds[isRight(one) ? "right" : "wrong"],
        ),
      ),
    ],
  };
}
