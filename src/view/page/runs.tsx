// The list of runs; and the numbers of one.
import type { ComponentChildren } from "preact";
import "./runs.css";
import type { Runs as List, Run } from "./ask.ts";
import { Leaderboard } from "./board.tsx";
import { count, shortTime } from "./numbers.ts";
import { Head, Link, only } from "./parts.tsx";
import { newestFirst } from "./scope.ts";
import type { Go, State } from "./state.ts";

interface Props {
  readonly list: List;
  readonly run: Run | undefined;
  readonly state: State;
  readonly go: Go;
}

export function Runs({ list, run, state, go }: Props) {
  if (list.runs.length === 0)
    return <p class="wait">There is no run folder below {list.folder}: `segbench run` writes one.</p>;
  return (
    <main>
      <section aria-labelledby="runs">
        <h2 id="runs">
          Runs <small>{list.runs.length}</small>
        </h2>
        <div class="frame">
          <table class="runs">
            <Head titles={["Run", "Last call", "State", "Models", "Benchmarks", "Commit", "Tags and note"]} />
            <tbody>
              {newestFirst(list.runs).map((one) => (
                <RunLine key={one.name} one={one} chosen={one === run} go={go} />
              ))}
            </tbody>
          </table>
        </div>
      </section>
      {run !== undefined && run.problem === undefined && <Leaderboard run={run} state={state} go={go} />}
      {run === undefined && <p class="wait">Choose a run to see its numbers.</p>}
    </main>
  );
}

function RunLine({ one, chosen, go }: { readonly one: Run; readonly chosen: boolean; readonly go: Go }) {
  if (one.problem !== undefined)
    return (
      <tr>
        <th scope="row">{one.name}</th>
        <td colSpan={6} class="problem">
          {one.problem}
        </td>
      </tr>
    );
  const { writer, commit, dirty, tags = [], note, time, models = [], benchmarks = [] } = one;
  return (
    <tr aria-current={chosen ? "true" : undefined}>
      <th scope="row">
        <Link to={only({ run: one.name })} go={go}>
          {one.name}
        </Link>
        {one.title !== one.name && <small>{one.title}</small>}
      </th>
      <td>{writer !== undefined ? "now" : time === undefined ? "not recorded" : shortTime(time)}</td>
      <td>{stateOf(one)}</td>
      <td>{models.map(({ name }) => name).join(", ")}</td>
      <td title={benchmarks.map(({ name }) => name).join(", ")}>
        {benchmarks.length > 4
          ? `${benchmarks.length} benchmarks`
          : benchmarks.map(({ name }) => name).join(", ")}
      </td>
      <td>
        {commit === undefined ? "" : <code>{commit.slice(0, 9)}</code>}
        {dirty === true && <small>with changes</small>}
      </td>
      <td>
        {tags.map((tag) => (
          <span key={tag} class="tag">
            {tag}
          </span>
        ))}
        {note}
      </td>
    </tr>
  );
}

function stateOf({ complete, shard, status, drawn = [], writer, broken, units }: Run): ComponentChildren {
  const part = units === undefined ? "" : `${count(units.finished)} of ${count(units.expected)} units`;
  return (
    <>
      {complete === true ? "complete" : part}
      {units !== undefined && complete !== true && (
        <progress value={units.finished} max={units.expected} aria-label="Units finished" />
      )}
      {writer !== undefined && (
        <small class="live">
          {writer.living
            ? complete === true
              ? "its reports are being written"
              : "running"
            : `held by ${writer.name}, which may still be writing`}
        </small>
      )}
      {broken === true && <small>its process ended without a word; the same command continues it</small>}
      {shard !== undefined && <small>shard {shard}</small>}
      {writer === undefined && broken !== true && status === "failed" && <small>the last call failed</small>}
      {writer === undefined && broken !== true && status === "stopped" && complete !== true && (
        <small>stopped</small>
      )}
      {drawn.length > 0 && <small>drawn miniatures</small>}
    </>
  );
}
