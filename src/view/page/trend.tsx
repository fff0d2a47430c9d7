// A measure over the runs of the folder: a chart, and the same in a table.
import * as Plot from "@observablehq/plot";
import { useEffect, useRef, useState } from "preact/hooks";
import { units } from "../../core/units.ts";
import { clustersText } from "../../core/words.ts";
import "./trend.css";
import { type Asked, answer, api, type Note, type Run, type Runs, type Trend, useAnswer } from "./ask.ts";
import { Command, placeOf } from "./command.tsx";
import { versionOf } from "./live.ts";
import { scaled, shortTime, shown, withUnit } from "./numbers.ts";
import { Choice, Head, Link, only, Problem } from "./parts.tsx";
import { newestFirst, remarksOn, scopesOf } from "./scope.ts";
import type { Change, Go, State } from "./state.ts";

interface Props {
  readonly list: Runs;
  readonly state: State;
  readonly go: Go;
}

/** Stands for the mean over benchmarks. */
const MEAN = "";

export function TrendView({ list, state, go }: Props) {
  const runs = newestFirst(list.runs.filter(({ problem }) => problem === undefined));
  const names = (of: (run: Run) => readonly string[]) => [...new Set(runs.flatMap(of))];
  const models = names(({ models: own = [] }) => own.map(({ name }) => name));
  const model = models.find((name) => name === state.model) ?? models[0];
  const having = runs.filter(({ models: own = [] }) => own.some(({ name }) => name === model));
  const benchmarks = [...new Set(having.flatMap(({ benchmarks: own = [] }) => own.map(({ name }) => name)))];
  const protocols = [...new Set(having.flatMap(({ protocols: own = [] }) => own))];
  const protocol = protocols.find((id) => id === state.protocol) ?? protocols[0];
  const benchmark =
    benchmarks.find((name) => name === state.benchmark) ?? (benchmarks.length > 1 ? MEAN : benchmarks[0]);
  if (model === undefined || protocol === undefined || benchmark === undefined)
    return <p class="wait">There is no run here that has numbers.</p>;
  const set = (change: Change) => go({ model, benchmark, protocol, ...change }, true);
  return (
    <main>
      <h2>Trend</h2>
      <form class="sides" onSubmit={(event) => event.preventDefault()}>
        <Choice label="Model" of={models} value={model} set={(value) => set({ model: value })} />
        <Choice
          label="Benchmark"
          of={benchmarks}
          value={benchmark}
          any={benchmarks.length > 1 ? "mean over benchmarks" : undefined}
          set={(value) => set({ benchmark: value === "" ? undefined : value })}
        />
        <Choice label="Protocol" of={protocols} value={protocol} set={(value) => set({ protocol: value })} />
      </form>
      <Measured folder={list.folder} {...{ runs, model, benchmark, protocol, state, go }} />
    </main>
  );
}

/** A run's number. */
export interface Point {
  readonly run: Run;
  readonly estimate: Trend["points"][number]["measures"][string];
  /** What keeps it from being set beside the newest one. */
  readonly remarks: readonly string[];
}

interface MeasuredProps {
  readonly folder: string;
  readonly runs: readonly Run[];
  readonly model: string;
  readonly benchmark: string;
  readonly protocol: string;
  readonly state: State;
  readonly go: Go;
}

