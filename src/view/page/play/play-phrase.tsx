// A phrase that is played with: everything that a model finds for it, with scores, from a threshold on; boxes show what is meant, where the model takes them.
import { useEffect, useMemo, useState } from "preact/hooks";
import {
  colourOf,
  type Layer,
  middleOf,
  type Raster,
  rasterOf,
  type Scene,
  type Tag,
} from "../picture/canvas.ts";
import { looks } from "../picture/scene.ts";
import { type Abilities, answer, api, type Found } from "../shared/ask.ts";
import { count, plain } from "../shared/numbers.ts";
import { Problem, Tabs } from "../shared/parts.tsx";
import type { Go, State } from "../shared/state.ts";
import { Ground } from "./ground.tsx";
import type { Asking, Drawn } from "./player.tsx";
import type { PromptBox } from "./prompts.ts";

interface Exemplar {
  readonly box: PromptBox;
  readonly positive: boolean;
}

interface Props {
  readonly subject: Asking["subject"];
  /** One, or two that are asked the same. */
  readonly models: readonly string[];
  /** Names the image. */
  readonly image: string;
  readonly drawn: Drawn;
  /** Of a row, or the first that its benchmark asks. */
  readonly usual: string;
  /** That its benchmark asks. */
  readonly phrases: readonly string[] | undefined;
  readonly abilitiesOf: (model: string) => Abilities | undefined;
  readonly state: State;
  readonly go: Go;
}

type Boxes = Found["abilities"]["exemplars"];

/** Which boxes a model takes, none before that is known. */
function boxesOf(abilities: Abilities | undefined): Boxes {
  return abilities?.kind === "concept" ? abilities.exemplars : "none";
}

/** Scores below it are drawn as lines. */
const USUAL_THRESHOLD = 0.5;

/** What dragging does. */
export function BoxesOfPhrases({ abilities }: { readonly abilities: Abilities | undefined }) {
  const isTaken = boxesOf(abilities) !== "none";
  return (
    <p class="keys" id="play-keys">
      {isTaken
        ? "Dragging draws a box around something that is meant, or that is not."
        : "The model takes no boxes: dragging moves the picture."}
    </p>
  );
}

