// One target: its picture by one model or several, with what was predicted, the truth, what was sent, and the numbers of each step.
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Annotators, AnswerText, useSeen } from "../picture/answers.tsx";
import { numberAt } from "../picture/canvas.ts";
import { type Drawn, nothing, useChanges, useDrawn } from "../picture/drawn.ts";
import { type RowPlace, useFrame, usePicture, useTarget } from "../picture/load.ts";
import {
  type LayerName,
  labelOf,
  layers,
  sceneOf,
  sizeOf,
  stagesOf,
  thereIn,
  titleOf,
  toggledIn,
  usualStage,
} from "../picture/scene.ts";
import type { Note, Run, Shown, Truth } from "../shared/ask.ts";
import { Problem, useKeys } from "../shared/parts.tsx";
import { type Beside, sidesOf, sideTitle, useBeside } from "../shared/sides.tsx";
import type { Go, State } from "../shared/state.ts";
import { Candidates } from "./candidates.tsx";
import { FramePlot } from "./frames.tsx";
import { type Pane, Panes } from "./panes.tsx";
import { Agreement, Facts, Generated, maskText, Parts, Scores } from "./scores.tsx";
import { Layers, Player, Steps } from "./steps.tsx";

interface Props {
  readonly run: Run;
  readonly place: string;
  readonly version: string;
  readonly state: State;
  readonly go: Go;
  readonly notes: Readonly<Record<string, readonly Note[]>>;
  /** What the list is sorted by: its step is shown first. */
  readonly sorting: Note | undefined;
  /** Comes below all of it. */
  readonly foot: ComponentChildren;
}

export function Target({ run, place, version, state, go, notes, sorting, foot }: Props) {
  const at = { run: run.name, row: place };
  const asked = useTarget(at, version);
  const beside = useBeside(run.name, place, sidesOf(state, run.name), version);
  if (asked.state === "failed") return <Problem text={asked.problem} />;
  // The one before stays until this one is there.
  const there = asked.state === "there" ? asked.value : asked.before;
  if (there === undefined) return <p class="wait">Looking for the image …</p>;
  return (
    <Detail
      {...{ at, beside, state, go, sorting, foot, ...there }}
      notes={notes[there.shown.row.protocol] ?? []}
      waiting={asked.state === "waiting"}
    />
  );
}

interface DetailProps extends Pick<Props, "state" | "go" | "sorting" | "foot"> {
  readonly at: RowPlace;
  readonly shown: Shown;
  readonly truth: Truth;
  readonly beside: readonly Beside[] | undefined;
  readonly notes: readonly Note[];
  readonly waiting: boolean;
}

