// What is played with: models, an image of a benchmark or one's own, its target and a protocol.
import { useEffect, useState } from "preact/hooks";
import { answer, api, type Ground, type Run, type Subject, useAnswer } from "../shared/ask.ts";
import { Choice, Problem } from "../shared/parts.tsx";
import type { Change, State } from "../shared/state.ts";
import type { Asking } from "./player.tsx";

interface Props {
  readonly ground: Ground;
  readonly subject: Subject | undefined;
  readonly state: State;
  /** Prompts about the same image stay. */
  readonly pick: (change: Change, sameImage: boolean) => void;
  readonly target: string;
  readonly protocol: string;
  readonly model: string;
  readonly isScored: boolean;
}

/** Nothing of the image that was played with. */
const noImage = { run: undefined, row: undefined, sample: undefined, picture: undefined, target: undefined };

/** Where no image is chosen: a target of the run, or the first image of the benchmark, or of the first one. */
export async function firstSubject(
  { benchmarks, protocols }: Ground,
  run: Run | undefined,
  benchmark: string | undefined,
): Promise<Change> {
  const isHere = ({ name }: { readonly name: string }) => benchmarks.some((one) => one.name === name);
  const own = run?.benchmarks?.find(isHere)?.name;
  const protocol = run?.protocols?.find((id) => protocols.some((one) => one.id === id));
  if (run !== undefined && benchmark === undefined && own !== undefined && protocol !== undefined) {
    const query = { run: run.name, benchmark: own, protocol, status: "ok", count: "1" };
    const { rows } = await answer(api.targets.$get({ query }));
    if (rows[0] !== undefined) return { row: String(rows[0].place) };
  }
  const name = benchmark ?? benchmarks[0]?.name;
  if (name === undefined || !isHere({ name })) return {};
  const { names } = await answer(api.play.samples.$get({ query: { benchmark: name, words: "" } }));
  return names[0] === undefined ? {} : { benchmark: name, sample: names[0] };
}

export function Chooser({ ground, subject, state, pick, target, protocol, model, isScored }: Props) {
  const { models, absent, benchmarks, protocols } = ground;
  // Models of one kind are asked the same.
  const kind = models.find(({ name }) => name === model)?.kind ?? "image";
  const all = models.filter((one) => one.kind !== "clip").map(({ name }) => name);
  const alike = models.filter((one) => one.kind === kind).map(({ name }) => name);
  const titles = new Map(models.map(({ name, title }) => [name, title]));
  const titleOf = (name: string) => titles.get(name) ?? `${name} (not here)`;
  const known = (name: string, of = all) => (of.includes(name) || name === "" ? of : [name, ...of]);
  const benchmark = state.benchmark ?? subject?.benchmark ?? "";
  const drawn = new Set(benchmarks.filter((one) => one.drawn).map(({ name }) => name));
  const names = benchmarks.map(({ name }) => name);
  const targets = subject?.targets ?? [];
  const ids = protocols.map(({ id }) => id);
  return (
    <section aria-label="What is played with" class="controls">
      <div class="pair">
        <Choice
          {...{ label: "Model", of: known(model), value: model, titleOf }}
          set={(name) => {
            const isAlike = models.find((one) => one.name === name)?.kind === kind;
            pick({ model: name, ...(isAlike ? {} : { against: undefined }) }, true);
          }}
        />
        <Choice
          {...{
            label: "Beside it",
            of: known(state.against ?? "", alike),
            value: state.against ?? "",
            titleOf,
          }}
          any="none"
          set={(name) => pick({ against: name }, true)}
        />
      </div>
      {absent > 0 && (
        <p class="note">
          {absent} further model cards have no files here: <code>segbench list models</code> tells how to get
          them.
        </p>
      )}
      <Choice
        label="Benchmark"
        of={names.includes(benchmark) || benchmark === "" ? names : [benchmark, ...names]}
        value={benchmark}
        any="–"
        titleOf={(name) => (drawn.has(name) ? `${name} (drawn miniature)` : name)}
        set={(name) => pick({ ...noImage, benchmark: name }, false)}
      />
      {names.includes(benchmark) && (
        <Samples
          benchmark={benchmark}
          shown={subject?.sample ?? ""}
          pick={(sample) => pick({ ...noImage, benchmark, sample }, false)}
        />
      )}
      <Own pick={(picture) => pick({ ...noImage, benchmark: undefined, picture }, false)} />
      {targets.length > 0 && kind !== "concept" && (
        <div class="pair">
          <Choice
            label="Target"
            of={targets.filter(({ reason }) => reason === undefined).map(({ id }) => id)}
            value={isScored ? target : ""}
            any="none: prompts alone"
            titleOf={(id) => {
              const category = targets.find((one) => one.id === id)?.category;
              return category === undefined ? id : `${id} (${category})`;
            }}
            set={(id) => pick({ target: id === "" ? "none" : id }, false)}
          />
          {isScored && (
            <Choice
              label="Simulated user"
              of={ids.includes(protocol) ? ids : [protocol, ...ids]}
              value={protocol}
              set={(id) => pick({ protocol: id }, true)}
            />
          )}
        </div>
      )}
      {isScored && <p class="note">{protocols.find(({ id }) => id === protocol)?.summary}</p>}
    </section>
  );
}

