// The targets that are listed as a file: the list that `segbench run --ids` takes.
import { useState } from "preact/hooks";
import { api, type Run } from "../shared/ask.ts";
import { quoted } from "../shared/command.tsx";
import { count } from "../shared/numbers.ts";
import { Problem } from "../shared/parts.tsx";
import type { Query } from "./list.tsx";

interface Props {
  readonly query: Query;
  readonly run: Run;
  readonly total: number | undefined;
  /** The folder of data, as the server was given it. */
  readonly data: string | undefined;
}

const FILE = "selection.ids";

export function SaveIds({ query, run, total, data }: Props) {
  const [saved, setSaved] = useState<
    { readonly query: string; readonly lines: number } | { readonly problem: string }
  >();
  const key = JSON.stringify(query);
  const save = async () => {
    try {
      const reply = await api.ids.$get({ query: query as never });
      const text = await reply.text();
      if (!reply.ok) throw new Error(text);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
      link.download = FILE;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      setSaved({ query: key, lines: text.split("\n").length - 1 });
    } catch (error) {
      setSaved({ problem: (error as Error).message });
    }
  };
  return (
    <div class="save">
      <button type="button" onClick={() => void save()} disabled={total === undefined || total === 0}>
        Save ids
      </button>
      {saved !== undefined && "problem" in saved && <Problem text={saved.problem} />}
      {saved !== undefined && "query" in saved && saved.query === key && (
        <p class="note" role="status">
          {count(saved.lines)} {saved.lines === 1 ? "line" : "lines"} in {FILE}. To run these alone:{" "}
          <code>{commandOf(query, run, data)}</code>. Models of your own are named by <code>--model</code> and
          their path instead; seed and limits of the run that are not the usual ones are to be added.
        </p>
      )}
    </div>
  );
}

/** What runs the saved targets again: the same models, benchmarks and protocol. */
function commandOf(
  { model, benchmark, benchmarks, protocol = "" }: Query,
  run: Run,
  data: string | undefined,
): string {
  const names = (list: readonly { readonly name: string }[] = []) => list.map(({ name }) => name).join(",");
  const words = {
    ids: FILE,
    models: model ?? names(run.models),
    benchmarks: benchmark ?? benchmarks ?? names(run.benchmarks),
    protocols: protocol,
    ...(data === undefined ? {} : { data }),
  };
  const options = Object.entries(words).map(([name, word]) => `--${name} ${quoted(word)}`);
  return `segbench run ${options.join(" ")}`;
}
