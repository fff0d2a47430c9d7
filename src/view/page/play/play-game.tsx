// The game so far: what can be done next, every step with its numbers, and what can be taken along.
import { useState } from "preact/hooks";
import type { Ground, Played, Subject } from "../shared/ask.ts";
import { quoted } from "../shared/command.tsx";
import { Choice } from "../shared/parts.tsx";
import { type Told, valueText } from "./player.tsx";
import { type Habits, type HandPrompt, recordedLine } from "./prompts.ts";

interface Moves {
  readonly first: Told;
  readonly steps: readonly HandPrompt[];
  readonly user: Played["user"];
  readonly auto: boolean;
  readonly isScored: boolean;
  readonly undo: () => void;
  readonly clear: () => void;
  readonly simulate: () => void;
  readonly playAll: () => void;
}

/** What can be done next. */
export function Moves({ first, steps, user, auto, isScored, undo, clear, simulate, playAll }: Moves) {
  return (
    <div class="moves">
      {isScored && (
        <>
          <button type="button" onClick={simulate} disabled={user?.state !== "sends"} title="key n">
            Send what “?” shows
          </button>
          <button
            type="button"
            onClick={playAll}
            disabled={!auto && user?.state !== "sends"}
            aria-pressed={auto}
          >
            Play to the end
          </button>
        </>
      )}
      <button type="button" onClick={undo} disabled={steps.length === 0} title="key u">
        Undo
      </button>
      <button type="button" onClick={clear} disabled={steps.length === 0} title="key c">
        Clear
      </button>
      {isScored && <span class="note">{userText(user, first.busy)}</span>}
    </div>
  );
}

interface SendingProps {
  readonly habits: Habits;
  readonly setHabits: (habits: Habits) => void;
  readonly canFeed: boolean;
}

/** How prompts by hand are sent. */
export function Sending({ habits, setHabits, canFeed }: SendingProps) {
  return (
    <section aria-label="How prompts are sent">
      <div class="pair">
        <Choice
          label="Masks asked for"
          of={["auto", "several", "one"]}
          value={habits.masks}
          titleOf={(id) => (id === "auto" ? "several for 1 click" : id)}
          set={(masks) => setHabits({ ...habits, masks: masks as Habits["masks"] })}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={habits.feedback}
            disabled={!canFeed}
            onChange={() => setHabits({ ...habits, feedback: !habits.feedback })}
          />{" "}
          <span>feed the mask back</span>
        </label>
      </div>
    </section>
  );
}

type Step = Played["steps"][number];

function promptText({ at, sent }: Step): string {
  const clicks = at.clicks === 0 ? [] : [at.clicks === 1 ? "1 click" : `${at.clicks} clicks`];
  const parts = [...(sent.box === undefined ? [] : ["box"]), ...clicks];
  const mask = sent.mask === undefined ? [] : [sent.mask === "previous" ? "mask before" : "drawn mask"];
  return [...parts, ...mask].join(" + ");
}

interface Side {
  readonly title: string;
  readonly steps: readonly Step[];
}

interface StepsProps {
  readonly sides: readonly Side[];
  readonly metrics: Ground["metrics"];
  readonly alike: string | undefined;
}

