// Two models of runs against each other, on the same targets: the statistics of `segbench compare`.

import { units } from "../../../core/units.ts";
import { clustersText, plural } from "../../../core/words.ts";
import { answer, api, type Compared, type Note, type Runs, useAnswer } from "../shared/ask.ts";
import { Command, placeOf } from "../shared/command.tsx";
import { versionOf } from "../shared/live.ts";
import { count, shown, withUnit } from "../shared/numbers.ts";
import { Choice, Head, Link, only, Problem, Tabs } from "../shared/parts.tsx";
import { type Side, withSides } from "../shared/sides.tsx";
import type { Go, State } from "../shared/state.ts";

interface Props {
  readonly list: Runs;
  readonly state: State;
  readonly go: Go;
}

export function Compare({ list, state, go }: Props) {
  const sides = list.runs.flatMap(({ name, problem, models = [] }): Side[] =>
    problem === undefined ? models.map((model) => ({ run: name, model: model.name })) : [],
  );
  const find = (run: string | undefined, model: string | undefined) =>
    sides.find((side) => side.run === run && (model === undefined || side.model === model));
  const base = find(state.run, state.model) ?? sides[0];
  const candidate =
    find(state.other, state.against) ?? sides.find((side) => side !== base && side.run === base?.run);
  if (base === undefined) return <p class="wait">There is no run to compare.</p>;
  const version = list.runs
    .filter(({ name }) => name === base.run || name === candidate?.run)
    .map(versionOf)
    .join();
  return (
    <main>
      <h2>Compare</h2>
      <form class="sides" onSubmit={(event) => event.preventDefault()}>
        <SideChoice
          label="Base"
          {...{ sides, value: base }}
          set={({ run, model }) => go({ run, model }, true)}
        />
        <SideChoice
          label="Candidate"
          {...{ sides, value: candidate }}
          set={({ run, model }) => go({ run: base.run, model: base.model, other: run, against: model }, true)}
        />
      </form>
      {candidate === undefined ? (
        <p class="wait">Choose what is compared with it.</p>
      ) : (
        <>
          <Comparison {...{ base, candidate, version, state, go }} />
          <Command words={["compare", ...[base, candidate].map((side) => wordOf(list.folder, side))]} />
        </>
      )}
    </main>
  );
}

/** A model of a run, as `compare` takes it. */
function wordOf(folder: string, { run, model }: Side): string {
  return `${placeOf(folder, run)}:${model}`;
}

interface ChoiceProps {
  readonly label: string;
  readonly sides: readonly Side[];
  readonly value: Side | undefined;
  readonly set: (side: Side) => void;
}

function SideChoice({ label, sides, value, set }: ChoiceProps) {
  const named = new Map(sides.map((side, i) => [String(i), side]));
  return (
    <Choice
      label={label}
      of={[...named.keys()]}
      value={value === undefined ? "" : String(sides.indexOf(value))}
      any={value === undefined ? "…" : undefined}
      titleOf={(place) => `${named.get(place)!.model}, run ${named.get(place)!.run}`}
      set={(place) => named.has(place) && set(named.get(place)!)}
    />
  );
}

function Comparison({
  base,
  candidate,
  version,
  state,
  go,
}: Omit<Props, "list"> & { readonly base: Side; readonly candidate: Side; readonly version: string }) {
  const query = { ...base, other: candidate.run, against: candidate.model };
  const asked = useAnswer(
    `compare ${JSON.stringify(query)}`,
    () => answer(api.compare.$get({ query })),
    version,
  );
  if (asked.state === "failed") return <Problem text={asked.problem} />;
  if (asked.state === "waiting")
    return (
      <p class="wait" role="status">
        Comparing target by target …
      </p>
    );
  if (!("cells" in asked.value)) return <Problem text={asked.value.problem} />;
  const compared = asked.value;
  const protocol = compared.protocols.find(({ id }) => id === state.protocol) ?? compared.protocols[0];
  if (protocol === undefined) return <Problem text="They have no protocol in common." />;
  const measures = protocol.measures.filter(({ show }) => show === "main");
  const note = measures.find(({ id }) => id === state.measure) ?? measures[0];
  if (note === undefined) return <Problem text="The protocol has no measure." />;
  return (
    <section aria-label="Differences">
      {compared.summary !== undefined && <p class="verdict">{compared.summary}</p>}
      {compared.sameFiles && <p class="note">The files of both models are the same, byte for byte.</p>}
      {compared.differences.length > 0 && (
        <details class="note">
          <summary>Their settings differ in {plural(compared.differences.length, "place")}</summary>
          {compared.differences.map((line) => (
            <p key={line}>{line}</p>
          ))}
        </details>
      )}
      <Tabs
        label="Protocol"
        of={compared.protocols}
        shown={protocol.id}
        choose={(id) => go({ protocol: id, measure: undefined }, true)}
      />
      <Tabs
        label="Measure"
        of={measures.map(({ id, of, at }) => ({ id, title: at === "" ? of : `${of}, ${at}` }))}
        shown={note.id}
        choose={(id) => go({ measure: id }, true)}
      />
      <Differences {...{ compared, note, go, base, candidate }} protocol={protocol.id} />
    </section>
  );
}

