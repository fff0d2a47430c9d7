// The numbers of runs: the leaderboard of a protocol, as their reports have it; of one run, or of several beside each other.
import { useState } from "preact/hooks";
import { plural, sentence } from "../../../core/words.ts";
import { answer, api, type Board, type Run, useAnswer } from "../shared/ask.ts";
import { Command, placeOf } from "../shared/command.tsx";
import { versionOf } from "../shared/live.ts";
import { count } from "../shared/numbers.ts";
import { Link, only, Problem, Tabs } from "../shared/parts.tsx";
import { remarksOn, scopesOf, unitsText } from "../shared/scope.ts";
import type { Go, State } from "../shared/state.ts";
import { type BoardLine, BoardTable, type Side } from "./board-table.tsx";

interface Props {
  /** The newest first: what is said of the others is said beside that. */
  readonly runs: readonly Run[];
  readonly folder: string;
  readonly state: State;
  readonly go: Go;
}

export function Leaderboard({ runs, folder, state, go }: Props) {
  const names = runs.map(({ name }) => name);
  const ask = () =>
    Promise.all(names.map(async (run) => ({ run, ...(await answer(api.board.$get({ query: { run } }))) })));
  const version = runs.map(versionOf).join();
  const asked = useAnswer(`board ${JSON.stringify(names)}`, ask, version);
  const [marked, mark] = useState<readonly Side[]>([]);
  if (asked.state === "failed") return <Problem text={asked.problem} />;
  const answers = asked.state === "there" ? asked.value : (asked.before ?? []);
  const boards = answers.flatMap((one) => {
    const run = runs.find(({ name }) => name === one.run);
    return run === undefined || !("board" in one) ? [] : [{ run, board: one.board }];
  });
  if (asked.state === "waiting" && boards.length === 0)
    return <p class="wait">Reading the numbers of {names.join(", ")} …</p>;
  const protocols = firstOf(
    boards.flatMap(({ board }) => board.protocols),
    ({ id }) => id,
  );
  const protocol = protocols.find(({ id }) => id === state.protocol) ?? protocols[0];
  const lines = protocol === undefined ? [] : linesOf(boards, protocol.id);
  const notes = firstOf(
    boards.flatMap(({ board }) =>
      board.protocols.flatMap(({ id, measures }) => (id === protocol?.id ? measures : [])),
    ),
    ({ id }) => id,
  );
  const there = notes.filter(({ id }) => lines.some(({ values }) => values[id] !== undefined));
  const main = there.filter(({ show }) => show === "main");
  const isAll = state.measure === "all";
  const [first] = runs;
  return (
    <section aria-labelledby="numbers" aria-busy={asked.state === "waiting"}>
      <h2 id="numbers">{runs.length === 1 ? (first!.title ?? first!.name) : `${runs.length} runs`}</h2>
      {asked.state === "there" && asked.trouble !== undefined && <Problem text={asked.trouble} />}
      {answers.map((one) =>
        "problem" in one ? (
          <Problem key={one.run} text={runs.length === 1 ? one.problem : `${one.run}: ${one.problem}`} />
        ) : null,
      )}
      {remarks(boards).map(({ text, of }) => (
        <p key={text} class="note">
          {runs.length === 1 ? "" : `${of.join(", ")}: `}
          {text}
        </p>
      ))}
      {protocol !== undefined && (
        <>
          <Tabs
            label="Protocol"
            of={protocols}
            shown={protocol.id}
            choose={(id) => go({ protocol: id, sort: undefined }, true)}
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
          <Marked {...{ marked, mark, go }} />
          <BoardTable
            {...{ lines, marked, mark, state, go }}
            measures={isAll ? there : main}
            protocol={protocol.id}
            several={runs.length > 1}
          />
          <p class="note">
            Intervals of 95 % in small print; a number of images (clips, or clusters of images that belong
            together) stands where they are too few for an interval that is known to hold. The same numbers as
            in reports. Titles of columns sort the lines of each benchmark.
          </p>
          <Command
            words={["report", ...names.map((name) => placeOf(folder, name)), ...(isAll ? ["--json"] : [])]}
          />
        </>
      )}
    </section>
  );
}

/** The first of those with the same key. */
function firstOf<T>(all: readonly T[], keyOf: (one: T) => string): readonly T[] {
  const found = new Map<string, T>();
  for (const one of all) if (!found.has(keyOf(one))) found.set(keyOf(one), one);
  return [...found.values()];
}

