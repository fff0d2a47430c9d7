// Every target of a run: chosen by name, found by words, sorted by a measure or a difference; and one of them beside the list.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Target } from "../detail/target.tsx";
import { ofExport } from "../export.tsx";
import { answer, api, type Index, type Listed, type Run, useAnswer } from "../shared/ask.ts";
import { Command, placeOf } from "../shared/command.tsx";
import { versionOf } from "../shared/live.ts";
import { count } from "../shared/numbers.ts";
import { Guarded, Link, only, Problem, useKeys } from "../shared/parts.tsx";
import { unitsText } from "../shared/scope.ts";
import { SideChooser, sidesOf, sideTitle } from "../shared/sides.tsx";
import { pairText, type Sorting, sortingOf, sortingsOf, valueText } from "../shared/sorting.ts";
import type { Change, Go, State } from "../shared/state.ts";
import { benchmarksOf, Filters } from "./filters.tsx";
import { Groups } from "./groups.tsx";
import { Help } from "./help.tsx";
import { List, type Query, useRows } from "./list.tsx";
import { SaveIds } from "./save-ids.tsx";
import { isPlotted, Scatter } from "./scatter.tsx";

interface Props {
  readonly run: Run;
  /** All runs: models of others can be beside it. */
  readonly runs: readonly Run[];
  readonly folder: string;
  /** The folder of data, as the server was given it. */
  readonly data: string | undefined;
  /** Models answer prompts here. */
  readonly canPlay: boolean;
  readonly state: State;
  readonly go: Go;
}

export function Masks(props: Props) {
  const { run, state } = props;
  const index = useIndex(run, state.protocol, state.benchmark);
  if (index.state === "failed") return <Problem text={index.problem} />;
  if (index.state !== "ready")
    return (
      <p class="wait" role="status">
        Indexing the rows of {run.name}, once
        {index.total > 0 ? `: ${Math.floor((100 * index.done) / index.total)} %` : ""} …
      </p>
    );
  return <Targets index={index} {...props} />;
}

/** Asks until the index is there. */
function useIndex(run: Run, protocol: string | undefined, benchmark: string | undefined) {
  const query = Object.fromEntries(
    Object.entries({ run: run.name, protocol, benchmark }).filter(([, value]) => value !== undefined),
  ) as { run: string };
  const ask = async (): Promise<Index | { readonly state: "failed"; readonly problem: string }> => {
    for (;;) {
      const got = await answer(api.contents.$get({ query }));
      if (got.state !== "making") return got as Index;
      progress.current?.(got);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  };
  const progress = useRef<((got: { readonly done: number; readonly total: number }) => void) | undefined>(
    undefined,
  );
  const shown = useAnswer(`contents ${JSON.stringify(query)}`, ask, versionOf(run));
  const [making, setMaking] = useState({ done: 0, total: 0 });
  progress.current = setMaking;
  if (shown.state === "there") return shown.value;
  // What was counted for another choice stays until this one is.
  if (shown.state === "waiting" && shown.before?.state === "ready") return shown.before;
  if (shown.state === "failed") return { state: "failed" as const, problem: shown.problem };
  return { state: "making" as const, ...making };
}

function Targets({ index, run, runs, folder, data, canPlay, state, go }: Props & { readonly index: Index }) {
  const protocol = state.protocol ?? index.chosen;
  const [side] = sidesOf(state, run.name);
  const title = side === undefined || state.model === undefined ? undefined : sideTitle(side, run.name);
  const sortings = useMemo(() => sortingsOf(index, protocol, title), [index, protocol, title]);
  const sorting = sortingOf(sortings, state.sort, state.minus);
  const query = queryOf(run, protocol, state, sorting);
  const version = `${index.rows} ${run.began}`;
  // In the order of the run lines have the first number that there is.
  const listing = sorting ?? sortings[0]?.choices.find(({ note }) => note !== undefined);
  const show = sorting === undefined ? listing?.axis.word : undefined;
  const rows = useRows(show === undefined ? query : { ...query, show }, state.row, version);
  const search = useRef<HTMLInputElement>(null);
  const { at, total } = rows;

  const choose = (row: Listed, replace = state.row !== undefined) =>
    go({ row: String(row.place), step: undefined, candidate: undefined }, replace);
  /** Where keys have led, until that is shown. */
  const ahead = useRef<number | undefined>(undefined);
  if (ahead.current === at) ahead.current = undefined;
  const move = async (by: number) => {
    if (total === undefined || total === 0) return;
    const from = ahead.current ?? at;
    const next = from === undefined || from < 0 ? 0 : Math.min(total - 1, Math.max(0, from + by));
    ahead.current = next;
    const row = await rows.fetch(next).catch(() => undefined);
    if (ahead.current !== next) return;
    if (row === undefined) ahead.current = undefined;
    else choose(row, true);
  };
  const byPointer = useRef(false);
  useKeys(
    (key) => {
      const by = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 10, PageUp: -10 }[key];
      if (by !== undefined) void move(by);
      else if (key === "/") search.current?.focus();
      else if (key !== "g") return false;
      else if (sorting !== undefined) go({ plot: isPlotted(sorting, state) ? "off" : "on" }, true);
      return true;
    },
    (event) => {
      if (event.key !== "Escape") return;
      // Browsers empty a field of words, and the list would stay as it was.
      event.preventDefault();
      (event.target as HTMLElement).blur();
    },
  );
  const chosen = at === undefined ? undefined : rows.get(at);
  const several = index.names.model.length > 1 && state.model === undefined;
  // Without a choice the first target is shown.
  const first = rows.get(0);
  useEffect(() => {
    if (state.row === undefined && first !== undefined) go({ row: String(first.place) }, true);
  }, [state.row, first]);

  const set = (change: Change) => {
    ahead.current = undefined;
    go({ ...change, row: undefined, step: undefined, candidate: undefined }, true);
  };
  return (
    <main class="masks">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it only hears what its fields are used by */}
      <div
        class="bar"
        onPointerDown={() => {
          byPointer.current = true;
        }}
        onKeyDown={() => {
          byPointer.current = false;
        }}
        onChange={({ target }) => {
          // Whoever chose by the pointer goes on with keys for the targets.
          if (byPointer.current && target instanceof HTMLSelectElement) target.blur();
        }}
      >
        <Filters {...{ index, run, protocol, state, sortings, sorting, search, set }} />
        <SideChooser
          {...{ runs, run, protocol, state, go }}
          model={state.model ?? chosen?.model ?? index.names.model[0]?.name}
          measure={sortings[0]?.choices[0]?.axis.word}
        />
      </div>
      <section class="side" aria-label="Targets">
        {rows.problem !== undefined && <Problem text={rows.problem} />}
        <p class="count" role="status">
          {total === undefined ? "…" : `${count(total)} of ${count(index.rows)} rows${ofExport(index)}`}
          {at !== undefined && at >= 0 && total !== undefined && `, number ${count(at + 1)}`}
        </p>
        {run.complete !== true && <p class="note">{soFar(run)}</p>}
        {sorting !== undefined && (
          <Scatter
            {...{ query, sorting, state, go, version }}
            choose={(place) => go({ row: String(place), step: undefined, candidate: undefined }, true)}
          />
        )}
        <Groups {...{ query, sorting, index, state, go, version, set }} usual={sortings[0]?.choices[0]} />
        <List
          rows={rows}
          choose={(row) => {
            ahead.current = undefined;
            choose(row);
          }}
          label="Targets"
          line={(row) => <Line row={row} sorting={listing} several={several} />}
        />
        <div class="below">
          <SaveIds query={query} run={run} total={total} data={data} />
          <Help />
        </div>
      </section>
      {state.row === undefined ? (
        <p class="wait">{total === 0 ? "No row meets all of this." : "…"}</p>
      ) : (
        <Guarded of={`${state.run} ${state.row} ${state.step} ${version}`}>
          <Target
            {...{ run, version, state, go }}
            place={state.row}
            notes={index.measures}
            sorting={sorting?.note}
            foot={
              <>
                {canPlay && run.sample !== "clip" && (
                  <p>
                    <Link to={only({ view: "play", run: run.name, row: state.row })} go={go}>
                      Play this target
                    </Link>
                    : prompts of your own, and the simulated user step by step
                  </p>
                )}
                <Command words={listed(folder, query)} />
                <Command words={["rows", placeOf(folder, run.name), "--row", state.row]} />
              </>
            }
          />
        </Guarded>
      )}
    </main>
  );
}

