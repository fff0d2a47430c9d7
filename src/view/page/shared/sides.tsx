// Models beside the one that is shown: which ones an address names, which ones there are to choose from, and their masks of the same target.
import { decoded } from "../../../core/words.ts";
import { answer, api, type BesideAnswer, type Run, type Shown, useAnswer } from "./ask.ts";
import { remarksOn, scopesOf } from "./scope.ts";
import type { Go, State } from "./state.ts";

/** A model of a run. */
export interface Side {
  readonly run: string;
  readonly model: string;
}

/** With the one that is shown four pictures. */
const MOST = 3;

/** Those of an address: models of the run itself by their names, of another run with its name and ":" before, joined by commas. */
export function sidesOf({ with: text = "" }: Pick<State, "with">, run: string): readonly Side[] {
  const sides = text.split(",").flatMap((word): Side[] => {
    const at = word.lastIndexOf(":");
    const model = decoded(word.slice(at + 1));
    return model === "" ? [] : [{ run: at <= 0 ? run : decoded(word.slice(0, at)), model }];
  });
  return sides.slice(0, MOST);
}

export function withSides(sides: readonly Side[], run: string): string | undefined {
  const words = sides.map((side) => {
    const model = encodeURIComponent(side.model);
    return side.run === run ? model : `${encodeURIComponent(side.run)}:${model}`;
  });
  return words.length === 0 ? undefined : words.join(",");
}

/** "tiny-int8", or of another run "tiny-int8, run nightly". */
export function sideTitle({ run, model }: Side, own: string): string {
  return run === own ? model : `${model}, run ${run}`;
}

interface ChooserProps {
  readonly runs: readonly Run[];
  readonly run: Run;
  readonly protocol: string;
  readonly model: string | undefined;
  /** The measure whose change is looked for, where no other one is sorted by. */
  readonly measure: string | undefined;
  readonly state: State;
  readonly go: Go;
}

/** Adds a model beside the one shown, and takes one away. */
export function SideChooser({ runs, run, protocol, model, measure, state, go }: ChooserProps) {
  const sides = sidesOf(state, run.name);
  const isTaken = (side: Side) =>
    (side.run === run.name && side.model === model) ||
    sides.some((one) => one.run === side.run && one.model === side.model);
  const groups = runs
    .filter((one) => isAlike(one, run, protocol))
    .sort((a, b) => Number(b === run) - Number(a === run))
    .map((one) => ({
      name: one.name,
      sides: (one.models ?? [])
        .map(({ name }) => ({ run: one.name, model: name }))
        .filter((side) => !isTaken(side)),
    }))
    .filter((group) => group.sides.length > 0);
  const put = (next: readonly Side[]) =>
    go((now) => {
      const known = now.sort !== undefined && now.minus === undefined ? now.sort : measure;
      const isChange = now.sort?.startsWith("beside:") === true;
      return {
        // Beside whom: the model is said once another one is beside it.
        ...{ with: withSides(next, run.name), model: now.model ?? model },
        // What has changed is what one looks for.
        ...(sides.length === 0 && known !== undefined && known !== "share"
          ? { sort: `beside:${known}`, minus: known, order: "far", row: undefined, step: undefined }
          : {}),
        ...(next.length === 0 ? { look: undefined } : {}),
        ...(next.length === 0 && isChange ? { sort: now.minus, minus: undefined, order: undefined } : {}),
      };
    }, true);
  if (groups.length === 0 && sides.length === 0) return null;
  return (
    <div class="beside">
      {groups.length > 0 && sides.length < MOST && (
        <label>
          <span>Beside it</span>
          <select
            value=""
            onChange={(event) => {
              const side = groups.flatMap((group) => group.sides)[Number(event.currentTarget.value)];
              if (event.currentTarget.value !== "" && side !== undefined) put([...sides, side]);
            }}
          >
            <option value="">{sides.length === 0 ? "no other model" : "another one …"}</option>
            {groups.map((group) => (
              <optgroup
                key={group.name}
                label={group.name === run.name ? "of this run" : `run ${group.name}`}
              >
                {group.sides.map((side) => (
                  <option key={side.model} value={String(groups.flatMap((one) => one.sides).indexOf(side))}>
                    {side.model}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
        </label>
      )}
      {sides.map((side) => (
        <button
          key={`${side.run}:${side.model}`}
          type="button"
          class="side-name"
          aria-label={`Take ${sideTitle(side, run.name)} away`}
          onClick={() => put(sides.filter((one) => one !== side))}
        >
          {sideTitle(side, run.name)} <span aria-hidden="true">×</span>
        </button>
      ))}
      {sides.flatMap((side) => {
        const other = runs.find(({ name }) => name === side.run);
        const remarks = other === undefined ? [] : remarksBeside(run, other, state.benchmark);
        return remarks.length === 0
          ? []
          : [
              <p key={side.run + side.model} class="missing">
                {sideTitle(side, run.name)}: {remarks.join("; ")}
              </p>,
            ];
      })}
    </div>
  );
}

/** What keeps rows of another run from being set beside those of this one: of the benchmarks that both have. */
function remarksBeside(run: Run, other: Run, benchmark = ""): readonly string[] {
  if (run === other) return [];
  const [own, theirs] = [scopesOf(run, benchmark), scopesOf(other, benchmark)];
  const both = (list: typeof own, among: typeof own) =>
    list.filter(({ name }) => among.some((one) => one.name === name));
  return remarksOn(other, both(theirs, own), run, both(own, theirs));
}

/** Whether rows of a run can be about the same targets. */
function isAlike(one: Run, run: Run, protocol: string): boolean {
  if (one.problem !== undefined || one.protocols?.includes(protocol) !== true) return false;
  const names = new Set(run.benchmarks?.map(({ name }) => name));
  return one.benchmarks?.some(({ name }) => names.has(name)) === true;
}

/** What is beside: a model's row about the same target, or why there is none. */
export type Beside = BesideAnswer["sides"][number] & { readonly shown?: Shown };

/** Rows and masks of the models beside; undefined until they are there. */
export function useBeside(
  run: string,
  place: string,
  sides: readonly Side[],
  version: string,
): readonly Beside[] | undefined {
  const list = JSON.stringify(sides.map((side) => [side.run, side.model]));
  const asked = useAnswer(
    `beside ${run} ${place} ${list}`,
    async () => {
      if (sides.length === 0) return [];
      const { sides: found } = await answer(api.beside.$get({ query: { run, row: place, sides: list } }));
      return Promise.all(
        found.map(async (one): Promise<Beside> => {
          if (one.place === undefined) return one;
          const query = { run: one.run, row: String(one.place), frame: "" };
          return { ...one, shown: await answer(api.target.$get({ query })) };
        }),
      );
    },
    version,
  );
  if (asked.state === "failed") return sides.map((side) => ({ ...side, missing: asked.problem }));
  return asked.state === "there" ? asked.value : undefined;
}
