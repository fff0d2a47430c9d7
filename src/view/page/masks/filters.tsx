// Which targets are listed and in which order: the form above the list.
import type { RefObject } from "preact";
import type { Index, Run } from "../shared/ask.ts";
import { count } from "../shared/numbers.ts";
import { Choice as Names } from "../shared/parts.tsx";
import type { Sorting, SortingGroup } from "../shared/sorting.ts";
import type { Change, State } from "../shared/state.ts";

interface Props {
  readonly index: Index;
  readonly run: Run;
  readonly protocol: string;
  readonly state: State;
  readonly sortings: readonly SortingGroup[];
  readonly sorting: Sorting | undefined;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly set: (change: Change) => void;
}

/** Names that a target is chosen by, beside its protocol. */
const filters = [
  ["model", "Model"],
  ["benchmark", "Benchmark"],
  ["category", "Category"],
  ["size", "Size"],
  ["status", "Status"],
] as const;

/** What these are of phrases. */
const ofPhrases: Readonly<Record<string, string>> = { category: "Phrase", size: "The phrase" };

/** COCO's sizes, the small ones first; of phrases whether they name anything. */
const sizes: Readonly<Record<string, string>> = {
  small: "small, below 32² px",
  medium: "medium",
  large: "large, from 96² px",
  named: "names something",
  nothing: "names nothing",
};

const orders = [
  ["ascending", "lowest first"],
  ["descending", "highest first"],
  ["far", "largest change first"],
] as const;

export function Filters({ index, run, protocol, state, sortings, sorting, search, set }: Props) {
  const choices = sortings.flatMap((group) => group.choices);
  const isOfPhrases = index.names.size.some(({ name }) => name === "named" || name === "nothing");
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      <Choice
        label="Protocol"
        of={index.names.protocol}
        value={protocol}
        set={(value) => set({ protocol: value, sort: undefined, minus: undefined, order: undefined })}
      />
      {filters.map(([key, label]) => (
        <Choice
          key={key}
          label={isOfPhrases ? (ofPhrases[key] ?? label) : label}
          of={namesOf(index, key)}
          value={state[key]}
          any="all"
          set={(value) => set({ [key]: value })}
        />
      ))}
      <Choice
        label="Domain"
        of={domainsOf(index, run)}
        value={state.domain}
        any="all"
        set={(value) => set({ domain: value })}
      />
      <label class="sort">
        <span>Sort by</span>
        <select
          value={sorting === undefined ? "" : String(choices.indexOf(sorting))}
          onChange={(event) => {
            const next =
              event.currentTarget.value === "" ? undefined : choices[Number(event.currentTarget.value)];
            set({
              ...{ sort: next?.axis.word, minus: next?.minus?.word },
              order: next?.order === "ascending" ? undefined : next?.order,
            });
          }}
        >
          <option value="">order of the run</option>
          {sortings.map((group) => (
            <optgroup key={group.title} label={group.title}>
              {group.choices.map((one) => (
                <option key={one.title} value={String(choices.indexOf(one))}>
                  {one.title}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
      <label>
        <span>Order</span>
        <select
          disabled={sorting === undefined}
          value={state.order ?? "ascending"}
          onChange={(event) => {
            const { value } = event.currentTarget;
            set({ order: value === "ascending" ? undefined : value });
          }}
        >
          {orders
            .filter(([order]) => order !== "far" || sorting?.minus !== undefined || state.order === "far")
            .map(([order, title]) => (
              <option key={order} value={order}>
                {title}
              </option>
            ))}
        </select>
      </label>
      <label class="words">
        <span>Words</span>
        <input
          ref={search}
          type="search"
          placeholder={`sample, target, ${isOfPhrases ? "phrase" : "category"} ( / )`}
          value={state.text ?? ""}
          onInput={(event) => set({ text: event.currentTarget.value })}
        />
      </label>
    </form>
  );
}

type Named = readonly { readonly name: string; readonly rows: number; readonly title?: string }[];

function namesOf(index: Index, key: (typeof filters)[number][0]): Named {
  const all = index.names[key].filter(({ name }) => name !== "");
  if (key !== "size") return all;
  return Object.entries(sizes).flatMap(([name, title]) =>
    all.filter((one) => one.name === name).map((one) => ({ ...one, title })),
  );
}

/** Domains of the benchmarks' cards, each with the rows of its benchmarks. */
function domainsOf(index: Index, run: Run): Named {
  const rows = new Map(index.names.benchmark.map(({ name, rows: own }) => [name, own]));
  const domains = new Map<string, number>();
  for (const { name, domain } of run.benchmarks ?? [])
    for (const one of domain) domains.set(one, (domains.get(one) ?? 0) + (rows.get(name) ?? 0));
  return [...domains].flatMap(([name, own]) => (own > 0 ? [{ name, rows: own }] : []));
}

/** Names of the benchmarks of a domain. */
export function benchmarksOf({ benchmarks = [] }: Run, domain: string): readonly string[] {
  return benchmarks.filter((one) => one.domain.includes(domain)).map(({ name }) => name);
}

interface ChoiceProps {
  readonly label: string;
  readonly of: Named;
  readonly value: string | undefined;
  /** What stands for none of them. */
  readonly any?: string;
  readonly set: (value: string) => void;
}

function Choice({ label, of, value, any, set }: ChoiceProps) {
  if (of.length < 2 && (value === undefined || value === of[0]?.name)) return null;
  const titles = new Map(of.map(({ name, rows, title = name }) => [name, `${title} (${count(rows)})`]));
  return (
    <Names
      {...{ label, any, set }}
      of={[...titles.keys()]}
      value={value ?? ""}
      titleOf={(name) => titles.get(name)!}
    />
  );
}
