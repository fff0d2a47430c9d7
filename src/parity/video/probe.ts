// A play of parity's own on a few frames of a clip, so that every stage has work whatever the protocols ask: clicks, a box and a mask, a target
// prompted later, a frame in which targets are gone, a correction of a tracked frame, and a pass back with prompts on both sides of it.
import { createHash } from "node:crypto";
import { mean } from "../../core/numbers.ts";
import type { BitMask, Clip, ClipFrames, FramePrediction, Prompt } from "../../core/types.ts";
import { survey } from "../../eval/video/tracks.ts";
import { tightBox } from "../../masks/bit-mask.ts";
import { iou as agreementOf } from "../../masks/iou.ts";
import type { Part } from "../../models/index.ts";
import type { GraphCall, Tap, Tensors } from "../../models/runtime/tap.ts";
import { castTo, floatsOf } from "../../models/tensors/cast.ts";
import type { Opened } from "./pair.ts";

/** Frames of the play; with fewer, some of it has no place. */
const FRAMES = 7;
/** Logits of the target being there, where it is made to be gone, and where it is made to be there. */
const GONE = -5;
const THERE = 5;
const scoreOutput = "object_score_logits";
const encoderPart: Part = "image_encoder";

type Asked = { readonly frame: number; readonly target: string; readonly prompt: Prompt };

export interface ProbePlan {
  readonly frames: ClipFrames["frames"];
  /** Before the first pass, and before the second. */
  readonly prompts: readonly [readonly Asked[], readonly Asked[]];
  /** Frames in which the decoder is made to say that nothing is there. */
  readonly gone: ReadonlySet<number>;
  /** What has no place in so short a clip. */
  readonly lacking: readonly string[];
}

/** undefined where no target of the clip is ever seen. */
export async function probePlan(clip: Clip): Promise<ProbePlan | undefined> {
  const { firsts } = await survey(clip);
  const first = firsts.find((one) => typeof one === "object");
  const box = first === undefined ? undefined : tightBox(first.mask);
  if (first === undefined || box === undefined) return undefined;
  const from = Math.max(0, Math.min(first.frame, clip.frames.length - FRAMES));
  const frames = clip.frames.slice(from, from + FRAMES);
  const last = frames.length - 1;
  const center = { x: (box.x0 + box.x1) / 2, y: (box.y0 + box.y1) / 2, label: 1 } as const;
  const corner = { x: box.x0, y: box.y0, label: 0 } as const;
  const click = (...clicks: Prompt["clicks"]): Prompt => ({ clicks, multimask: clicks.length === 1 });
  const shape: Prompt = {
    clicks: [],
    mask: { kind: "shape", shape: first.mask, magnitude: 10 },
    multimask: false,
  };
  const boxed: Prompt = { clicks: [], box, multimask: false };
  return {
    frames,
    prompts: [
      [
        { frame: 0, target: "early", prompt: click(center) },
        { frame: 0, target: "early", prompt: click(center, corner) },
        { frame: Math.min(2, last), target: "late", prompt: boxed },
      ],
      [
        { frame: Math.max(0, last - 1), target: "early", prompt: click(center) },
        { frame: last, target: "late", prompt: shape },
      ],
    ],
    gone: new Set(last >= 4 ? [3] : last === 3 ? [2] : []),
    lacking:
      last >= 3
        ? []
        : [
            `a target that is gone and comes back, and a pass back between prompts (the clip has ${clip.frames.length} frames, 4 are needed)`,
          ],
  };
}

interface Answer {
  readonly where: string;
  readonly mask?: BitMask;
}

/** What a run of a graph was fed; `after`: how many runs came before, those of the encoder aside, which looks ahead. */
interface Fed {
  readonly frame: number;
  readonly after: number;
  readonly feeds: Readonly<Record<string, string>>;
}

export interface ProbeRecord {
  readonly answers: readonly Answer[];
  readonly fed: ReadonlyMap<Part, readonly Fed[]>;
  /** By the decoder's runs: the target was made to be there. */
  readonly lifted: readonly boolean[];
}

export interface ProbeOptions {
  /** The reference's play: targets are made to be there in the same runs. Without it, wherever the model says that they are not. */
  readonly like?: Pick<ProbeRecord, "lifted">;
  readonly tap?: Required<Pick<Tap, "around">>;
  readonly settle?: () => Promise<void>;
}