type Boards = readonly { readonly run: Run; readonly board: Board }[];

/** By benchmark, the mean over them first. */
function linesOf(boards: Boards, protocol: string): readonly BoardLine[] {
  const all = boards.flatMap(({ run, board }) => {
    const rivals = (benchmark: string) => {
      const [newest] = boards.filter((one) => scopesOf(one.run, benchmark).length > 0);
      return newest?.run ?? run;
    };
    return ownLines(run, board, protocol).map((line) => {
      const beside = rivals(line.benchmark);
      const remarks =
        boards.length === 1
          ? []
          : remarksOn(run, scopesOf(run, line.benchmark), beside, scopesOf(beside, line.benchmark));
      return { ...line, remarks };
    });
  });
  const order = [...new Set(all.map(({ benchmark }) => benchmark))];
  return order.flatMap((benchmark) => all.filter((line) => line.benchmark === benchmark));
}

function ownLines(
  run: Run,
  { suites, cells, benchmarks }: Board,
  protocol: string,
): readonly Omit<BoardLine, "remarks">[] {
  const means = suites.map(({ model, protocol: of, measures, benchmarks: several }) => ({
    ...{ run, model, benchmark: "", title: "Mean over benchmarks", of, values: measures },
    scored:
      several < benchmarks.length
        ? `${several} of ${plural(benchmarks.length, "benchmark")}`
        : plural(several, "benchmark"),
  }));
  const own = benchmarks.flatMap(({ name, title }) =>
    cells
      .filter(({ benchmark }) => benchmark === name)
      .map(({ model, protocol: of, measures, counts }) => ({
        ...{ run, model, benchmark: name, title, of, values: measures },
        ...{ scored: count(counts.scored), failed: counts.failed, part: partOf(run, name, counts.images) },
      })),
  );
  return [...(benchmarks.length > 1 ? means : []), ...own].filter(({ of }) => of === protocol);
}

/** "of 3 of 6 images", where more are to come. */
function partOf({ complete, shard, benchmarks = [] }: Run, name: string, images: number): string | undefined {
  const all = benchmarks.find((one) => one.name === name)?.images ?? 0;
  if (complete === true || shard !== undefined || images >= all) return undefined;
  return `of ${count(images)} of ${count(all)} images`;
}

/** What whoever reads the numbers has to know, with the runs that it is said of. */
function remarks(boards: Boards): readonly { readonly text: string; readonly of: readonly string[] }[] {
  const said = new Map<string, string[]>();
  for (const { run, board } of boards)
    for (const text of [...(board.complete ? [] : [soFar(run)]), ...onPictures(run)])
      said.set(text, [...(said.get(text) ?? []), run.name]);
  return [...said].map(([text, of]) => ({ text, of }));
}

function soFar(run: Run): string {
  const { units, sample = "image", writer, shard } = run;
  const part = units === undefined ? "a part" : unitsText(run);
  const state = writer === undefined ? "The run is not complete" : "The run goes on, and this page with it";
  const of = shard === undefined ? "" : ` of shard ${shard}`;
  return `${state}: these are the numbers of ${part}${of}. ${sentence(`${sample}s`)} come in the order of the run, so the rest may differ.`;
}

function onPictures({ drawn = [], benchmarks = [] }: Run): readonly string[] {
  if (drawn.length === 0) return [];
  const all = drawn.length === benchmarks.length && drawn.length > 4;
  const which = all ? `all ${drawn.length} benchmarks` : drawn.join(", ");
  return [`Pictures of ${which} are drawn miniatures: their numbers mean nothing about real data.`];
}

interface MarkedProps {
  readonly marked: readonly Side[];
  readonly mark: (sides: readonly Side[]) => void;
  readonly go: Go;
}

/** Two lines that were marked are compared. */
function Marked({ marked, mark, go }: MarkedProps) {
  const [base, candidate] = marked;
  if (base === undefined) return null;
  return (
    <p class="marked" role="status">
      {candidate === undefined ? (
        <>
          Base: {base.model} of {base.run}. Mark what is compared with it.
        </>
      ) : (
        <Link
          to={only({
            ...{ view: "compare", run: base.run, model: base.model },
            ...{ other: candidate.run, against: candidate.model },
          })}
          go={go}
        >
          Compare {candidate.model} of {candidate.run} with {base.model} of {base.run}
        </Link>
      )}{" "}
      <button type="button" onClick={() => mark([])}>
        Clear
      </button>
    </p>
  );
}