/** Of a run that is not whole: what is shown, and what comes. */
function soFar(run: Run): string {
  const { units, waiting = 0, writer } = run;
  if (units === undefined) return "";
  const rest = waiting === 0 ? "" : `; ${count(waiting)} of them come when the run reaches their places`;
  const goesOn = writer === undefined ? "" : ", and the run goes on";
  return `${unitsText(run)} are finished${goesOn}${rest}.`;
}

/** The list in a terminal. */
function listed(folder: string, { run, other, ...query }: Query): readonly string[] {
  const named = other === undefined ? query : { ...query, other: placeOf(folder, other) };
  const flags = Object.entries(named).flatMap(([key, value]) => [`--${key}`, String(value)]);
  return ["rows", placeOf(folder, String(run)), ...flags, "--first", "20"];
}

function queryOf(run: Run, protocol: string, state: State, sorting: Sorting | undefined): Query {
  const { model, benchmark, category, size, status, text, order, domain } = state;
  const [side] = sidesOf(state, run.name);
  const isBeside = sorting?.axis.word.startsWith("beside:") === true;
  const all = {
    ...{ run: run.name, protocol, model, benchmark, category, size, status, text },
    ...{ sort: sorting?.axis.word, minus: sorting?.minus?.word },
    ...(isBeside && side !== undefined ? { other: side.run, against: side.model } : {}),
    ...(domain === undefined ? {} : { benchmarks: benchmarksOf(run, domain).join(",") }),
    order: sorting === undefined ? undefined : order,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Query;
}

interface LineProps {
  readonly row: Listed;
  readonly sorting: Sorting | undefined;
  /** Rows of several models are listed. */
  readonly several: boolean;
}

function Line({ row, sorting, several }: LineProps) {
  const isWhole = row.status === "ok" && row.size === "" && row.category === "";
  const what = isWhole ? row.sample : row.category === "" ? `target ${row.target}` : row.category;
  const pair = sorting === undefined ? "" : pairText(sorting, row.of);
  return (
    <>
      <span class="what">{what}</span>
      <span class="value">
        {row.status !== "ok"
          ? row.status
          : row.value === null || sorting === undefined
            ? ""
            : valueText(sorting, row.value)}
      </span>
      <small>
        {row.benchmark}
        {!isWhole && ` · ${row.sample} · ${row.target}`}
      </small>
      {(several || pair !== "") && <small class="of">{several ? row.model : pair}</small>}
    </>
  );
}
