// The listed targets gathered by category, benchmark, size or model: which of them are the worst, or have changed most.
import { answer, api, type Index, useAnswer } from "../shared/ask.ts";
import { count } from "../shared/numbers.ts";
import { Choice, Head, Problem } from "../shared/parts.tsx";
import { type Sorting, valueText } from "../shared/sorting.ts";
import type { Change, Go, State } from "../shared/state.ts";
import type { Query } from "./list.tsx";

interface Props {
  readonly query: Query;
  readonly sorting: Sorting | undefined;
  /** What is sorted by where nothing else is, once targets are gathered. */
  readonly usual: Sorting | undefined;
  readonly index: Index;
  readonly state: State;
  readonly go: Go;
  readonly version: string;
  /** Filters the list. */
  readonly set: (change: Change) => void;
}

const all = ["category", "benchmark", "size", "model"] as const;
type By = (typeof all)[number];

export function Groups(props: Props) {
  const { index, state, go, sorting, usual } = props;
  // One group tells nothing.
  const there = all.filter(
    (key) => state[key] === undefined && index.names[key].filter(({ name }) => name !== "").length > 1,
  );
  const by = there.find((key) => key === state.by);
  if (there.length === 0 || (sorting ?? usual) === undefined) return null;
  const gather = (key: string) =>
    go({ by: key, ...(sorting === undefined && key !== "" ? { sort: usual!.axis.word } : {}) }, true);
  return (
    <div class="groups">
      <Choice label="Medians by" of={there} value={by ?? ""} any="…" set={gather} />
      {by !== undefined && sorting !== undefined && <Gathered {...props} sorting={sorting} by={by} />}
    </div>
  );
}

interface Gathering extends Props {
  readonly sorting: Sorting;
  readonly by: By;
}

function Gathered({ query, sorting, state, version, by, set }: Gathering) {
  const asked = useAnswer(
    `groups ${by} ${JSON.stringify(query)}`,
    () => answer(api.groups.$get({ query: { ...query, by } as never })),
    version,
  );
  if (asked.state === "failed") return <Problem text={asked.problem} />;
  const found = asked.state === "there" ? asked.value : asked.before;
  if (found === undefined) return <p class="wait">…</p>;
  const keyOf = ({ median }: { readonly median: number }) =>
    state.order === "far" ? -Math.abs(median) : state.order === "descending" ? -median : median;
  const groups = [...found.groups].sort((a, b) => keyOf(a) - keyOf(b));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section class="gathered" aria-label={`Medians by ${by}`} tabIndex={0}>
      <table>
        <Head titles={[by, "rows", "median"]} />
        <tbody>
          {groups.map(({ name, rows, median }) => (
            <tr key={name}>
              <th scope="row">
                {name === "" ? (
                  `no ${by}`
                ) : (
                  <button type="button" onClick={() => set({ [by]: name })}>
                    {name}
                  </button>
                )}
              </th>
              <td>{count(rows)}</td>
              <td>{valueText(sorting, median)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
