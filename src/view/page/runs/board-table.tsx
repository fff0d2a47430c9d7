// The table of a leaderboard: a line for each benchmark, run and model, a column for each measure.
import { clustersText } from "../../../core/words.ts";
import type { Board, Note, Run } from "../shared/ask.ts";
import { count, shown, withUnit } from "../shared/numbers.ts";
import { Link, only, Titles } from "../shared/parts.tsx";
import type { Go, State } from "../shared/state.ts";

type Estimate = Board["cells"][number]["measures"][string];

/** A model of a run. */
export interface Side {
  readonly run: string;
  readonly model: string;
}

export interface BoardLine {
  readonly run: Run;
  readonly model: string;
  /** "": the mean over benchmarks. */
  readonly benchmark: string;
  readonly title: string;
  readonly values: Readonly<Record<string, Estimate>>;
  /** Targets, or benchmarks. */
  readonly scored: string;
  readonly failed?: number;
  /** Of how many images, where more are to come. */
  readonly part?: string | undefined;
  /** What keeps it from being set beside the line of the newest run. */
  readonly remarks: readonly string[];
}

interface Props {
  readonly lines: readonly BoardLine[];
  readonly measures: readonly Note[];
  readonly protocol: string;
  /** More than one run. */
  readonly several: boolean;
  readonly marked: readonly Side[];
  readonly mark: (sides: readonly Side[]) => void;
  readonly state: State;
  readonly go: Go;
}

export function BoardTable({ lines, measures, protocol, several, marked, mark, state, go }: Props) {
  const sorting = measures.find(({ id }) => id === state.sort);
  const ascending = state.order === "ascending";
  const groups = [...new Set(lines.map(({ benchmark }) => benchmark))].map((benchmark) =>
    sorted(
      lines.filter((line) => line.benchmark === benchmark),
      sorting,
      ascending,
    ),
  );
  // Of a model of a run one line has the button.
  const sides = new Map<string, BoardLine>();
  for (const line of lines) {
    const side = JSON.stringify([line.run.name, line.model]);
    if (!sides.has(side)) sides.set(side, line);
  }
  const firstLines = new Set(sides.values());
  const isPair = sides.size > 1;
  const sort = (id: string) => {
    if (sorting?.id !== id) go({ sort: id, order: undefined }, true);
    else if (!ascending) go({ order: "ascending" }, true);
    else go({ sort: undefined, order: undefined }, true);
  };
  const titles = ["Benchmark", ...(several ? ["Run"] : []), "Model"];
  return (
    <div class="frame">
      <table class="numbers board">
        <thead>
          <tr>
            <Titles titles={titles} />
            {measures.map((note) => (
              <th
                key={note.id}
                scope="col"
                title={note.meaning}
                aria-sort={sorting?.id === note.id ? (ascending ? "ascending" : "descending") : undefined}
              >
                <button type="button" class="sort" onClick={() => sort(note.id)}>
                  {note.of}
                  <small>
                    {note.at}
                    {note.unit === "share" ? " %" : ""}
                  </small>
                </button>
              </th>
            ))}
            <th scope="col">Scored</th>
            {isPair && <th scope="col">Compare</th>}
          </tr>
        </thead>
        <tbody>
          {groups.map((own) =>
            own.map((line, i) => {
              const { run, model, benchmark, title, values, scored, failed = 0, part, remarks } = line;
              const side = { run: run.name, model };
              const place = marked.findIndex((one) => one.run === side.run && one.model === model);
              const word = ["mark", "base", "candidate"][place + 1]!;
              return (
                <tr key={`${run.name} ${model} ${benchmark}`} class={benchmark === "" ? "suite" : ""}>
                  {i === 0 && (
                    <th scope="rowgroup" rowSpan={own.length}>
                      {title}
                      {benchmark !== "" && <small>{benchmark}</small>}
                    </th>
                  )}
                  {several && (
                    <td class="remarks">
                      {run.name}
                      {(own[i - 1]?.run === run ? [] : remarks).map((text) => (
                        <small key={text} class="badge">
                          {text}
                        </small>
                      ))}
                    </td>
                  )}
                  <th scope="row">
                    {benchmark === "" ? (
                      model
                    ) : (
                      <Link
                        to={only({ view: "masks", ...side, benchmark, protocol, sort: measures[0]?.id })}
                        go={go}
                      >
                        {model}
                      </Link>
                    )}
                  </th>
                  {measures.map((note) => (
                    <Value key={note.id} note={note} estimate={values[note.id]} />
                  ))}
                  <td>
                    {scored}
                    {part !== undefined && <small>{part}</small>}
                    {failed > 0 && <small class="problem">{count(failed)} failed</small>}
                  </td>
                  {isPair && (
                    <td>
                      {firstLines.has(line) && (
                        <button
                          type="button"
                          aria-pressed={place !== -1}
                          aria-label={`${word} ${model} of ${run.name}, to compare`}
                          onClick={() =>
                            mark(
                              place === -1
                                ? [...marked, side].slice(-2)
                                : marked.filter((_, n) => n !== place),
                            )
                          }
                        >
                          {word}
                        </button>
                      )}
                    </td>
                  )}
                </tr>
              );
            }),
          )}
        </tbody>
      </table>
    </div>
  );
}

/** Highest first unless told otherwise; lines without the measure come last. */
function sorted(
  lines: readonly BoardLine[],
  note: Note | undefined,
  ascending: boolean,
): readonly BoardLine[] {
  if (note === undefined) return lines;
  const worst = ascending ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const value = ({ values }: BoardLine) => values[note.id]?.value ?? worst;
  return [...lines].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    return x === y ? 0 : x < y === ascending ? -1 : 1;
  });
}

function Value({ note, estimate }: { readonly note: Note; readonly estimate: Estimate | undefined }) {
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
