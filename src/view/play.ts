// The playground's routes: models, images, and what models answer. Prompts and pictures are posted; nothing of them is kept but in memory.
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { validator } from "hono/validator";
import type {
  HandStep,
  ModelAbilities,
  PhraseAnswer,
  Play,
  PlayAnswer,
  PlayableBenchmark,
  PlayableModel,
  Rle,
  Row,
  Size,
} from "../index.ts";

/** What is played with: the target of a row, an image of a benchmark, or a picture that was given. */
export interface SubjectName {
  readonly run?: string | undefined;
  readonly row?: string | undefined;
  readonly benchmark?: string | undefined;
  readonly sample?: string | undefined;
  readonly picture?: string | undefined;
}

export interface Subject {
  readonly title: string;
  readonly size: Size;
  /** Of a benchmark's image. */
  readonly benchmark?: string;
  readonly sample?: string;
  readonly targets: readonly {
    readonly id: string;
    readonly category?: string;
    /** Why it cannot be scored; absent where it can. */
    readonly reason?: string;
  }[];
  /** Of a row: it, and what its run was. */
  readonly row?: Row;
  /** Of an image of a benchmark of phrases: what is asked of it. */
  readonly phrases?: readonly string[];
  readonly notes: readonly string[];
}

/** What can be played with here. */
export interface Ground {
  readonly models: readonly PlayableModel[];
  /** Cards of models whose files are not here. */
  readonly absent: number;
  readonly problems: readonly string[];
  readonly protocols: readonly { readonly id: string; readonly summary: string }[];
  readonly metrics: ReturnType<Play["metrics"]>;
  readonly benchmarks: readonly PlayableBenchmark[];
  /** The folder of data, as it was given. */
  readonly data?: string;
}

export interface Asked {
  readonly subject: SubjectName;
  readonly model: string;
  readonly target?: string | undefined;
  readonly protocol?: string | undefined;
  readonly steps: readonly HandStep[];
}

/** A phrase, boxes around things that are like what is looked for or not, or both. */
export interface AskedPhrase extends Pick<Asked, "subject" | "model"> {
  readonly phrase?: string | undefined;
  readonly exemplars: readonly {
    readonly box: readonly [x0: number, y0: number, x1: number, y1: number];
    readonly positive: boolean;
  }[];
}

/** What a server plays with. */
export interface Playing {
  ground(): Promise<Ground>;
  abilities(model: string): Promise<ModelAbilities>;
  samples(
    benchmark: string,
    text: string,
  ): Promise<{ readonly total: number; readonly names: readonly string[] }>;
  subject(name: SubjectName): Promise<Subject>;
  /** The truth of a target, and what of it is ignored. */
  truth(name: SubjectName, target: string): Promise<{ readonly truth: Rle; readonly ignored?: Rle }>;
  /** As models see it. */
  picture(name: SubjectName): Promise<Uint8Array<ArrayBuffer>>;
  answer(asked: Asked, signal: AbortSignal): Promise<PlayAnswer>;
  find(asked: AskedPhrase, signal: AbortSignal): Promise<PhraseAnswer>;
  /** Takes a picture into memory; `name`: for messages. */
  take(
    bytes: Uint8Array,
    name: string,
  ): Promise<{ readonly picture: string; readonly notes: readonly string[] }>;
  forget(picture: string): void;
  readonly limits: { readonly bytes: number };
}

