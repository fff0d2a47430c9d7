// Every target of a run: chosen by name, found by words, sorted by a measure; and one of them beside the list.
import { useEffect, useRef, useState } from "preact/hooks";
import { answer, api, type Index, type Listed, type Note, type Run, useAnswer } from "./ask.ts";
import { List, type Query, useRows } from "./list.tsx";
import { versionOf } from "./live.ts";
import { count, withUnit } from "./numbers.ts";
import { Problem } from "./parts.tsx";
import type { Change, Go, State } from "./state.ts";
import { Target } from "./target.tsx";
import { isTyping } from "./view.tsx";

interface Props {
  readonly run: Run;
  readonly state: State;
  readonly go: Go;
}

/** A share of the image, which is not a measure. */
const SHARE = { id: "share", of: "Share of the image", at: "", unit: "share", name: "share" } as const;

/** Names that a target is chosen by, beside its protocol. */
const filters = [
  ["model", "Model"],
  ["benchmark", "Benchmark"],
  ["category", "Category"],
  ["status", "Status"],
] as const;

export function Masks({ run, state, go }: Props) {
  const index = useIndex(run, state.protocol, state.benchmark);
  if (index.state === "failed") return <Problem text={index.problem} />;
  if (index.state !== "ready")
    return (
      <p class="wait" role="status">
        Indexing the rows of {run.name}, once
        {index.total > 0 ? `: ${Math.floor((100 * index.done) / index.total)} %` : ""} …
      </p>
    );
  return <Targets index={index} run={run} state={state} go={go} />;
}

/** Asks until the index is there. */
function useIndex(run: Run, protocol: string | undefined, benchmark: string | undefined) {
  const query = Object.fromEntries(
    Object.entries({ run: run.name, protocol, benchmark }).filter(([, value]) => value !== undefined),
  ) as {
    run: string;
  };
  const ask = async (): Promise<Index | { readonly state: "failed"; readonly problem: string }> => {
    for (;;) {
      const got = await answer(api.contents.$get({ query }));
      if (got.state !== "making") return got as Index;
      progress.current?.(got);
      await new Promise((resolve) => setTimeout(resolve, 500));
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

function Targets({ index, run, state, go }: Props & { readonly index: Index }) {
  const protocol = state.protocol ?? index.chosen;
  const notes = index.measures[protocol] ?? [];
  const sorting = [...notes, SHARE].find(({ id }) => id === state.sort);
  const query = queryOf(run.name, protocol, state, sorting?.id);
  const rows = useRows(query, state.row, `${index.rows} ${run.began}`);
  const search = useRef<HTMLInputElement>(null);
  const { at, total } = rows;

  const choose = (row: Listed, replace = state.row !== undefined) =>
    go({ row: String(row.place), step: undefined }, replace);
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
  const moving = useRef(move);
  moving.current = move;
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape" && event.target === search.current) search.current?.blur();
      if (isTyping(event.target)) return;
      const by = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 10, PageUp: -10 }[event.key];
      if (by !== undefined) void moving.current(by);
      else if (event.key === "/") search.current?.focus();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", keys);
    return () => removeEventListener("keydown", keys);
  }, []);
  // Without a choice the first target is shown.
  const first = rows.get(0);
  useEffect(() => {
    if (state.row === undefined && first !== undefined) go({ row: String(first.place) }, true);
  }, [state.row, first]);

  const set = (change: Change) => {
    ahead.current = undefined;
    go({ ...change, row: undefined, step: undefined }, true);
  };
  return (
    <main class="masks">
      <section class="side" aria-label="Targets">
        <form class="filters" onSubmit={(event) => event.preventDefault()}>
          <Choice
            label="Protocol"
            of={index.names.protocol}
            value={protocol}
            set={(value) => set({ protocol: value, sort: undefined })}
          />
          {filters.map(([key, label]) => (
            <Choice
              key={key}
              label={label}
              of={index.names[key].filter(({ name }) => name !== "")}
              value={state[key]}
              any="all"
              set={(value) => set({ [key]: value })}
            />
          ))}
          <label>
            <span>Sort by</span>
            <select value={sorting?.id ?? ""} onChange={(event) => set({ sort: event.currentTarget.value })}>
              <option value="">order of the run</option>
              {[...notes, SHARE].map(({ id, of, at: place }) => (
                <option key={id} value={id}>
                  {place === "" ? of : `${of}, ${place}`}
                </option>
              ))}
            </select>
          </label>
          <button
            type="button"
            class="order"
            disabled={sorting === undefined}
            onClick={() => set({ order: state.order === "descending" ? undefined : "descending" })}
          >
            {state.order === "descending" ? "highest first" : "lowest first"}
          </button>
          <label class="words">
            <span>Words</span>
            <input
              ref={search}
              type="search"
              placeholder="sample, target, category ( / )"
              value={state.text ?? ""}
              onInput={(event) => set({ text: event.currentTarget.value })}
            />
          </label>
        </form>
        {rows.problem !== undefined && <Problem text={rows.problem} />}
        <p class="count" role="status">
          {total === undefined ? "…" : `${count(total)} of ${count(index.rows)} rows`}
          {at !== undefined && at >= 0 && total !== undefined && `, number ${count(at + 1)}`}
        </p>
        {run.complete !== true && <p class="note">{soFar(run)}</p>}
        <List
          rows={rows}
          choose={(row) => {
            ahead.current = undefined;
            choose(row);
          }}
          label="Targets"
          line={(row) => <Line row={row} sorting={sorting} index={index} />}
        />
        <p class="keys">
          <kbd>↑</kbd> <kbd>↓</kbd> target, <kbd>←</kbd> <kbd>→</kbd> step, <kbd>1</kbd>–<kbd>5</kbd> layers,{" "}
          <kbd>+</kbd> <kbd>−</kbd> <kbd>0</kbd> <kbd>z</kbd> zoom
        </p>
      </section>
      {state.row === undefined ? (
        <p class="wait">{total === 0 ? "No row meets all of this." : "…"}</p>
      ) : (
        <Target
          run={run.name}
          place={state.row}
          state={state}
          go={go}
          notes={index.measures}
          sorting={notes.find(({ id }) => id === sorting?.id)}
        />
      )}
    </main>
  );
}

