// The playground: an image, a model or two, and prompts of one's own; of a target also the truth, its scores and the simulated user.
import "./play.css";
import { useEffect, useMemo, useState } from "preact/hooks";
import { answer, api, type Ground, type Run, type Subject, useAnswer } from "../shared/ask.ts";
import { Problem, Tabs, useKeys } from "../shared/parts.tsx";
import type { Change, Go, State } from "../shared/state.ts";
import { Chooser, firstSubject, subjectOf } from "./play-chooser.tsx";
import { asInRun, Copies, Keys, Moves, Sending, Steps } from "./play-game.tsx";
import { BoxesOfPhrases, PhrasePlay } from "./play-phrase.tsx";
import { type Asking, boxOf, Player, type Told, useAbilities, useDrawn, usePlayed } from "./player.tsx";
import {
  addressText,
  type Habits,
  type HandPrompt,
  type PromptBox,
  promptsIn,
  withChoice,
  withMore,
  withoutChoices,
} from "./prompts.ts";

interface Props {
  readonly runs: readonly Run[];
  readonly state: State;
  readonly go: Go;
}

export function Play({ can, ...props }: Props & { readonly can: boolean }) {
  if (!can)
    return (
      <p class="missing">
        No model runs here: this page is a copy. <code>segbench view</code> on a machine with the models has
        the playground.
      </p>
    );
  return <Here {...props} />;
}

function Here({ runs, state, go }: Props) {
  const ground = useAnswer("ground", () => answer(api.play.ground.$get()));
  if (ground.state === "failed") return <Problem text={ground.problem} />;
  if (ground.state !== "there") return <p class="wait">Looking for models and images …</p>;
  return <Playground ground={ground.value} runs={runs} state={state} go={go} />;
}

const layers = [
  { id: "truth", title: "Truth", usual: true, key: "t" },
  { id: "errors", title: "Errors", usual: false, key: "e" },
  { id: "next", title: "Next prompt", usual: true, key: "x" },
] as const;

