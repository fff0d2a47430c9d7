// The numbers of a target: of a step and its candidates, and what the row says besides.
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { trackFactTitles } from "../../../core/track-facts.ts";
import { overlap, type Raster } from "../picture/canvas.ts";
import type { Scored } from "../picture/scene.ts";
import type { Note, Shown } from "../shared/ask.ts";
import { count, plain, withUnit } from "../shared/numbers.ts";
import { Head } from "../shared/parts.tsx";

/** A score by the unit of its measure, where one is called so. */
export function scored(notes: readonly Note[], name: string, value: number) {
  const note = notes.find((one) => one.name === name);
  return { title: note?.of ?? name, text: note === undefined ? plain(value) : withUnit(note.unit, value) };
}

interface Compared {
  /** The model's. */
  readonly title: string;
  readonly step: Scored["steps"][number];
}

/** What counts at a step, of each model that is shown. */
export function Scores({
  sides,
  notes,
}: {
  readonly sides: readonly Compared[];
  readonly notes: readonly Note[];
}) {
  const [first] = sides;
  if (first === undefined) return null;
  if (sides.length === 1)
    return (
      <>
        <h3>Scores of this step</h3>
        <Told
          told={Object.entries(first.step.scores).map(([name, value]) => {
            const { title, text } = scored(notes, name, value);
            return [title, text] as const;
          })}
        />
      </>
    );
  const names = [...new Set(sides.flatMap(({ step }) => Object.keys(step.scores)))];
  return (
    <>
      <h3>Scores of this step</h3>
      <div class="frame">
        <table>
          <Head titles={["", ...sides.map(({ title }) => title)]} />
          <tbody>
            {names.map((name) => (
              <tr key={name}>
                <th scope="row">{scored(notes, name, 0).title}</th>
                {sides.map(({ title, step }) => (
                  <td key={title}>
                    {step.scores[name] === undefined ? "–" : scored(notes, name, step.scores[name]).text}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

interface AgreementProps {
  readonly a: Raster | undefined;
  readonly b: Raster | undefined;
  readonly title: string;
}

/** How far the masks of two models agree. */
export function Agreement({ a, b, title }: AgreementProps) {
  const found = useMemo(
    () =>
      a === undefined || b === undefined || a.pixels.length !== b.pixels.length ? undefined : overlap(a, b),
    [a, b],
  );
  if (found === undefined) return null;
  const { both, either } = found;
  const share = either === 0 ? 100 : (100 * both) / either;
  return (
    <p class="note">
      The masks of this model and of {title}: {share.toFixed(1)} % IoU with each other, {count(either - both)}{" "}
      pixels differ.
    </p>
  );
}

/** Parts of a whole, as the row has them: what became of its targets, or of its candidates. */
export function Parts({
  values,
  notes,
}: {
  readonly values: Shown["values"];
  readonly notes: readonly Note[];
}) {
  const parts = notes.filter(({ part, id }) => part === true && values[id] !== undefined);
  const groups = [...new Set(parts.map(({ group = "" }) => group))];
  return (
    <>
      {groups.map((group) => {
        const own = parts.filter((note) => note.group === group && values[note.id]! > 0);
        return (
          <div key={group}>
            <h3>{group}</h3>
            <div
              class="parts"
              role="img"
              aria-label={own.map((note) => `${note.of} ${withUnit(note.unit, values[note.id]!)}`).join(", ")}
            >
              {own.map((note, i) => (
                <span key={note.id} style={{ flexGrow: values[note.id]!, background: partColour(note, i) }} />
              ))}
            </div>
            <Told
              told={own.map((note, i) => [
                <>
                  <span class="dot" style={{ background: partColour(note, i) }} />
                  {note.of}
                </>,
                withUnit(note.unit, values[note.id]!),
              ])}
            />
          </div>
        );
      })}
    </>
  );
}

/** Of parts of a whole; none is the green of what is as it should be. */
const palette = [
  "#0b8bd0",
  "#d9730d",
  "#b04ac0",
  "#c81e34",
  "#8a6d3b",
  "#e0a800",
  "#5b5bd6",
  "#59636d",
] as const;

function partColour({ better }: Note, i: number): string {
  return better === "higher" ? "#12853f" : palette[i % palette.length]!;
}

type OfSet = NonNullable<Shown["masks"][number]["generated"]>;

/** What a mask of a set is ranked by and was filtered by. */
function numbersOf({ rank, score, predictedIou, stability }: OfSet): readonly (readonly [string, string])[] {
  const numbers = [
    ["Score", score],
    ["Model's estimate", predictedIou],
    ["Stability", stability],
  ] as const;
  return [
    ["Rank", count(rank + 1)] as const,
    ...numbers.flatMap(([name, value]) => (value === undefined ? [] : [[name, plain(value)] as const])),
  ];
}

/** "Rank 3, model's estimate 0.91, stability 0.95". */
export function maskText(mask: OfSet): string {
  const words = numbersOf(mask).map(([name, text], i) => `${i === 0 ? name : name.toLowerCase()} ${text}`);
  return `${words.join(", ")}.`;
}

export function Generated({ mask }: { readonly mask: OfSet }) {
  return (
    <>
      <h3>This mask</h3>
      <Told told={numbersOf(mask)} />
    </>
  );
}

/** Names, each with what is told of it. */
function Told({ told }: { readonly told: readonly (readonly [name: ComponentChildren, text: string])[] }) {
  return (
    <dl>
      {told.map(([name, text], i) => (
        <div key={i}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

interface FactsProps {
  readonly row: Scored;
  readonly values: Shown["values"];
  readonly notes: readonly Note[];
}

/** What a fact of a row is called: as its measure, or as all facts of its kind. */
export function factTitle(name: string, notes: readonly Note[], isTrack: boolean): string {
  return (
    notes.find((note) => note.name === name)?.of ?? (isTrack ? trackFactTitles[name] : undefined) ?? name
  );
}

export function Facts({ row, values, notes }: FactsProps) {
  const { size, area, box, cluster, facts = {} } = row;
  const own = notes.filter(
    ({ id, part, step }) => values[id] !== undefined && part !== true && step === undefined,
  );
  const titleIn = (name: string) => factTitle(name, notes, Array.isArray(facts.scored));
  const plainFacts = Object.entries(facts).filter(([, fact]) => typeof fact === "number");
  const lists = Object.entries(facts).filter(([, fact]) => typeof fact !== "number");
  const told: [string, string][] = [
    ...(size === undefined ? [] : [["Image", `${size.width} × ${size.height}`] as [string, string]]),
    ...(area === undefined || size === undefined
      ? []
      : [
          [
            "Area",
            `${count(area)} px, ${plain((100 * area) / (size.width * size.height))} % of the image`,
          ] as [string, string],
        ]),
    ...(box === undefined ? [] : [["Box", box.join(", ")] as [string, string]]),
    ...(cluster === row.sample ? [] : [["Resampled with", cluster] as [string, string]]),
    ...plainFacts.map(([name, fact]): [string, string] => [titleIn(name), plain(fact as number)]),
  ];
  return (
    <>
      {own.length > 0 && (
        <details open={row.steps.length === 0}>
          <summary>Measures of this row alone</summary>
          <Told
            told={own.map((note) => [
              note.at === "" ? note.of : `${note.of}, ${note.at}`,
              withUnit(note.unit, values[note.id]!),
            ])}
          />
        </details>
      )}
      <h3>Facts</h3>
      <Told told={told} />
      {lists.length > 0 && (
        <details>
          <summary>Lists of the row</summary>
          <Told told={lists.map(([name, fact]) => [titleIn(name), factText(fact)])} />
        </details>
      )}
    </>
  );
}

const SHOWN = 12;

function factText(fact: unknown): string {
  if (!Array.isArray(fact)) return String(fact);
  if (fact.length === 0) return "none";
  const numbers = fact.every((one) => typeof one === "number");
  if (!numbers) return `${fact.length} lists`;
  const text = fact
    .slice(0, SHOWN)
    .map((one) => plain(one as number))
    .join(", ");
  return fact.length > SHOWN ? `${text} … (${fact.length})` : text;
}
