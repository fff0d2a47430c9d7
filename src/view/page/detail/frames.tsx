// What the row of a clip says of its frames: a line for each of its lists, or for each model.
import { useState } from "preact/hooks";
import type { Drawn } from "../picture/drawn.ts";
import type { Scored, Stage } from "../picture/scene.ts";
import type { Note } from "../shared/ask.ts";
import { Lines } from "../shared/plots.tsx";
import { factTitle } from "./scores.tsx";

interface Props {
  readonly sides: readonly Drawn[];
  readonly notes: readonly Note[];
  readonly stages: readonly Stage[];
  readonly at: number;
  readonly choose: (step: number) => void;
}

const colours = ["#0b8bd0", "#d9730d", "#2a9d4a", "#b04ac0"] as const;

export function FramePlot({ sides, notes, stages, at, choose }: Props) {
  const [wanted, setWanted] = useState<string | undefined>(undefined);
  const frames = stages.flatMap(({ place, mask }, i) =>
    place === undefined || mask === undefined ? [] : [{ place, name: mask.frame ?? String(i + 1) }],
  );
  const rows = sides.map(({ title, row }) => ({
    title,
    facts: row?.status === "ok" ? listsOf(row, frames.length) : new Map(),
  }));
  const names = [...(rows[0]?.facts.keys() ?? [])] as string[];
  if (names.length === 0) return null;
  // Shares first: those that say how good a frame is.
  const shares = names.filter((name) =>
    rows.every(({ facts }) => (facts.get(name) ?? []).every((value: number) => value <= 1)),
  );
  const several = rows.length > 1;
  const shown = names.find((name) => name === wanted) ?? (several ? (shares[0] ?? names[0]!) : undefined);
  const titleOf = (name: string) => factTitle(name, notes, true);
  const picked = shown === undefined ? (shares.length > 0 ? shares : names.slice(0, 1)) : [shown];
  const lines = several
    ? rows.map(({ title, facts }, i) => ({ title, colour: colours[i]!, values: facts.get(picked[0]!) ?? [] }))
    : picked
        .slice(0, 4)
        .map((name, i) => ({ title: titleOf(name), colour: colours[i]!, values: rows[0]!.facts.get(name)! }));
  const isShare = picked.every((name) => shares.includes(name));
  const title = several ? titleOf(picked[0]!) : picked.map(titleOf).join(", ");
  return (
    <section class="over-frames" aria-label="Over frames">
      <div class="looks">
        <label class="slide">
          <span>Over frames</span>
          <select value={shown ?? ""} onChange={(event) => setWanted(event.currentTarget.value || undefined)}>
            {!several && shares.length > 1 && <option value="">{shares.map(titleOf).join(", ")}</option>}
            {names.map((name) => (
              <option key={name} value={name}>
                {titleOf(name)}
              </option>
            ))}
          </select>
        </label>
        {lines.length > 1 &&
          lines.map((line) => (
            <span key={line.title}>
              <span class="dot" style={{ background: line.colour }} />
              {line.title}
            </span>
          ))}
      </div>
      <Lines
        label={`${title} over the frames; now at ${stages[at]?.title}`}
        {...{ lines, frames, isShare }}
        span={[stages[0]?.place ?? 0, stages.at(-1)?.place ?? 0]}
        at={stages[at]?.place ?? 0}
        choose={(place) => {
          const far = stages.map((stage) => Math.abs((stage.place ?? 0) - place));
          choose(far.indexOf(Math.min(...far)));
        }}
      />
    </section>
  );
}

/** Facts with a number for each frame that is shown. */
function listsOf({ facts = {} }: Scored, frames: number): Map<string, readonly number[]> {
  return new Map(
    Object.entries(facts).flatMap(([name, fact]) =>
      Array.isArray(fact) &&
      fact.length === frames &&
      fact.every((one) => typeof one === "number" && one >= 0)
        ? [[name, fact as readonly number[]] as const]
        : [],
    ),
  );
}