function Measured({ folder, runs, model, benchmark, protocol, state, go }: MeasuredProps) {
  const query = { model, benchmark, protocol };
  const version = runs.map((run) => `${run.name} ${versionOf(run)}`).join();
  const asked: Asked<Trend> = useAnswer(
    `trend ${JSON.stringify(query)}`,
    () => answer(api.trend.$get({ query })),
    version,
  );
  if (asked.state === "failed") return <Problem text={asked.problem} />;
  const trend = asked.state === "there" ? asked.value : asked.before;
  if (trend === undefined) return <p class="wait">Reading the numbers of {runs.length} runs …</p>;
  const { notes, points: found, without } = trend;
  const note = notes.find(({ id }) => id === state.measure) ?? notes.find(({ show }) => show === "main");
  const newest = newestFirst(
    runs.filter(({ name }) => found.some(({ run, measures }) => run === name && note && measures[note.id])),
  );
  const points = newest.map((run): Point => {
    const { measures } = found.find((one) => one.run === run.name)!;
    const others = scopesOf(run, benchmark);
    return {
      run,
      estimate: measures[note!.id]!,
      remarks: remarksOn(run, others, newest[0]!, scopesOf(newest[0]!, benchmark)),
    };
  });
  return (
    <>
      {note !== undefined && (
        <form class="sides" onSubmit={(event) => event.preventDefault()}>
          <Choice
            label="Measure"
            of={notes.map(({ id }) => id)}
            value={note.id}
            titleOf={(id) => titleOf(notes.find((one) => one.id === id)!)}
            set={(measure) => go({ measure }, true)}
          />
        </form>
      )}
      {note === undefined || points.length === 0 ? (
        <p class="wait">No run here has this.</p>
      ) : (
        <>
          <p class="note">{note.meaning}</p>
          <Chart points={points} note={note} go={go} />
          <Table points={points} note={note} go={go} />
          <Command
            words={[
              "report",
              ...points.map(({ run }) => placeOf(folder, run.name)),
              ...(note.show === "main" ? [] : ["--json"]),
            ]}
          />
        </>
      )}
      {without.length > 0 && (
        <details class="note">
          <summary>{without.length} runs without a number</summary>
          {without.map(({ run, why }) => (
            <p key={run}>
              {run}: {why}
            </p>
          ))}
        </details>
      )}
    </>
  );
}

function titleOf({ of, at }: Note): string {
  return at === "" ? of : `${of}, ${at}`;
}

function intervalOf({ unit }: Note, { low, high }: Point["estimate"]): string {
  return low === undefined || high === undefined ? "" : `[${shown(unit, low)}, ${shown(unit, high)}]`;
}

const HEIGHT = 280;
/** Widths of labels, in pixels. */
const LABEL = 92;

/** Runs stand in the order of their times, side by side: those of an afternoon would else hide each other. */
function Chart({ points, note, go }: { readonly points: readonly Point[]; readonly note: Note; go: Go }) {
  const box = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(0);
  const chosen = useRef<Point | null>(null);
  useEffect(() => {
    const own = box.current!;
    const watch = new ResizeObserver(() => setWidth(Math.floor(own.clientWidth)));
    watch.observe(own);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    const own = box.current!;
    if (width === 0) return undefined;
    const svg = draw([...points].reverse(), note, width);
    // Plot's own style would be refused by the page's policy; trend.css has it.
    svg.querySelector("style")?.remove();
    const hear = () => {
      chosen.current = (svg as unknown as { readonly value: Point | null }).value;
    };
    svg.addEventListener("input", hear);
    own.replaceChildren(svg);
    return () => svg.removeEventListener("input", hear);
  }, [points, note, width]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the table below has the same as links
    <figure
      ref={box}
      class="trend"
      onClick={() => chosen.current !== null && go(only({ run: chosen.current.run.name }))}
    />
  );
}