export function PhrasePlay({
  subject,
  models,
  image,
  drawn,
  usual,
  phrases = [],
  abilitiesOf,
  state,
  go,
}: Props) {
  const phrase = state.phrase ?? usual;
  const [words, setWords] = useState(phrase);
  useEffect(() => setWords(phrase), [phrase]);
  const [exemplars, setExemplars] = useState<readonly Exemplar[]>([]);
  useEffect(() => setExemplars([]), [image]);
  const [positive, setPositive] = useState(true);
  const takes = (model: string) => boxesOf(abilitiesOf(model));
  const threshold = Number(state.from ?? USUAL_THRESHOLD);
  return (
    <>
      <form
        class="tools"
        onSubmit={(event) => {
          event.preventDefault();
          go({ phrase: words.trim() }, true);
        }}
      >
        <label>
          <span>Phrase </span>
          <input
            type="search"
            value={words}
            placeholder="red apple"
            list="play-phrases"
            onInput={(event) => setWords(event.currentTarget.value)}
          />
        </label>
        <datalist id="play-phrases">
          {[...new Set(phrases)].map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        <button type="submit">Find</button>
        <label class="slide">
          <span>Scores from</span>
          <input
            type="range"
            min="5"
            max="95"
            value={String(Math.round(100 * threshold))}
            onInput={(event) => go({ from: String(Number(event.currentTarget.value) / 100) }, true)}
          />
          <output>{Math.round(100 * threshold)} %</output>
        </label>
        {models.some((model) => takes(model) !== "none") && (
          <Tabs
            label="A box is around"
            of={[
              { id: "1", title: "+ what is meant" },
              { id: "0", title: "− what is not" },
            ]}
            shown={positive ? "1" : "0"}
            choose={(id) => setPositive(id === "1")}
          />
        )}
        {exemplars.length > 0 && (
          <button type="button" onClick={() => setExemplars([])}>
            Take {exemplars.length === 1 ? "the box" : `${count(exemplars.length)} boxes`} away
          </button>
        )}
      </form>
      <div class="grounds">
        {models.map((model) => (
          <Answered
            key={model}
            {...{ subject, model, image, drawn, phrase, exemplars, threshold, positive }}
            takes={takes(model)}
            box={(box, most) => setExemplars([...(most === "one" ? [] : exemplars), { box, positive }])}
          />
        ))}
      </div>
    </>
  );
}

interface AnsweredProps extends Pick<Props, "subject" | "image" | "drawn"> {
  readonly model: string;
  readonly phrase: string;
  readonly exemplars: readonly Exemplar[];
  readonly threshold: number;
  readonly positive: boolean;
  readonly box: (box: PromptBox, most: Boxes) => void;
  readonly takes: Boxes;
}

/** The answer of one model, which stays until the next. */
function Answered({
  subject,
  model,
  image,
  drawn,
  phrase,
  exemplars,
  threshold,
  positive,
  box,
  takes,
}: AnsweredProps) {
  const asking = { subject, model, exemplars, ...(phrase !== "" && { phrase }) };
  const key = JSON.stringify(asking);
  const [got, set] = useState<{ readonly of: string; readonly found?: Found; readonly problem?: string }>();
  const isAsked = phrase !== "" || exemplars.length > 0;
  useEffect(() => {
    if (!isAsked) return set(undefined);
    const stop = new AbortController();
    answer(api.play.find.$post({ json: asking as never }, { init: { signal: stop.signal } })).then(
      (found) => {
        if (stop.signal.aborted) return;
        set({ of: key, found: found as Found });
      },
      (error: Error) => stop.signal.aborted || set({ of: key, problem: error.message }),
    );
    return () => stop.abort();
  }, [key]);
  const busy = isAsked && got?.of !== key;
  const found = got?.found;
  const rasters = useMemo(
    () => (found?.instances ?? []).map(({ mask }, i) => rasterOf(mask, `mask ${i + 1}`, drawn.size)),
    [found, drawn.size],
  );
  const scene = useMemo(
    () => sceneOf(drawn, found, rasters, threshold, exemplars),
    [drawn.picture, drawn.size, found, rasters, threshold, exemplars],
  );
  const kept = found?.instances.filter(({ score }) => score >= threshold).length ?? 0;
  const text =
    found === undefined
      ? isAsked
        ? "no answer yet"
        : "Ask for a phrase"
      : `${count(kept)} found from ${Math.round(100 * threshold)} % on, ${count(found.instances.length - kept)} below`;
  const presence =
    found?.presence === undefined ? "" : `; probability of there being anything ${plain(found.presence)}`;
  return (
    <section class="player" aria-label={model} aria-busy={busy}>
      <h2>
        {model} <small>{busy ? "at work …" : found && `${Math.round(found.times.whole)} ms`}</small>
      </h2>
      <Ground
        {...{ scene, image, positive }}
        label={`${model}: ${text}`}
        describedBy="play-keys"
        boxes={takes !== "none"}
        focus={undefined}
        point={() => undefined}
        box={(drag) => takes !== "none" && box(drag, takes)}
      />
      {got?.problem !== undefined && <Problem text={got.problem} />}
      <p class="note" role="status">
        {text}
        {presence}.
      </p>
      {found !== undefined && found.abilities.scoresFrom > 0 && (
        <p class="note">Its graphs give no masks with a score below {plain(found.abilities.scoresFrom)}.</p>
      )}
    </section>
  );
}

function sceneOf(
  { picture, size }: Drawn,
  found: Found | undefined,
  rasters: readonly Raster[],
  threshold: number,
  exemplars: readonly Exemplar[],
): Scene {
  const all = (found?.instances ?? []).map(({ score }, i) => ({ score, raster: rasters[i]!, number: i + 1 }));
  const kept = all.filter(({ score }) => score >= threshold);
  const low = all.filter(({ score }) => score < threshold);
  const layers: Layer[] = [
    ...low.map(({ raster }): Layer => ({ raster, ...looks.low })),
    ...kept.map(
      ({ raster, number }): Layer => ({ raster, colour: colourOf(number), fill: 0.45, outline: true }),
    ),
    ...exemplars.map(
      ({ box, positive }): Layer => ({
        ...{ raster: boxRaster(box, size), fill: 0, outline: true },
        colour: positive ? [18, 133, 63] : [200, 30, 52],
      }),
    ),
  ];
  const tags = kept.flatMap(({ raster, score }): Tag[] => {
    const middle = middleOf(raster);
    if (middle === undefined) return [];
    return [{ x: middle[0], y: middle[1], text: String(Math.floor(100 * score)), ground: "#111111d0" }];
  });
  return { picture, size, layers, marks: [], tags, box: undefined };
}

function boxRaster([x0, y0, x1, y1]: PromptBox, { width, height }: Scene["size"]): Raster {
  const pixels = new Uint8Array(width * height);
  for (let x = x0; x <= x1; x++) pixels.fill(1, x * height + y0, x * height + y1 + 1);
  return { width, height, pixels };
}
