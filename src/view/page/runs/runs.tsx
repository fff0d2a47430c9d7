// The list of runs; and the numbers of one.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { plural } from "../../../core/words.ts";
import "./runs.css";
import type { Runs as List, Run } from "../shared/ask.ts";
import { count, shortTime } from "../shared/numbers.ts";
import { Head, Link, only } from "../shared/parts.tsx";
import { lastTime, newestFirst, unitsText } from "../shared/scope.ts";
import type { Change, Go, State } from "../shared/state.ts";
import { Leaderboard } from "./board.tsx";

interface Props {
  readonly list: List;
  readonly run: Run | undefined;
  readonly state: State;
  readonly go: Go;
}

export function Runs({ list, run, state, go }: Props) {
  const [words, setWords] = useState("");
  if (list.runs.length === 0)
    return <p class="wait">There is no run folder below {list.folder}: `segbench run` writes one.</p>;
  const names = besideOf(state);
  const shown = newestFirst(
    list.runs.filter((one) => one.problem === undefined && (one === run || names.includes(one.name))),
  );
  /** The first of them is the one that the page's other views are of. */
  const show = (wanted: readonly string[]) => go(only({ ...whatOf(state), ...asState(wanted) }));
  const pick = (name: string) => {
    const all = shown.map((one) => one.name);
    show(all.includes(name) ? all.filter((one) => one !== name) : [...all, name]);
  };
  const listed = newestFirst(list.runs).filter((one) => holds(one, words));
  const tags = [...new Set(list.runs.flatMap(({ tags: own = [] }) => own))];
  return (
    <main>
      <section aria-labelledby="runs">
        <h2 id="runs">
          Runs <small>{list.runs.length}</small>
        </h2>
        {list.runs.length > LONG && (
          <p class="picks">
            <input
              type="search"
              aria-label="Words in the list of runs"
              size={34}
              placeholder="name, model, tag, commit, note"
              value={words}
              onInput={(event) => setWords(event.currentTarget.value)}
            />
            <span role="status">{words.trim() === "" ? "" : `${listed.length} of ${list.runs.length}`}</span>
          </p>
        )}
        {tags.length > 0 && (
          <p class="picks">
            <span>Show all with the tag</span>
            {tags.map((tag) => (
              <button key={tag} type="button" onClick={() => show(ofTag(list.runs, tag))}>
                {tag}
              </button>
            ))}
          </p>
        )}
        {shown.length === 0 && <p class="wait">Choose a run to see its numbers.</p>}
        <div class={list.runs.length > LONG && shown.length > 0 ? "frame long" : "frame"}>
          <table class="runs">
            <Head
              titles={[
                "Show",
                "Run",
                "Last call",
                "State",
                "Models",
                "Benchmarks",
                "Commit",
                "Tags and note",
              ]}
            />
            <tbody>
              {listed.map((one) => (
                <RunLine key={one.name} one={one} chosen={shown.includes(one)} pick={pick} go={go} />
              ))}
            </tbody>
          </table>
        </div>
      </section>
      {shown.length > 0 && <Leaderboard runs={shown} folder={list.folder} state={state} go={go} />}
    </main>
  );
}

/** Runs beside the one that is chosen; an address that is none of ours names none. */
function besideOf({ beside = "" }: State): readonly string[] {
  try {
    return beside.split(",").map(decodeURIComponent);
  } catch {
    return [];
  }
}

/** Whether what the list says of a run has all words; capitals do not matter. */
function holds({ name, title, models = [], tags = [], commit, note }: Run, words: string): boolean {
  const text = [name, title, ...models.map((one) => one.name), ...tags, commit, note].join(" ").toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function asState([run, ...rest]: readonly string[]): Change {
  return { run, beside: rest.map(encodeURIComponent).join(",") };
}

/** What stays when other runs are shown. */
function whatOf({ protocol, measure, sort, order }: State): Change {
  return { protocol, measure, sort, order };
}

/** More have a box of their own, so that the numbers below are not far away. */
const LONG = 14;
/** More are not shown beside each other: the newest are. */
const MOST = 12;

function ofTag(runs: readonly Run[], tag: string): readonly string[] {
  return newestFirst(runs)
    .filter(({ tags = [], problem }) => problem === undefined && tags.includes(tag))
    .slice(0, MOST)
    .map(({ name }) => name);
}

interface LineProps {
  readonly one: Run;
  readonly chosen: boolean;
  readonly pick: (name: string) => void;
  readonly go: Go;
}

function RunLine({ one, chosen, pick, go }: LineProps) {
  if (one.problem !== undefined)
    return (
      <tr>
        <td />
        <th scope="row">{one.name}</th>
        <td colSpan={6} class="problem">
          {one.problem}
        </td>
      </tr>
    );
  const { writer, commit, dirty, tags = [], note, models = [], benchmarks = [] } = one;
  return (
    <tr aria-current={chosen ? "true" : undefined}>
      <td class="pick">
        <input
          type="checkbox"
          checked={chosen}
          aria-label={`Show ${one.name} beside others`}
          onChange={() => pick(one.name)}
        />
      </td>
      <th scope="row">
        <Link to={only({ run: one.name })} go={go}>
          {one.name}
        </Link>
        {one.title !== one.name && <small>{one.title}</small>}
      </th>
      <td>
        {writer !== undefined ? "now" : shortTime(lastTime(one))}
        {writer === undefined && one.time === undefined && <small>not recorded, begun then</small>}
      </td>
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

function stateOf(run: Run): ComponentChildren {
  const { complete, shard, status, drawn = [], writer, workers, broken, units, rows, reason } = run;
  return (
    <>
      {complete === true ? "complete" : unitsText(run)}
      {units !== undefined && complete !== true && (
        <progress
          value={units.finished}
          max={units.expected}
          aria-label={`${run.sample ?? "image"}s finished`}
        />
      )}
      {rows !== undefined && rows.failed > 0 && (
        <small class="problem" title={reason}>
          {count(rows.failed)} of {count(rows.all)} rows failed
        </small>
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
      {workers !== undefined && (
        <small>
          {plural(workers.workers, "worker")}
          {workers.idle === 0 ? "" : `, ${workers.idle} idle`}, {workers.rate} {run.sample ?? "image"}s/s
        </small>
      )}
      {broken === true && <small>its process ended without a word; the same command continues it</small>}
      {shard !== undefined && <small>shard {shard}</small>}
      {writer === undefined && broken !== true && status === "failed" && (
        <small>the last call failed{reason === undefined ? "" : `: ${reason}`}</small>
      )}
      {writer === undefined && broken !== true && status === "stopped" && complete !== true && (
        <small>stopped</small>
      )}
      {drawn.length > 0 && <small>drawn miniatures</small>}
    </>
  );
}