function draw(points: readonly Point[], note: Note, width: number) {
  const x = ({ run }: Point) => run.name;
  const value = (number: number | undefined) =>
    number === undefined ? undefined : scaled(note.unit, number);
  const y = ({ estimate }: Point) => value(estimate.value);
  const low = ({ estimate }: Point) => value(estimate.low ?? estimate.value);
  const high = ({ estimate }: Point) => value(estimate.high ?? estimate.value);
  const fits = points.filter(({ remarks }) => remarks.length === 0);
  const others = points.filter(({ remarks }) => remarks.length > 0);
  const every = Math.ceil((points.length * LABEL) / width);
  const ticks = points.filter((_, i) => (points.length - 1 - i) % every === 0);
  const runOf = new Map(points.map(({ run }) => [run.name, run]));
  const label = (name: string) => {
    const { time, commit } = runOf.get(name)!;
    return `${time === undefined ? "?" : shortTime(time).slice(5)}\n${commit?.slice(0, 9) ?? name.slice(-12)}`;
  };
  const ends = points.flatMap((point) => [low(point)!, high(point)!]);
  return Plot.plot({
    ...{ width, height: HEIGHT, marginTop: 30, marginBottom: 48, marginLeft: 52, marginRight: 24 },
    className: "plot",
    ariaLabel: `${titleOf(note)} over ${points.length} runs; the table below has the numbers.`,
    x: { type: "point", domain: points.map(x), label: null, padding: 0.6 },
    y: {
      ...{ label: null, nice: true, grid: true, domain: padded(ends), ticks: 5 },
      tickFormat: (number: number) => `${number}${units[note.unit].value}`,
    },
    marks: [
      Plot.axisX({ ticks: ticks.map(x), tickFormat: label, tickSize: 4 }),
      Plot.line(fits, { x, y, stroke: "var(--strong)", strokeWidth: 1.5 }),
      Plot.ruleX(points, {
        x,
        y1: low,
        y2: high,
        stroke: "var(--focus)",
        strokeOpacity: 0.6,
        strokeWidth: 2,
      }),
      Plot.dot(fits, { x, y, r: 4.5, fill: "var(--focus)" }),
      Plot.dot(others, { x, y, r: 4.5, fill: "var(--page)", stroke: "var(--focus)", strokeWidth: 1.5 }),
      Plot.text(points, {
        ...{ x, y: high, dy: -10, lineAnchor: "bottom" },
        text: ({ run }: Point) => (run.tags ?? []).join(", "),
      }),
      Plot.tip(points, Plot.pointerX({ x, y, title: (point: Point) => told(point, note), maxRadius: 60 })),
    ],
  });
}

function padded(ends: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const room = high === low ? Math.max(1, Math.abs(high) / 20) : (high - low) / 10;
  return [low - room, high + room];
}

function told({ run, estimate, remarks }: Point, note: Note): string {
  const { time, commit, tags = [] } = run;
  const more = [
    time === undefined ? "" : shortTime(time),
    ...(commit === undefined ? [] : [commit.slice(0, 9)]),
    ...tags,
  ];
  return [
    run.name,
    `${withUnit(note.unit, estimate.value)} ${intervalOf(note, estimate)}`,
    more.join(" "),
    ...remarks,
  ].join("\n");
}

function Table({ points, note, go }: { readonly points: readonly Point[]; readonly note: Note; go: Go }) {
  return (
    <div class="frame">
      <table class="numbers">
        <Head titles={["Run", "Last call", titleOf(note), "Commit", "Tags", "Remarks"]} />
        <tbody>
          {points.map(({ run, estimate, remarks }) => (
            <tr key={run.name}>
              <th scope="row">
                <Link to={only({ run: run.name })} go={go}>
                  {run.name}
                </Link>
              </th>
              <td>
                {run.time === undefined ? "not recorded" : shortTime(run.time)}
                {(run.calls ?? 1) > 1 && <small>continued: {run.calls} calls</small>}
              </td>
              <td>
                {withUnit(note.unit, estimate.value)}
                <small>{intervalOf(note, estimate)}</small>
                {estimate.few === true && (
                  <small class="badge">{clustersText(estimate.clusters, estimate)}</small>
                )}
              </td>
              <td>
                {run.commit !== undefined && <code>{run.commit.slice(0, 9)}</code>}
                {run.dirty === true && <small>with changes</small>}
              </td>
              <td>
                {(run.tags ?? []).map((tag) => (
                  <span key={tag} class="tag">
                    {tag}
                  </span>
                ))}
              </td>
              <td class="remarks">{remarks.join("; ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="note">
        Newest first, with intervals of 95 %. Hollow points, and those with remarks, cannot be set beside the
        newest one as they are.
      </p>
    </div>
  );
}