function Detail({
  at: place,
  shown,
  truth: whole,
  beside,
  state,
  go,
  notes,
  sorting,
  foot,
  waiting,
}: DetailProps) {
  const { row, masks, withoutMasks, values } = shown;
  const stages = useMemo(() => stagesOf(row, masks, shown.judged !== undefined), [row, masks]);
  const usual = usualStage(stages, sorting);
  const at = Math.min(
    stages.length - 1,
    Math.max(0, state.step === undefined ? usual : Number(state.step) || 0),
  );
  const stage = stages[at];
  const frame = stage?.frame ?? "";
  const toggled = toggledIn(state);
  const isOn = (name: LayerName) => layers.find((one) => one.name === name)!.usual !== toggled.includes(name);
  const toggle = (name: LayerName) =>
    go((now) => {
      const names = toggledIn(now);
      const others = names.filter((one) => one !== name);
      return { hide: (others.length < names.length ? others : [...names, name]).join(",") };
    }, true);
  const toStep = (step: number) => go({ step: String(step), candidate: undefined }, true);
  const step = (by: number) =>
    go((now) => {
      const from = now.step === undefined ? at : Number(now.step) || 0;
      return { step: String(Math.min(stages.length - 1, Math.max(0, from + by))), candidate: undefined };
    }, true);
  useKeys((key) => {
    const layer = layers.find((one) => one.key === key);
    const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (layer !== undefined) toggle(layer.name);
    else if (by !== undefined && stages.length > 0) step(by);
    else if (key === "Home" && stages.length > 0) toStep(0);
    else if (key === "End" && stages.length > 0) toStep(stages.length - 1);
    else return false;
    return true;
  });

  const truth = useSeen(useFrame(place, frame, whole), shown.judged, state.annotator);
  const image = `${place.run} ${row.benchmark} ${row.sample}`;
  const picture = usePicture(image, place, frame, truth.size !== undefined && !waiting);
  const alone = state.candidate === undefined ? undefined : Number(state.candidate) - 1;
  const wants = (of: typeof stage) =>
    isOn("candidates") || (alone !== undefined && alone !== of?.step?.chosen);
  const own = useDrawn(shown, stage, truth, place, at, frame, wants(stage), row.model);
  // As many as there can be: hooks are called in one order.
  const others = [0, 1, 2].map((i) => {
    const side = beside?.[i];
    const theirs = side?.shown;
    const rowOf = theirs?.row;
    const list = useMemo(
      () => (theirs === undefined ? [] : stagesOf(theirs.row, theirs.masks, theirs.judged !== undefined)),
      [theirs],
    );
    const index =
      stage === undefined
        ? -1
        : stage.all !== undefined
          ? 0
          : list.findIndex(({ title }) => title === stage.title);
    const title = side === undefined ? "" : sideTitle(side, place.run);
    const sidePlace = { run: side?.run ?? "", row: String(side?.place ?? "") };
    const found = useDrawn(theirs, list[index], truth, sidePlace, index, frame, wants(list[index]), title);
    if (side === undefined) return undefined;
    const missing = [
      ...(side.missing === undefined ? found.missing : [side.missing]),
      ...(rowOf?.status === "ok" && index === -1 && list.length > 0 ? ["It has no such step."] : []),
    ];
    return { ...found, missing };
  });
  const all: readonly Drawn[] = [own, ...others.flatMap((one) => (one === undefined ? [] : [one]))];
  const size = truth.size ?? sizeOf(row, stage?.mask);
  const changes = useChanges(all);
  const shownLayers = layers.map(({ name }) => isOn(name)).join();
  const scenes = useMemo(
    () =>
      all.map(({ stage: ofModel, rasters = nothing }, i) =>
        size === undefined
          ? undefined
          : sceneOf({ rasters, picture, size, stage: ofModel, change: changes[i], alone, isOn }),
      ),
    [picture, shownLayers, size?.width, size?.height, alone, changes, ...all.map(({ rasters }) => rasters)],
  );
  const there = thereIn(
    own.rasters ?? nothing,
    stage,
    changes.some((one) => one !== undefined),
  );
  const panes = all.map(({ title, row: ofModel = row, stage: ofStage, missing }, i): Pane => {
    const isEmpty = i > 0 && ofStage === undefined;
    return {
      title,
      scene: isEmpty ? undefined : scenes[i],
      label: `${title}: ${labelOf(ofModel, ofStage, there)}`,
      note: missing.join(" "),
    };
  });
  const [isPlaying, setPlaying] = useState(false);
  const [pointed, setPointed] = useState<number | undefined>(undefined);
  const set = stage?.all;
  const hovered = set?.[(pointed ?? 0) - 1];
  const maskAt = (point: readonly [number, number] | undefined) =>
    point === undefined || own.rasters?.whole === undefined ? 0 : numberAt(own.rasters.whole, ...point);
  const missing = [
    ...(truth.missing === undefined ? [] : [truth.missing]),
    ...(withoutMasks === undefined ? [] : [withoutMasks]),
    ...own.missing,
    ...all
      .slice(1)
      .flatMap((one) =>
        one.rasters?.prediction === undefined && one.rasters?.whole === undefined
          ? one.missing.map((text) => `${one.title}: ${text}`)
          : [],
      ),
  ];
  const compared = all.flatMap(({ title, stage: ofModel }) =>
    ofModel?.step === undefined ? [] : [{ title, step: ofModel.step }],
  );
  return (
    <section class="target" aria-label="Target" aria-busy={waiting}>
      <h2>
        {titleOf(row)}
        <small>
          {row.benchmark}, sample {row.sample}, target {row.target}; {row.model}, {row.protocol}
        </small>
      </h2>
      {row.status !== "ok" && (
        <p class="problem">
          {row.status}: {row.reason}
        </p>
      )}
      <div class="tools">
        <Layers {...{ isOn, there, toggle }} />
        <Annotators
          judged={shown.judged}
          shown={truth.annotator}
          choose={(annotator) => go({ annotator }, true)}
        />
        {frame === "" && <Steps stages={stages} at={at} choose={toStep} />}
      </div>
      {missing.map((text) => (
        <p key={text} class="missing">
          {text}
        </p>
      ))}
      <div class={panes.length > 1 ? "pane several" : "pane"}>
        <div>
          {set !== undefined && set.length > 0 && (
            <p class="note pointed" role="status">
              {hovered?.generated === undefined
                ? "Point at a mask to see its numbers; press it to see it alone."
                : maskText(hovered.generated)}
            </p>
          )}
          <Panes
            {...{ panes, image, size, state, go }}
            place={place.row}
            box={
              row.status === "ok" && row.box !== undefined
                ? [row.box[0], row.box[1], row.box[2], row.box[3]]
                : undefined
            }
            hover={set === undefined ? undefined : (point) => setPointed(maskAt(point) || undefined)}
            press={
              set === undefined
                ? undefined
                : (point) => {
                    const number = maskAt(point);
                    if (number > 0) toStep(number);
                  }
            }
          />
          {frame !== "" && (
            <Player
              {...{ at, stages, isPlaying }}
              frames={row.status === "ok" ? Number(row.facts?.frames) || undefined : undefined}
              play={setPlaying}
              choose={toStep}
              isDrawn={picture !== undefined || truth.size === undefined}
            />
          )}
          {frame !== "" && <FramePlot sides={all} {...{ at, stages, notes }} choose={toStep} />}
        </div>
        <div class="numbers">
          {stage?.mask?.generated !== undefined && <Generated mask={stage.mask.generated} />}
          <AnswerText
            annotator={truth.annotator}
            sides={all.map(({ title }, i) => ({
              title,
              judged: (i === 0 ? shown : beside?.[i - 1]?.shown)?.judged,
            }))}
          />
          {compared.length > 0 && <Scores sides={compared} notes={notes} />}
          {all.slice(1).map(({ title, rasters }) => (
            <Agreement key={title} a={own.rasters?.prediction} b={rasters?.prediction} title={title} />
          ))}
          {(frame === "" ? compared : []).map(({ title, step: of }) => (
            <Candidates
              key={title}
              step={of}
              notes={notes}
              title={compared.length > 1 ? title : undefined}
              alone={alone}
              choose={(candidate) =>
                go({ candidate: candidate === alone ? undefined : String(candidate + 1) }, true)
              }
            />
          ))}
          <Parts values={values} notes={notes} />
          {row.status === "ok" && <Facts row={row} values={values} notes={notes} />}
        </div>
      </div>
      {foot}
    </section>
  );
}
