// The page: runs, and the targets of one of them.
import { render } from "preact";
import "./page.css";
import "./masks/masks.css";
import { AboutExport } from "./export.tsx";
import { Masks } from "./masks/masks.tsx";
import { Play } from "./play/play.tsx";
import { Compare } from "./runs/compare.tsx";
import { Runs } from "./runs/runs.tsx";
import { TrendView } from "./runs/trend.tsx";
import { useRuns } from "./shared/live.ts";
import { Guarded, Link, only, Problem } from "./shared/parts.tsx";
import { addressOf, useAddress } from "./shared/state.ts";

function Page() {
  const [state, go] = useAddress();
  const runs = useRuns();
  const { run: name, view } = state;
  if (runs.state === "failed") return <Problem text={runs.problem} />;
  const list = runs.state === "there" ? runs.value : runs.before;
  if (list === undefined) return <p class="wait">Looking for runs …</p>;
  const run = list.runs.find((one) => one.name === name);
  return (
    <>
      <header class="top">
        <h1>
          segbench{" "}
          <small>
            {list.folder}
            {list.exported !== undefined && ", an export without playground and replay"}
          </small>
        </h1>
        <nav aria-label="Views">
          <Link to={only({ run: name })} go={go} aria-current={view === undefined ? "page" : undefined}>
            Runs
          </Link>
          <Link
            to={only({ view: "trend", run: name })}
            go={go}
            aria-current={view === "trend" ? "page" : undefined}
          >
            Trend
          </Link>
          <Link
            to={only({ view: "compare", run: name })}
            go={go}
            aria-current={view === "compare" ? "page" : undefined}
          >
            Compare
          </Link>
          {run !== undefined && run.problem === undefined && (
            <Link
              to={only({ view: "masks", run: name })}
              go={go}
              aria-current={view === "masks" ? "page" : undefined}
            >
              Masks of {run.name}
            </Link>
          )}
          {list.can.play && (
            <Link
              to={only({
                view: "play",
                run: name,
                row: view === "masks" && run?.sample !== "clip" ? state.row : undefined,
              })}
              go={go}
              aria-current={view === "play" ? "page" : undefined}
            >
              Play
            </Link>
          )}
        </nav>
      </header>
      {runs.state === "there" && runs.trouble !== undefined && <Problem text={runs.trouble} />}
      <Guarded of={addressOf(state)}>
        {view === "compare" ? (
          <Compare list={list} state={state} go={go} />
        ) : view === "trend" ? (
          <TrendView list={list} state={state} go={go} />
        ) : view === "play" ? (
          <Play runs={list.runs} can={list.can.play} state={state} go={go} />
        ) : view === "masks" && run !== undefined && run.problem === undefined ? (
          <Masks
            {...{
              run,
              state,
              go,
              runs: list.runs,
              folder: list.folder,
              data: list.data,
              canPlay: list.can.play,
            }}
          />
        ) : (
          <Runs list={list} run={run} state={state} go={go} />
        )}
      </Guarded>
      {view === undefined && list.exported !== undefined && <AboutExport {...list.exported} />}
      {name !== undefined && run === undefined && <Problem text={`There is no run ${name} here.`} />}
    </>
  );
}

render(<Page />, document.getElementById("page")!);