/** Bytes of a list of prompts. */
const MOST_ASKED = 4 * 2 ** 20;

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
const named = ({ run, row, benchmark, sample, picture }: Record<string, unknown>): SubjectName => ({
  ...{ run: text(run), row: text(row), benchmark: text(benchmark), sample: text(sample) },
  picture: text(picture),
});
const ofSubject = validator("query", (query): SubjectName & { readonly target: string } => ({
  ...named(query),
  target: text(query.target) ?? "",
}));
const ofSamples = validator("query", ({ benchmark, words }) => ({
  benchmark: text(benchmark) ?? "",
  words: text(words) ?? "",
}));
const ofModel = validator("query", ({ model }) => ({ model: text(model) ?? "" }));
const ofPicture = validator("query", ({ picture }) => ({ picture: text(picture) ?? "" }));
const ofAsked = validator("json", (value: Partial<Asked> | null): Asked => {
  const { subject, model, target, protocol, steps } = value ?? {};
  if (typeof subject !== "object" || subject === null || !Array.isArray(steps))
    throw new HTTPException(400, {
      message: "This is not what the page asks: a subject, a model and steps.",
    });
  if (steps.some((step) => step !== "user" && (typeof step !== "object" || step === null)))
    throw new HTTPException(400, { message: "A step is a prompt, or the simulated user's." });
  const names = { model: text(model) ?? "", target: text(target), protocol: text(protocol) };
  return { subject: named(subject as Record<string, unknown>), ...names, steps };
});

const ofPhrase = validator("json", (value: Partial<AskedPhrase> | null): AskedPhrase => {
  const { subject, model, phrase, exemplars = [] } = value ?? {};
  const isBox = (box: unknown) => Array.isArray(box) && box.length === 4 && box.every(Number.isFinite);
  if (typeof subject !== "object" || subject === null || !Array.isArray(exemplars))
    throw new HTTPException(400, {
      message: "This is not what the page asks: a subject, a model and a phrase.",
    });
  if (!exemplars.every((one) => isBox(one?.box)))
    throw new HTTPException(400, { message: "A box is four numbers." });
  const boxes = exemplars.map(({ box, positive }) => ({ box, positive: positive === true }));
  return {
    ...{ subject: named(subject as Record<string, unknown>), model: text(model) ?? "" },
    ...{ phrase: text(phrase), exemplars: boxes },
  };
});

const tooLarge = (most: number, what: string) =>
  bodyLimit({
    maxSize: most,
    onError: (c) => c.text(`${what} is too large: at most ${Math.floor(most / 2 ** 20)} MiB.`, 413),
  });

/** `playing`: absent where no model can be run, as in an export. */
export function playRoutes(playing: Playing | undefined) {
  const there = (): Playing => {
    if (playing !== undefined) return playing;
    throw new HTTPException(404, { message: "Models cannot be run here: `segbench view` on a machine can." });
  };
  const most = playing?.limits.bytes ?? 0;
  return new Hono()
    .get("/ground", async (c) => c.json(await there().ground()))
    .get("/abilities", ofModel, async (c) => c.json(await there().abilities(c.req.valid("query").model)))
    .get("/samples", ofSamples, async (c) => {
      const { benchmark, words } = c.req.valid("query");
      return c.json(await there().samples(benchmark, words));
    })
    .get("/subject", ofSubject, async (c) => c.json(await there().subject(c.req.valid("query"))))
    .get("/truth", ofSubject, async (c) => {
      const { target, ...name } = c.req.valid("query");
      return c.json(await there().truth(name, target));
    })
    .get("/picture", ofSubject, async (c) => {
      const bytes = await there().picture(c.req.valid("query"));
      c.header("Cache-Control", "private, max-age=600");
      return c.body(bytes, 200, { "Content-Type": "image/jpeg" });
    })
    .post("/answer", tooLarge(MOST_ASKED, "The list of prompts"), ofAsked, async (c) =>
      c.json(await there().answer(c.req.valid("json"), c.req.raw.signal)),
    )
    .post("/find", tooLarge(MOST_ASKED, "The prompt"), ofPhrase, async (c) =>
      c.json(await there().find(c.req.valid("json"), c.req.raw.signal)),
    )
    .post("/picture", tooLarge(most, "The picture"), async (c) => {
      const bytes = new Uint8Array(await c.req.arrayBuffer());
      return c.json(await there().take(bytes, "the picture"));
    })
    .post("/forget", ofPicture, (c) => {
      there().forget(c.req.valid("query").picture);
      return c.json({});
    });
}
