// The list of targets: of millions of rows those that are seen, asked for by the hundred. Rows have one height, so no row is measured;
// where they would be taller than a browser allows, the list scrolls faster than its bar.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { answer, api, type Listed, type Page } from "../shared/ask.ts";

export type Query = Omit<Parameters<typeof api.targets.$get>[0]["query"], "from" | "count" | "row">;

const HEIGHT = 44;
/** Browsers end elements somewhere above this. */
const TALLEST = 12_000_000;
const PAGE = 100;

/** The rows of a query, as far as they have been asked for. */
export interface Rows {
  readonly total: number | undefined;
  readonly problem: string | undefined;
  /** Place of the chosen row in the order; -1 where it is left out. */
  readonly at: number | undefined;
  /** The chosen row, as the address has it. */
  readonly chosen: string | undefined;
  get(index: number): Listed | undefined;
  /** Asks for what is missing between two places. */
  need(from: number, to: number): void;
  /** A row, asked for where it is missing. */
  fetch(index: number): Promise<Listed | undefined>;
}

/** `version`: of a run that grows: what is shown stays until what it is now is there. */
export function useRows(query: Query, chosen: string | undefined, version: string): Rows {
  const key = JSON.stringify(query);
  const [, changed] = useState(0);
  const store = useRef({
    ...{ key: "", version },
    ...{ pages: new Map<number, Promise<Page>>(), rows: new Map<number, Listed>() },
  });
  const [facts, setFacts] = useState<{
    readonly key: string;
    readonly total?: number;
    readonly problem?: string;
  }>({ key });
  const [found, setFound] = useState<{ key: string; at: number }>({ key: "", at: -1 });
  if (store.current.key !== key || store.current.version !== version)
    store.current = {
      ...{ key, version, pages: new Map() },
      rows: store.current.key === key ? new Map(store.current.rows) : new Map(),
    };
  const own = store.current;
  const load = (page: number): Promise<Page> => {
    const known = own.pages.get(page);
    if (known !== undefined) return known;
    const asked = answer(
      api.targets.$get({ query: { ...query, from: String(page * PAGE), count: String(PAGE) } as never }),
    );
    own.pages.set(page, asked);
    asked.then(
      ({ total, from, rows }) => {
        for (const [i, row] of rows.entries()) own.rows.set(from + i, row);
        if (store.current === own) {
          setFacts({ key, total });
          changed((n) => n + 1);
        }
      },
      (error: Error) => {
        own.pages.delete(page);
        if (store.current === own) setFacts({ key, problem: error.message });
      },
    );
    return asked;
  };
  useEffect(() => void load(0).catch(() => undefined), [key, version]);
  const place = `${key} ${chosen}`;
  useEffect(() => {
    if (chosen === undefined) return;
    const here = [...own.rows].find(([, row]) => String(row.place) === chosen);
    if (here !== undefined && own.pages.has(Math.floor(here[0] / PAGE)))
      return setFound({ key: place, at: here[0] });
    let current = true;
    answer(api.targets.$get({ query: { ...query, from: "0", count: "1", row: chosen } as never })).then(
      ({ at }) => current && setFound({ key: place, at }),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [place, version]);
  const current = facts.key === key ? facts : { key };
  return {
    total: current.total,
    problem: current.problem,
    chosen,
    at: chosen !== undefined && found.key === place ? found.at : undefined,
    get: (index) => own.rows.get(index),
    need(from, to) {
      for (let page = Math.floor(from / PAGE); page * PAGE < to; page++) load(page).catch(() => undefined);
    },
    async fetch(index) {
      await load(Math.floor(index / PAGE));
      return own.rows.get(index);
    },
  };
}

interface Props {
  readonly rows: Rows;
  readonly line: (row: Listed) => ComponentChildren;
  readonly choose: (row: Listed) => void;
  readonly label: string;
}

export function List({ rows, line, choose, label }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const total = rows.total ?? 0;
  const tall = Math.min(total * HEIGHT, TALLEST);
  const seen = Math.ceil(height / HEIGHT);
  /** How far the list has scrolled, of how far it can. */
  const share = tall <= height ? 0 : Math.min(1, top / (tall - height));
  const first = share * Math.max(0, total - height / HEIGHT);
  const from = Math.max(0, Math.floor(first) - 2);
  const to = Math.min(total, Math.floor(first) + seen + 3);
  useEffect(() => {
    const own = box.current!;
    const watch = new ResizeObserver(() => setHeight(own.clientHeight));
    watch.observe(own);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => rows.need(from, to), 40);
    return () => clearTimeout(timer);
  });
  const { at } = rows;
  const before = useRef({ chosen: rows.chosen, at, total });
  useEffect(() => {
    const own = box.current;
    const old = before.current;
    if (own === null || at === undefined || at < 0 || total === 0) return;
    before.current = { chosen: rows.chosen, at, total };
    // Rows that have come meanwhile move nothing: the chosen one stays where it was seen, or out of sight.
    if (old.chosen === rows.chosen && old.at !== undefined && old.at >= 0 && old.total > 0) {
      const wasSeen = old.at >= first && old.at + 1 <= first + height / HEIGHT;
      if (wasSeen && old.at !== at) own.scrollTop += (at - old.at) * HEIGHT;
      return;
    }
    if (at >= first && at + 1 <= first + height / HEIGHT) return;
    // Above: to the top; below: to the bottom; far away: to the middle.
    const room = height / HEIGHT;
    const near = Math.abs(at - first) < 2 * room;
    const wanted = near ? (at < first ? at : at + 1 - room) : at - room / 2;
    own.scrollTop = (Math.max(0, wanted) / Math.max(1, total - room)) * (tall - height);
  }, [at, total]);
  const shift = top - (first - from) * HEIGHT;
  return (
    <div
      class="list"
      ref={box}
      role="listbox"
      aria-label={label}
      tabIndex={0}
      aria-activedescendant={at !== undefined && at >= from && at < to ? `row-${at}` : undefined}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <div style={{ height: `${tall}px` }} class="all" role="presentation">
        <div style={{ transform: `translateY(${tall <= height ? 0 : shift}px)` }} role="presentation">
          {Array.from({ length: Math.max(0, to - from) }, (_, i) => {
            const row = rows.get(from + i);
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the list has keys of its own
              <div
                key={from + i}
                id={`row-${from + i}`}
                class="line"
                role="option"
                tabIndex={-1}
                aria-selected={at === from + i}
                aria-posinset={from + i + 1}
                aria-setsize={total}
                onClick={() => row !== undefined && choose(row)}
              >
                {row === undefined ? "…" : line(row)}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