function Playground({ ground, runs, state, go }: Props & { readonly ground: Ground }) {
  const name = subjectOf(state);
  const key = JSON.stringify(name);
  const asked = useAnswer(`subject ${key}`, async () =>
    name === undefined
      ? undefined
      : answer(api.play.subject.$get({ query: { ...name, target: "" } as never })),
  );
  const subject = asked.state === "there" ? (asked.value as Subject | undefined) : undefined;
  useEffect(() => {
    if (name !== undefined) return;
    const run = runs.find((one) => one.name === state.run);
    firstSubject(ground, run, state.benchmark).then(
      (first) => go((now) => (now.view === "play" && subjectOf(now) === undefined ? first : {}), true),
      () => undefined,
    );
  }, [key, state.run, state.benchmark]);
  const images = ground.models.filter(({ kind }) => kind === "image");
  const scored = subject?.targets.filter(({ reason }) => reason === undefined) ?? [];
  const target = state.target ?? subject?.row?.target ?? scored[0]?.id ?? "";
  const isScored = scored.some(({ id }) => id === target);
  const protocol = state.protocol ?? subject?.row?.protocol ?? ground.protocols[0]?.id ?? "";
  const ofRow = subject?.row;
  const isHere = ground.models.some(({ name: own }) => own === ofRow?.model);
  // An image of phrases, perhaps answered by a model that is not here.
  const finder =
    subject?.phrases !== undefined && !isHere
      ? ground.models.find(({ kind }) => kind === "concept")?.name
      : undefined;
  const model = state.model ?? finder ?? ofRow?.model ?? images[0]?.name ?? "";
  const [habits, setHabits] = useState<Habits>({ feedback: true, masks: "auto" });
  const [input, setInput] = useState({ positive: true, boxes: true });
  const [auto, setAuto] = useState(false);

  // The address has the prompts, but for lists that are too long for it.
  const text = state.prompts ?? "";
  const [own, setOwn] = useState<{ readonly text: string; readonly steps: readonly HandPrompt[] }>();
  const steps = useMemo(() => (own?.text === text ? own.steps : promptsIn(text)), [own, text]);
  const play = (next: readonly HandPrompt[], change: Change = {}) => {
    setOwn({ text: addressText(next), steps: next });
    go({ ...change, prompts: addressText(next) }, true);
  };

  const isOfPhrases = ground.models.find((one) => one.name === model)?.kind === "concept";
  const asking = (which: string | undefined, isFirst: boolean): Asking | undefined =>
    isOfPhrases || subject === undefined || name === undefined || which === undefined || which === ""
      ? undefined
      : {
          ...{
            subject: name,
            model: which,
            steps: (isFirst ? steps : withoutChoices(steps)) as Asking["steps"],
          },
          ...(isScored ? { target, protocol } : {}),
        };
  const abilitiesOf = useAbilities([model, state.against]);
  const [clicked, beside] = [abilitiesOf(model), abilitiesOf(state.against)];
  const takesBoxes = [clicked, beside].every((one) => one?.kind !== "image" || one.box);
  const canFeed = clicked?.kind !== "image" || clicked.maskInput;
  const first = usePlayed(asking(model, true));
  const second = usePlayed(asking(state.against, false));
  const user = first.busy ? undefined : first.answer?.user;
  const simulate = () => {
    if (user?.state === "sends") play([...steps, user.sent as HandPrompt]);
  };
  useEffect(() => {
    if (!auto || first.busy) return;
    if (user?.state === "sends" && first.problem === undefined) simulate();
    else setAuto(false);
  }, [auto, first.busy, first.of]);

  const undo = () => play(steps.slice(0, -1));
  const toggled = (state.hide ?? "").split(",").filter((one) => one !== "");
  const isOn = (layer: string) => layers.find(({ id }) => id === layer)!.usual !== toggled.includes(layer);
  const toggle = (layer: string) => {
    const others = toggled.filter((one) => one !== layer);
    go({ hide: (others.length < toggled.length ? others : [...toggled, layer]).join(",") }, true);
  };
  const count = first.answer?.candidates.length ?? 0;
  const commands: Readonly<Record<string, () => void>> = {
    n: simulate,
    u: undo,
    c: () => play([]),
    m: () => setHabits((old) => ({ ...old, feedback: !old.feedback })),
    ...Object.fromEntries(layers.map(({ key: letter, id }) => [letter, () => toggle(id)])),
    ...Object.fromEntries(
      Array.from({ length: count }, (_, i) => [String(i + 1), () => play(withChoice(steps, i))]),
    ),
  };
  useKeys((key) => {
    commands[key]?.();
    return commands[key] !== undefined;
  });

  const drawn = useDrawn(name, subject, isScored ? target : undefined, isOn);
  const pick = (change: Change, sameImage: boolean) => {
    setAuto(false);
    if (sameImage) play(withoutChoices(steps), change);
    else go({ ...change, prompts: undefined });
  };
  const focus = useMemo(() => drawn?.truth && boxOf(drawn.truth), [drawn?.truth]);
  const boxes = input.boxes && takesBoxes;
  const about = { steps, image: key, metrics: ground.metrics, focus, ...input, boxes };
  const made = (told: Told) => told.answer?.steps.slice(0, steps.length) ?? [];
  const sides = [
    { title: model, steps: made(first) },
    ...(state.against === undefined ? [] : [{ title: state.against, steps: made(second) }]),
  ];
  const alike = first.busy ? undefined : asInRun(made(first), subject?.row, { protocol, model });
  const hear = {
    point: (x: number, y: number, label: 0 | 1) => play(withMore(steps, { click: [x, y, label] }, habits)),
    box: (box: PromptBox) => play(withMore(steps, { box }, habits)),
  };
  return (
    <main class="play">
      <div>
        {asked.state === "failed" && <Problem text={asked.problem} />}
        {ground.problems.map((text) => (
          <Problem key={text} text={text} />
        ))}
        {subject?.row !== undefined && subject.row.status !== "ok" && target === subject.row.target && (
          <p class="missing">
            The target of this row is not scored ({subject.row.status}: {subject.row.reason}): there are
            prompts, but no truth.
          </p>
        )}
        {subject?.notes.map((text) => (
          <p key={text} class="note">
            {text}
          </p>
        ))}
        {subject === undefined || drawn === undefined ? (
          <p class="wait">
            {name === undefined
              ? "Choose an image of a benchmark, or drop one of your own."
              : asked.state === "failed"
                ? ""
                : "Looking for the image …"}
          </p>
        ) : isOfPhrases && name !== undefined ? (
          <PhrasePlay
            {...{ drawn, state, go }}
            subject={name}
            image={key}
            models={[model, ...(state.against === undefined ? [] : [state.against])]}
            usual={subject.row?.category ?? subject.phrases?.[0] ?? ""}
            {...{ phrases: subject.phrases, abilitiesOf }}
          />
        ) : (
          <>
            <div class="tools">
              <Tabs
                label="A click means"
                of={[
                  { id: "1", title: "+ object" },
                  { id: "0", title: "− background" },
                ]}
                shown={input.positive ? "1" : "0"}
                choose={(id) => setInput({ ...input, positive: id === "1" })}
              />
              {takesBoxes && (
                <Tabs
                  label="Dragging"
                  of={[
                    { id: "box", title: "drag: box" },
                    { id: "move", title: "drag: move" },
                  ]}
                  shown={input.boxes ? "box" : "move"}
                  choose={(id) => setInput({ ...input, boxes: id === "box" })}
                />
              )}
              {isScored && (
                <fieldset class="tabs" aria-label="Layers">
                  {layers.map(({ id, title, key: letter }) => (
                    <button
                      key={id}
                      type="button"
                      aria-pressed={isOn(id)}
                      title={`key ${letter}`}
                      onClick={() => toggle(id)}
                    >
                      {title}
                    </button>
                  ))}
                </fieldset>
              )}
            </div>
            <Moves
              {...{ first, steps, user, auto, isScored, undo, simulate }}
              clear={() => play([])}
              playAll={() => setAuto(!auto)}
            />
            <div class="grounds">
              <Player
                {...about}
                {...{ title: model, told: first, drawn, ...hear }}
                choose={(i) => play(withChoice(steps, i))}
              />
              {state.against !== undefined && (
                <Player {...about} {...{ title: state.against, told: second, drawn, ...hear }} />
              )}
            </div>
            {steps.length > 0 && <Steps {...{ sides, alike, metrics: ground.metrics }} />}
          </>
        )}
        {isOfPhrases ? <BoxesOfPhrases abilities={abilitiesOf(model)} /> : <Keys />}
      </div>
      <div class="controls">
        <Chooser {...{ ground, subject, state, pick, target, protocol, model, isScored }} />
        {subject !== undefined && !isOfPhrases && (
          <>
            <Sending {...{ habits, setHabits }} canFeed={canFeed} />
            <Copies
              {...{ ground, subject, told: first, target: isScored ? target : undefined, protocol, model }}
            />
          </>
        )}
        {name?.run !== undefined && isHere && (
          <p class="note">
            Models are opened as the run {runs.find((run) => run.name === name.run)?.name ?? name.run} opened
            them.
          </p>
        )}
      </div>
    </main>
  );
}
