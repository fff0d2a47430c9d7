// The masks that a model answered a step with: its estimates and their scores; one of them is shown by itself.

import { candidateColour, type Scored } from "../picture/scene.ts";
import type { Note } from "../shared/ask.ts";
import { plain } from "../shared/numbers.ts";
import { Head } from "../shared/parts.tsx";
import { scored } from "./scores.tsx";

interface CandidatesProps {
  readonly step: Scored["steps"][number];
  readonly notes: readonly Note[];
  /** The model's, where there are several. */
  readonly title: string | undefined;
  /** The one that is shown by itself, from 0. */
  readonly alone: number | undefined;
  readonly choose: (candidate: number) => void;
}

export function Candidates({ step, notes, title, alone, choose }: CandidatesProps) {
  const names = [...new Set(step.candidates.flatMap((candidate) => Object.keys(candidate)))].filter(
    (name) => name !== "predicted",
  );
  const several = step.candidates.length > 1;
  return (
    <>
      <h3>Candidates {title !== undefined && <small>{title}</small>}</h3>
      <div class="frame">
        <table>
          <Head titles={["Mask", "Estimate", ...names.map((name) => scored(notes, name, 0).title)]} />
          <tbody>
            {step.candidates.map((candidate, i) => (
              <tr key={i} class={i === step.chosen ? "chosen" : ""}>
                <th scope="row">
                  {several ? (
                    <button
                      type="button"
                      aria-pressed={i === alone}
                      aria-label={`Candidate ${i + 1} by itself`}
                      onClick={() => choose(i)}
                    >
                      <span
                        class="dot"
                        style={{ background: `rgb(${candidateColour(i).map(Math.round).join(" ")})` }}
                      />
                      {i + 1}
                    </button>
                  ) : (
                    i + 1
                  )}
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
      </div>
    </>
  );
}
