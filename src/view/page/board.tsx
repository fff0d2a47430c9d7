// The numbers of a run: the leaderboard of a protocol, as its report has it.
import { clustersText } from "../../core/words.ts";
import { answer, api, type Board, type Note, type Run, useAnswer } from "./ask.ts";
import { versionOf } from "./live.ts";
import { count, shown, withUnit } from "./numbers.ts";
import { Link, only, Problem, Tabs } from "./parts.tsx";
import type { Go, State } from "./state.ts";

export function Leaderboard({
  run,
  state,
  go,
}: {
  readonly run: Run;
  readonly state: State;
  readonly go: Go;
}) {
  const query = { run: run.name };
  const asked = useAnswer(`board ${run.name}`, () => answer(api.board.$get({ query })), versionOf(run));
  if (asked.state === "failed") return <Problem text={asked.problem} />;
  if (asked.state === "waiting") return <p class="wait">Reading the numbers of {run.name} …</p>;
  if (!("board" in asked.value)) return <Problem text={asked.value.problem} />;
  const { board } = asked.value;
  const protocol = board.protocols.find(({ id }) => id === state.protocol) ?? board.protocols[0];
  if (protocol === undefined) return <Problem text="The run has no protocol." />;
  const cells = board.cells.filter((cell) => cell.protocol === protocol.id);
  const has = ({ id }: Note) => cells.some(({ measures }) => measures[id] !== undefined);
  const there = protocol.measures.filter(has);
  const main = there.filter(({ show }) => show === "main");
  const isAll = state.measure === "all";
  const measures = isAll ? there : main;
  return (
    <section aria-labelledby="numbers">
      <h2 id="numbers">{run.title ?? run.name}</h2>
      {asked.trouble !== undefined && <Problem text={asked.trouble} />}
      {board.complete !== true && <p class="note">{soFar(run)}</p>}
      {run.drawn !== undefined && run.drawn.length > 0 && (
        <p class="note">
          Pictures of {run.drawn.join(", ")} are drawn miniatures: their numbers mean nothing about real data.
        </p>
      )}
      <Tabs
        label="Protocol"
        of={board.protocols}
        shown={protocol.id}
        choose={(id) => go({ protocol: id }, true)}
      />
      {there.length > main.length && (
        <fieldset class="tabs" aria-label="Measures">
          <button
            type="button"
            aria-pressed={isAll}
            onClick={() => go({ measure: isAll ? undefined : "all" }, true)}
          >
            all {there.length} measures
          </button>
        </fieldset>
      )}
      <p class="note">{protocol.summary}</p>
      <div class="frame">
        <table class="numbers">
          <thead>
            <tr>
              <th scope="col">Benchmark</th>
              <th scope="col">Model</th>
              {measures.map((note) => (
                <th key={note.id} scope="col" title={note.meaning}>
                  {note.of}
                  <small>
                    {note.at}
                    {note.unit === "share" ? " %" : ""}
                  </small>
                </th>
              ))}
              <th scope="col">Scored</th>
            </tr>
          </thead>
          <tbody>
            {board.benchmarks.length > 1 && (
              <Suites board={board} protocol={protocol.id} measures={measures} />
            )}
            {board.benchmarks.map((benchmark) => (
              <Benchmark
                key={benchmark.name}
                {...{ benchmark, board, cells, measures, go }}
                run={run.name}
                images={imagesOf(run, benchmark.name)}
                protocol={protocol.id}
              />
            ))}
          </tbody>
        </table>
      </div>
      <p class="note">
        Intervals of 95 % in small print; "3 images": too few for an interval that is known to hold. The same
        numbers as in the run's report.
      </p>
    </section>
  );
}

function imagesOf({ complete, shard, benchmarks = [] }: Run, name: string): number {
  if (complete === true || shard !== undefined) return 0;
  return benchmarks.find((one) => one.name === name)?.images ?? 0;
}

/** Of a run that is not whole: what its numbers are of. */
function soFar({ units, writer, shard }: Run): string {
  const part = units === undefined ? "a part" : `${count(units.finished)} of ${count(units.expected)} units`;
  const state = writer === undefined ? "The run is not complete" : "The run goes on, and this page with it";
  const of = shard === undefined ? "" : ` of shard ${shard}`;
  return `${state}: these are the numbers of ${part}${of}, a unit being a model on an image. Images come in the order of the run, so the rest may differ.`;
}

function Suites({
  board,
  protocol,
  measures,
}: {
  readonly board: Board;
  readonly protocol: string;
  readonly measures: readonly Note[];
}) {
  return (
    <>
      {board.suites
        .filter((suite) => suite.protocol === protocol)
        .map((suite, i, all) => (
          <tr key={suite.model} class="suite">
            {i === 0 && (
              <th scope="rowgroup" rowSpan={all.length}>
                Mean over benchmarks
              </th>
            )}
            <th scope="row">{suite.model}</th>
            {measures.map((note) => (
              <Value key={note.id} note={note} estimate={suite.measures[note.id]} />
            ))}
            <td>{suite.benchmarks} benchmarks</td>
          </tr>
        ))}
    </>
  );
}

function Benchmark({
  benchmark,
  board,
  cells,
  measures,
  run,
  images,
  protocol,
  go,
}: {
  readonly benchmark: Board["benchmarks"][number];
  readonly board: Board;
  readonly cells: Board["cells"];
  readonly measures: readonly Note[];
  readonly run: string;
  /** Of the plan; 0 where not all of them are awaited. */
  readonly images: number;
  readonly protocol: string;
  readonly go: Go;
}) {
  const own = board.models.flatMap(({ name }) =>
    cells.filter((cell) => cell.model === name && cell.benchmark === benchmark.name),
  );
  return (
    <>
      {own.map(({ model, counts, measures: values }, i) => (
        <tr key={model}>
          {i === 0 && (
            <th scope="rowgroup" rowSpan={own.length}>
              {benchmark.title}
              <small>{benchmark.name}</small>
            </th>
          )}
          <th scope="row">
            <Link
              to={only({
                view: "masks",
                run,
                model,
                benchmark: benchmark.name,
                protocol,
                sort: measures[0]?.id,
              })}
              go={go}
            >
              {model}
            </Link>
          </th>
          {measures.map((note) => (
            <Value key={note.id} note={note} estimate={values[note.id]} />
          ))}
          <td>
            {count(counts.scored)}
            {counts.images < images && (
              <small>
                of {count(counts.images)} of {count(images)} images
              </small>
            )}
            {counts.failed > 0 && <small class="problem">{count(counts.failed)} failed</small>}
          </td>
        </tr>
      ))}
    </>
  );
}

function Value({
  note,
  estimate,
}: {
  readonly note: Note;
  readonly estimate: Board["cells"][number]["measures"][string] | undefined;
}) {
  if (estimate === undefined) return <td class="none">–</td>;
  const { value, low, high, few, clusters } = estimate;
  const interval =
    low === undefined || high === undefined ? "" : `[${shown(note.unit, low)}, ${shown(note.unit, high)}]`;
  const badge = few === true ? clustersText(clusters, estimate) : "";
  return (
    <td title={withUnit(note.unit, value)}>
      {shown(note.unit, value)}
      {interval !== "" && <small>{interval}</small>}
      {badge !== "" && <small class="badge">{badge}</small>}
    </td>
  );
}