interface SamplesProps {
  readonly benchmark: string;
  readonly shown: string;
  readonly pick: (sample: string) => void;
}

function Samples({ benchmark, shown, pick }: SamplesProps) {
  const [words, setWords] = useState("");
  const asked = useAnswer(`samples ${benchmark} ${words}`, () =>
    answer(api.play.samples.$get({ query: { benchmark, words } })),
  );
  if (asked.state === "failed") return <Problem text={asked.problem} />;
  const found = asked.state === "there" ? asked.value : asked.before;
  if (found === undefined) return <p class="wait">Looking for its images …</p>;
  const { names, total } = found;
  const all = names.includes(shown) || shown === "" ? names : [shown, ...names];
  return (
    <div class="pair">
      <Choice
        label={`Image (${names.length < total ? `first ${names.length} of ${total}` : total})`}
        of={all}
        value={shown}
        any="–"
        set={(sample) => sample !== "" && pick(sample)}
      />
      <label>
        <span>Images with</span>
        <input
          type="search"
          value={words}
          placeholder="letters of the name"
          onInput={(event) => setWords(event.currentTarget.value)}
        />
      </label>
    </div>
  );
}

/** A picture of one's own, kept by the server's memory alone until the page goes. */
function Own({ pick }: { readonly pick: (picture: string) => void }) {
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [over, setOver] = useState(false);
  const take = (file: File | undefined) => {
    if (file === undefined) return;
    setProblem(undefined);
    answer(fetch(api.play.picture.$url(), { method: "POST", body: file })).then(
      ({ picture }) => {
        addEventListener(
          "pagehide",
          () => navigator.sendBeacon(api.play.forget.$url({ query: { picture } })),
          { once: true },
        );
        pick(picture);
      },
      (error: Error) => setProblem(error.message),
    );
  };
  useEffect(() => {
    const drag = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes("Files") !== true) return;
      event.preventDefault();
      setOver(event.type === "dragover");
      if (event.type === "drop") take(event.dataTransfer.files[0]);
    };
    const leave = () => setOver(false);
    addEventListener("dragover", drag);
    addEventListener("drop", drag);
    addEventListener("dragleave", leave);
    return () => {
      removeEventListener("dragover", drag);
      removeEventListener("drop", drag);
      removeEventListener("dragleave", leave);
    };
  }, []);
  return (
    <div class={over ? "drop over" : "drop"}>
      <label>
        <span>
          A picture of your own: drop it here, or choose it. It stays in memory until this page goes.
        </span>
        <input
          type="file"
          accept="image/*,.tif,.tiff,.bmp"
          onChange={(event) => take(event.currentTarget.files?.[0])}
        />
      </label>
      {problem !== undefined && <Problem text={problem} />}
    </div>
  );
}

/** What the address names. */
export function subjectOf({ run, row, benchmark, sample, picture }: State): Asking["subject"] | undefined {
  if (picture !== undefined) return { picture };
  if (run !== undefined && row !== undefined) return { run, row };
  return benchmark !== undefined && sample !== undefined ? { benchmark, sample } : undefined;
}
