// The plot beside a sorted list: the two numbers that are compared, a point for each row; and how many lie on which side.
import { sentence } from "../../../core/words.ts";
import { answer, api, useAnswer } from "../shared/ask.ts";
import { count } from "../shared/numbers.ts";
import { Problem } from "../shared/parts.tsx";
import { Points } from "../shared/plots.tsx";
import { axesOf, type Sorting } from "../shared/sorting.ts";
import type { Go, State } from "../shared/state.ts";
import type { Query } from "./list.tsx";

interface Props {
  readonly query: Query;
  readonly sorting: Sorting;
  readonly state: State;
  readonly go: Go;
  readonly version: string;
  readonly choose: (place: number) => void;
}

/** Where two numbers are compared, until it is closed; elsewhere once it is opened. */
export function isPlotted({ minus }: Sorting, { plot }: State): boolean {
  return plot === undefined ? minus !== undefined : plot === "on";
}

export function Scatter(props: Props) {
  const { sorting, state, go } = props;
  const isOpen = isPlotted(sorting, state);
  const { x, y } = axesOf(sorting);
  return (
    <div class="scatter">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => go({ plot: isOpen ? "off" : "on" }, true)}
        title="key g"
      >
        {isOpen ? "▾" : "▸"} {sentence(y.title)} over {x.title}
      </button>
      {isOpen && <Cloud {...props} />}
    </div>
  );
}

function Cloud({ query, sorting, state, version, choose }: Props) {
  const { x, y } = axesOf(sorting);
  const asking = { ...query, sort: y.word, minus: x.word, order: undefined };
  const asked = useAnswer(
    `points ${JSON.stringify(asking)}`,
    () => answer(api.points.$get({ query: asking as never })),
    version,
  );
  if (asked.state === "failed") return <Problem text={asked.problem} />;
  const found = asked.state === "there" ? asked.value : asked.before;
  if (found === undefined) return <p class="wait">…</p>;
  const { both, total, above, below, equal, points } = found;
  const compared = x.unit === y.unit && x.word !== "share";
  return (
    <>
      <Points {...{ x, y, points, choose }} chosen={state.row} />
      <p class="note">
        {compared &&
          `Higher in ${count(above)}, lower in ${count(below)}, equal in ${count(equal)} of ${count(both)} rows. `}
        {both < total && `${count(total - both)} have not both numbers. `}
        {points.length < both && `One in ${Math.round(both / points.length)} is drawn.`}
      </p>
    </>
  );
}
