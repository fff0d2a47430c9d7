// A measure over the runs of the folder: a chart, and the same in a table.
import { clustersText, plural } from "../../../core/words.ts";
import {
  type Asked,
  answer,
  api,
  type Note,
  type Run,
  type Runs,
  type Trend,
  useAnswer,
} from "../shared/ask.ts";
import { Command, placeOf } from "../shared/command.tsx";
import { versionOf } from "../shared/live.ts";
import { shortTime, withUnit } from "../shared/numbers.ts";
import { Choice, Head, Link, only, Problem } from "../shared/parts.tsx";
import { newestFirst, remarksOn, scopesOf } from "../shared/scope.ts";
import type { Change, Go, State } from "../shared/state.ts";
import { Chart, intervalOf, type Point, titleOf } from "./trend-chart.tsx";

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
  const model = models.find((name) => name === state.model) ?? firstOf(runs)?.models?.[0]?.name;
  const having = runs.filter(({ models: own = [] }) => own.some(({ name }) => name === model));
  const benchmarks = [...new Set(having.flatMap(({ benchmarks: own = [] }) => own.map(({ name }) => name)))];
  // Who chooses nothing sees what a run has.
  const { benchmarks: shown = [], protocols: asked = [] } = firstOf(having) ?? {};
  const benchmark =
    benchmarks.find((name) => name === state.benchmark) ?? (shown.length > 1 ? MEAN : shown[0]?.name);
  const all = having.flatMap(({ protocols: own = [] }) => own);
  const runsOf = (id: string) => all.filter((one) => one === id).length;
  // The one that most runs have has the longest line.
  const protocols = [...new Set(all)].sort((a, b) => runsOf(b) - runsOf(a));
  const has = (run: Run) => benchmark === MEAN || run.benchmarks?.some(({ name }) => name === benchmark);
  const usual = new Set(state.benchmark === undefined ? asked : firstOf(having.filter(has))?.protocols);
  const protocol = protocols.find((id) => id === state.protocol) ?? protocols.find((id) => usual.has(id));
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

/** The newest run whose numbers are there, or the newest one. */
function firstOf(runs: readonly Run[]): Run | undefined {
  return (
    runs.find(({ complete, rows }) => complete === true && (rows?.failed ?? 0) < (rows?.all ?? 0)) ?? runs[0]
  );
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
          <summary>{plural(without.length, "run")} without a number</summary>
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
