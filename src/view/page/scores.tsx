// The numbers of a target: of a step and its candidates, and what the row says besides.
import type { Note, Shown } from "./ask.ts";
import { count, plain, withUnit } from "./numbers.ts";
import type { Scored } from "./scene.ts";

/** A score by the unit of its measure, where one is called so. */
function scored(notes: readonly Note[], name: string, value: number) {
  const note = notes.find((one) => one.name === name);
  return { title: note?.of ?? name, text: note === undefined ? plain(value) : withUnit(note.unit, value) };
}

export function Scores({
  step,
  notes,
}: {
  readonly step: Scored["steps"][number];
  readonly notes: readonly Note[];
}) {
  const names = [...new Set(step.candidates.flatMap((candidate) => Object.keys(candidate)))].filter(
    (name) => name !== "predicted",
  );
  return (
    <>
      <h3>Scores of this step</h3>
      <dl>
        {Object.entries(step.scores).map(([name, value]) => {
          const { title, text } = scored(notes, name, value);
          return (
            <div key={name}>
              <dt>{title}</dt>
              <dd>{text}</dd>
            </div>
          );
        })}
      </dl>
      <h3>Candidates</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">Mask</th>
            <th scope="col">Model's estimate</th>
            {names.map((name) => (
              <th key={name} scope="col">
                {scored(notes, name, 0).title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {step.candidates.map((candidate, i) => (
            <tr key={i} class={i === step.chosen ? "chosen" : ""}>
              <th scope="row">
                {i + 1}
                {i === step.chosen && <small>counts</small>}
              </th>
              <td>{plain(candidate.predicted)}</td>
              {names.map((name) => (
                <td key={name}>
                  {candidate[name] === undefined ? "–" : scored(notes, name, candidate[name]).text}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** A mask of a set: what it is ranked by and what it was filtered by. */
export function Generated({ mask }: { readonly mask: NonNullable<Shown["masks"][number]["generated"]> }) {
  const { rank, score, predictedIou, stability } = mask;
  const numbers = [
    ["Score", score],
    ["Model's estimate", predictedIou],
    ["Stability", stability],
  ] as const;
  const told = [
    ["Rank", count(rank + 1)] as const,
    ...numbers.flatMap(([name, value]) => (value === undefined ? [] : [[name, plain(value)] as const])),
  ];
  return (
    <>
      <h3>This mask</h3>
      <Told told={told} />
    </>
  );
}

/** Names, each with what is told of it. */
function Told({ told }: { readonly told: readonly (readonly [name: string, text: string])[] }) {
  return (
    <dl>
      {told.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Facts({ row }: { readonly row: Scored }) {
  const { size, area, box, cluster, facts = {} } = row;
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
    ...Object.entries(facts).map(([name, fact]): [string, string] => [name, factText(fact)]),
  ];
  return (
    <>
      <h3>Facts</h3>
      <Told told={told} />
    </>
  );
}

const SHOWN = 12;

function factText(fact: unknown): string {
  if (typeof fact === "number") return plain(fact);
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