/**
 * Plays a plan. `tap` sees runs as the graphs answer them, before targets are made to be gone or there: a model that finds nothing would have no
 * pointers to compare.
 */
export async function playProbe(
  { session, host }: Opened,
  { frames, prompts, gone }: ProbePlan,
  partOf: (file: string) => Part | undefined,
  { like, tap, settle }: ProbeOptions = {},
): Promise<ProbeRecord> {
  const answers: Answer[] = [];
  const fed = new Map<Part, Fed[]>();
  const lifted: boolean[] = [];
  let current = 0;
  let passing = false;
  let after = 0;
  async function around(call: GraphCall, run: () => Promise<Tensors>): Promise<Tensors> {
    const part = partOf(call.graph.file) ?? "";
    fed.set(part, [...(fed.get(part) ?? []), { frame: current, after, feeds: digests(call.feeds) }]);
    if (part !== encoderPart) after += 1;
    const outputs = tap === undefined ? await run() : await tap.around(call, run);
    const score = outputs[scoreOutput];
    if (score === undefined) return outputs;
    const natural = floatsOf(score);
    const lift = like === undefined ? !((natural[0] ?? 0) > 0) : like.lifted[lifted.length] === true;
    lifted.push(lift);
    const away = passing && gone.has(current);
    if (!away && !lift) return outputs;
    const data = natural.map(() => (away ? GONE : THERE));
    return { ...outputs, [scoreOutput]: castTo({ type: "float32", dims: score.dims, data }, score.type) };
  }
  const during = <T>(work: () => Promise<T>) => host.during({ around }, work);
  const told = (where: string, found: FramePrediction | undefined) =>
    answers.push(found?.status === "ok" ? { where, mask: found.mask } : { where });

  const tracks = await during(() => session.open({ frames }, { revisits: true, beforePrompt: "tracked" }));
  try {
    for (const [pass, asked] of prompts.entries()) {
      for (const { frame, target, prompt } of asked) {
        current = frame;
        told(`prompt of ${target} in ${frame}`, await during(() => tracks.prompt(frame, target, prompt)));
        await settle?.();
      }
      const reverse = pass === 1;
      const steps = tracks
        .propagate(reverse ? { from: frames.length - 1, reverse } : { from: 0 })
        [Symbol.asyncIterator]();
      passing = true;
      for (let n = 0; n < frames.length; n++) {
        current = reverse ? frames.length - 1 - n : n;
        const step = await during(() => steps.next());
        await settle?.();
        if (step.done === true) break;
        for (const [target, found] of step.value.answers)
          told(`${pass} ${step.value.frame} ${target}`, found);
      }
      passing = false;
      await during(async () => void (await steps.return?.()));
    }
  } finally {
    await tracks.close();
    await settle?.();
  }
  return { answers, fed, lifted };
}

function digests(feeds: Tensors): Record<string, string> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { type, dims, data }]) => {
      const hash = createHash("sha1").update(`${type} ${dims.join()}\n`);
      return [
        name,
        hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).digest("base64"),
      ];
    }),
  );
}

/** Mean IoU of the masks of two plays; a missing answer agrees with nothing. */
export function agreementIn(reference: ProbeRecord, other: ProbeRecord): number {
  const all = reference.answers.flatMap(({ where, mask }, i) => {
    if (mask === undefined) return [];
    const found = other.answers[i];
    return [found?.mask === undefined || found.where !== where ? 0 : agreementOf(found.mask, mask)];
  });
  return all.length === 0 ? 1 : mean(all);
}

/** What a graph is first fed otherwise than in the reference's play, in the order of the work; undefined where nothing is. */
export function firstChange(
  reference: ProbeRecord,
  other: ProbeRecord,
): { readonly part: Part; readonly input: string; readonly frame: number } | undefined {
  let found: { part: Part; input: string; frame: number; after: number } | undefined;
  for (const [part, own] of reference.fed) {
    const theirs = other.fed.get(part) ?? [];
    const place = own.findIndex(({ feeds }, i) =>
      Object.entries(feeds).some(([name, digest]) => theirs[i]?.feeds[name] !== digest),
    );
    if (place < 0) continue;
    const { frame, after, feeds } = own[place]!;
    const input = Object.keys(feeds).find((name) => theirs[place]?.feeds[name] !== feeds[name])!;
    if (found === undefined || after < found.after) found = { part, input, frame, after };
  }
  return found;
}