/** Every step with what models say of it. `alike`: how it compares with the row of a run. */
export function Steps({ sides, metrics, alike }: StepsProps) {
  const [first] = sides;
  if (first === undefined || first.steps.length === 0) return null;
  const scores = new Set(sides.flatMap(({ steps }) => steps.flatMap((step) => Object.keys(step.scores))));
  const names = ["predicted", ...scores];
  const short = (name: string) =>
    name === "predicted" ? "estimate" : (metrics.find((one) => one.name === name)?.title ?? name);
  return (
    <>
      <section
        class="frame"
        aria-label="Numbers of each step"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        tabIndex={0}
      >
        <table class="played">
          <thead>
            <tr>
              <th scope="col">Prompt</th>
              {sides.map(({ title }) =>
                names.map((name) => (
                  <th key={`${title} ${name}`} scope="col">
                    {short(name)}
                    {sides.length > 1 && <small>{title}</small>}
                  </th>
                )),
              )}
            </tr>
          </thead>
          <tbody>
            {first.steps.map((step, i) => (
              <tr key={i}>
                <th scope="row">{promptText(step)}</th>
                {sides.map(({ title, steps }) =>
                  names.map((name) => <td key={`${title} ${name}`}>{cellOf(steps[i], name, metrics)}</td>),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {alike !== undefined && <p class="note">{alike}</p>}
    </>
  );
}

function cellOf(step: Step | undefined, name: string, metrics: Ground["metrics"]): string {
  const value = name === "predicted" ? step?.candidates[step.chosen]?.predicted : step?.scores[name];
  return value === undefined ? "" : valueText(metrics, name, value);
}

function userText(user: Played["user"], busy: boolean): string {
  if (user === undefined) return busy ? "The model is at work …" : "";
  if (user.state === "ended") return "The simulated user sends nothing more.";
  if (user.state === "refused") return user.reason;
  const { clicks, box, mask } = user.sent;
  const last = clicks.at(-1);
  if (last === undefined) return `The simulated user would send ${box === undefined ? "a mask" : "its box"}.`;
  const where = `at ${last[0]}, ${last[1]}`;
  const kind = last[2] === 1 ? "on the object" : "on the background";
  const fed = mask === "previous" ? ", and feed the mask back" : "";
  return clicks.length > 1 && mask === undefined && box === undefined
    ? `The simulated user would send ${clicks.length} clicks.`
    : `The simulated user would click ${kind} ${where}${fed}.`;
}

/** Whether the row of the run says the same of what was played so far, in a sentence; undefined where there is nothing to compare. */
export function asInRun(
  played: readonly Step[],
  row: Subject["row"],
  { protocol, model }: { readonly protocol: string; readonly model: string },
): string | undefined {
  if (row?.status !== "ok" || played.length === 0) return undefined;
  if (row.protocol !== protocol || row.model !== model) return undefined;
  const isSame = ({ sent, chosen, candidates, scores }: Step, i: number) => {
    const other = row.steps[i];
    if (other === undefined) return false;
    const own = [other.sent, other.chosen, other.candidates, other.scores];
    return JSON.stringify([sent, chosen, candidates, scores]) === JSON.stringify(own);
  };
  const same = played.findIndex((step, i) => !isSame(step, i));
  if (same === -1) return "As in the run: every number of these steps is the same, to the last bit.";
  return same === 0 ? undefined : `As in the run up to step ${same}; then another game.`;
}

interface CopiesProps {
  readonly ground: Ground;
  readonly subject: Subject;
  readonly told: Told;
  readonly target: string | undefined;
  readonly protocol: string;
  readonly model: string;
}

export function Copies({ ground, subject, told, target, protocol, model }: CopiesProps) {
  const [copied, setCopied] = useState<string | undefined>(undefined);
  const copy = (text: string) => {
    setCopied(text);
    navigator.clipboard?.writeText(text).catch(() => undefined);
  };
  const { benchmark = "", sample = "", size } = subject;
  const steps = (told.answer?.steps ?? []) as Parameters<typeof recordedLine>[2];
  const names = { benchmark, sample, target: target ?? "", protocol: target === undefined ? "" : protocol };
  const own = ground.models.find(({ name }) => name === model)?.path;
  const flags = [
    own === undefined ? `--models ${quoted(model)}` : `--model ${quoted(own)}`,
    `--benchmarks ${quoted(benchmark)} --protocols ${quoted(protocol)} --ids one.txt`,
    ...(ground.data === undefined ? [] : [`--data ${quoted(ground.data)}`]),
    "--out reports/one",
  ];
  const line = [benchmark, sample, target ?? ""].join("\t");
  const command = `printf '%s\\n' ${quoted(line)} > one.txt\nsegbench run ${flags.join(" ")}`;
  return (
    <section aria-label="To take along" class="controls">
      <div class="buttons">
        <button
          type="button"
          disabled={steps.length === 0}
          onClick={() => copy(recordedLine(names, size, steps))}
        >
          Copy prompts (JSON)
        </button>
        {target !== undefined && benchmark !== "" && (
          <button type="button" onClick={() => copy(command)}>
            Copy command
          </button>
        )}
      </div>
      {copied !== undefined && <pre class="copied">{copied}</pre>}
    </section>
  );
}

/** What keys and the pointer do. */
export function Keys() {
  return (
    <p class="keys" id="play-keys">
      Click: object; right click or <kbd>Shift</kbd>: background; drag: box. By keys: <kbd>↑</kbd>{" "}
      <kbd>↓</kbd> <kbd>←</kbd> <kbd>→</kbd> move a cursor (<kbd>Shift</kbd>: farther), <kbd>Enter</kbd>{" "}
      clicks (<kbd>Shift</kbd>: background), <kbd>b</kbd> begins and ends a box, <kbd>1</kbd>–<kbd>4</kbd>{" "}
      choose a mask, <kbd>n</kbd> next click of the simulated user, <kbd>m</kbd> feed masks back or not,{" "}
      <kbd>u</kbd> undo, <kbd>c</kbd> clear, <kbd>+</kbd> <kbd>−</kbd> <kbd>0</kbd> <kbd>z</kbd> zoom
    </p>
  );
}