/** Of a run that is not whole: what is shown, and what comes. */
function soFar({ units, waiting = 0, writer }: Run): string {
  if (units === undefined) return "";
  const rest = waiting === 0 ? "" : `; ${count(waiting)} of them come when the run reaches their places`;
  const goesOn = writer === undefined ? "" : ", and the run goes on";
  return `${count(units.finished)} of ${count(units.expected)} units are finished${goesOn}${rest}.`;
}

function queryOf(run: string, protocol: string, state: State, sort: string | undefined): Query {
  const { model, benchmark, category, status, text, order } = state;
  const all = {
    run,
    protocol,
    model,
    benchmark,
    category,
    status,
    text,
    sort,
    order: sort === undefined ? undefined : order,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Query;
}

function Choice({
  label,
  of,
  value,
  any,
  set,
}: {
  readonly label: string;
  readonly of: readonly { readonly name: string; readonly rows: number }[];
  readonly value: string | undefined;
  /** What stands for none of them. */
  readonly any?: string;
  readonly set: (value: string) => void;
}) {
  if (of.length < 2 && value === of[0]?.name) return null;
  if (of.length < 2 && value === undefined) return null;
  return (
    <label>
      <span>{label}</span>
      <select value={value ?? ""} onChange={(event) => set(event.currentTarget.value)}>
        {any !== undefined && <option value="">{any}</option>}
        {of.map(({ name, rows }) => (
          <option key={name} value={name}>
            {name} ({count(rows)})
          </option>
        ))}
      </select>
    </label>
  );
}

function Line({
  row,
  sorting,
  index,
}: {
  readonly row: Listed;
  readonly sorting: Pick<Note, "unit"> | undefined;
  readonly index: Index;
}) {
  const several = index.names.model.length > 1;
  const what = row.category === "" ? `target ${row.target}` : row.category;
  return (
    <>
      <span class="what">{what}</span>
      <span class="value">
        {row.status !== "ok"
          ? row.status
          : row.value === null || sorting === undefined
            ? ""
            : withUnit(sorting.unit, row.value)}
      </span>
      <small>
        {row.benchmark} · {row.sample} · {row.target}
      </small>
      {several && <small class="of">{row.model}</small>}
    </>
  );
}