interface DifferencesProps {
  readonly compared: Compared;
  readonly protocol: string;
  readonly note: Note;
  readonly base: Side;
  readonly candidate: Side;
  readonly go: Go;
}

function Differences({ compared, protocol, note, base, candidate, go }: DifferencesProps) {
  const { benchmarks, cells, groups, mostChanged, rows } = compared;
  const titleOf = (name: string) => benchmarks.find((one) => one.name === name)?.title ?? name;
  const lines = [
    ...groups
      .filter((group) => group.protocol === protocol && group.kind === "overall")
      .map(({ pairing, measures }) => ({ name: "Mean over benchmarks", pairing, measures, overall: true })),
    ...cells
      .filter((cell) => cell.protocol === protocol)
      .map(({ benchmark, pairing, measures }) => ({
        name: titleOf(benchmark),
        pairing,
        measures,
        overall: false,
      })),
  ];
  const changed = mostChanged
    .map((one, i) => ({ ...one, row: rows[i]! }))
    .filter((one) => one.protocol === protocol);
  const lists = (
    [
      ["Higher", changed.filter((one) => one.candidate > one.base)],
      ["Lower", changed.filter((one) => one.candidate < one.base)],
    ] as const
  ).filter(([, own]) => own.length > 0);
  const ranked = compared.protocols
    .find(({ id }) => id === protocol)
    ?.measures.find(({ id }) => id === changed[0]?.measure);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it where it is wider than the page */}
      <section class="frame" aria-label="By benchmark" tabIndex={0}>
        <table class="numbers">
          <Head titles={["Benchmark", base.model, candidate.model, "Difference", "p", "Pairs"]} />
          <tbody>
            {lines.map(({ name, pairing, measures, overall }) => {
              const own = measures.find(({ measure }) => measure === note.id);
              if (own === undefined) return null;
              const { low, high, few, value, clusters } = own.difference;
              const sign = (number: number) => `${number > 0 ? "+" : ""}${shown(note.unit, number)}`;
              const p = "holm" in own ? (own.holm as number) : own.p;
              return (
                <tr key={name} class={overall ? "suite" : ""}>
                  <th scope="row">{name}</th>
                  <td>{shown(note.unit, own.base)}</td>
                  <td>{shown(note.unit, own.candidate)}</td>
                  <td>
                    {sign(value)}
                    {low !== undefined && high !== undefined && (
                      <small>
                        [{sign(low)}, {sign(high)}]
                      </small>
                    )}
                    {few === true && <small class="badge">{clustersText(clusters, own.difference)}</small>}
                  </td>
                  <td>{p < 0.001 ? "< 0.001" : p.toFixed(3)}</td>
                  <td>{count(pairing.pairs)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
      <p class="note">
        {withUnitName(note)} Candidate minus base on the same targets, with intervals of 95 %, or with the
        number of images (clips, or clusters of images that belong together) where they are too few for one; p
        of a paired permutation test, of benchmarks after Holm's correction. The command below gives the same
        numbers, with pictures of what changed.
      </p>
      {changed.length > 0 && ranked !== undefined && (
        <>
          <h3>
            Most changed targets <small>{ranked.at === "" ? ranked.of : `${ranked.of}, ${ranked.at}`}</small>
          </h3>
          <p class="note">
            <Link
              to={only({
                ...{ view: "masks", run: base.run, model: base.model, protocol },
                ...{ with: withSides([candidate], base.run), order: "far" },
                ...{ sort: `beside:${note.id}`, minus: note.id },
              })}
              go={go}
            >
              All targets by their change, with both masks
            </Link>
          </p>
          {lists.map(([title, own]) => (
            <section key={title} aria-label={title}>
              <h4>{title}</h4>
              <ul class="changed">
                {own.map(({ benchmark, sample, target, measure, row, ...values }) => {
                  const name = `${benchmark}, ${sample}, target ${target}`;
                  const by = shown(ranked.unit, values.candidate - values.base);
                  const change = `${withUnit(ranked.unit, values.base)} → ${withUnit(ranked.unit, values.candidate)} (${values.candidate > values.base && !by.startsWith("+") ? "+" : ""}${by}${units[ranked.unit].difference})`;
                  const to = only({
                    ...{ view: "masks", run: base.run, model: base.model, protocol, benchmark },
                    ...{ row: String(row), with: withSides([candidate], base.run) },
                    ...{ sort: `beside:${measure}`, minus: measure, order: "far" },
                  });
                  return (
                    <li key={name}>
                      {row === -1 ? name : <Link {...{ to, go }}>{name}</Link>} {change}
                    </li>
                  );
                })}
              </ul>
            </section>
          ))}
        </>
      )}
    </>
  );
}

/** What the numbers are, in a sentence. */
function withUnitName({ of, at, unit }: Note): string {
  const place = at === "" ? "" : ` after ${at}`;
  return `${of}${place}${unit === "share" ? " in %" : unit === "plain" ? "" : ` in ${unit}`}.`;
}
