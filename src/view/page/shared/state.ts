// What is shown, as the address says it: whoever opens the same address sees the same.
import { useEffect, useState } from "preact/hooks";

/** Names in the address; what is absent is as usual. */
export interface State {
  readonly run?: string;
  /** "runs" (absent), "trend", "masks", "compare" or "play". */
  readonly view?: string;
  /** Runs that are shown beside that one: their names as parts of an address, joined by commas. */
  readonly beside?: string;
  readonly model?: string;
  /** What is compared with that: a run, and a model of it. */
  readonly other?: string;
  readonly against?: string;
  readonly measure?: string;
  readonly benchmark?: string;
  readonly protocol?: string;
  readonly category?: string;
  readonly status?: string;
  /** "small", "medium" or "large". */
  readonly size?: string;
  /** Of the benchmarks' cards. */
  readonly domain?: string;
  readonly text?: string;
  /** What is sorted by, and what is taken from it: words of the columns of a run (beside.ts). */
  readonly sort?: string;
  readonly minus?: string;
  /** "descending", "far" (whichever the sign), or ascending where it is absent. */
  readonly order?: string;
  /** The plot of what is sorted by: "on" or "off"; absent: where it is of two columns. */
  readonly plot?: string;
  /** What targets are gathered by: "category", "benchmark", "size" or "model". */
  readonly by?: string;
  /** Models beside the one shown: sides.tsx reads it. */
  readonly with?: string;
  /** Two models in one picture: "slider" or "flicker"; absent: beside each other. */
  readonly look?: string;
  /** "target": pictures show it and its surroundings; absent: all of the image. */
  readonly zoom?: string;
  /** Flicker: pictures a second; absent: by key. */
  readonly pace?: string;
  readonly row?: string;
  readonly step?: string;
  /** The one of a step's candidates that is shown by itself, from 1. */
  readonly candidate?: string;
  /** Of a phrase: whose truth is shown, from 1; absent: of the one that counts. */
  readonly annotator?: string;
  /** Played with: an image of a benchmark, or a picture in memory; a target of it; the prompts so far. */
  readonly sample?: string;
  readonly picture?: string;
  readonly target?: string;
  readonly prompts?: string;
  /** Played with: a phrase, and the lowest score that is drawn in full. */
  readonly phrase?: string;
  readonly from?: string;
  /** Layers that are not shown, and those shown besides, by their names, joined by commas. */
  readonly hide?: string;
}

export const keys = [
  ...["view", "run", "model", "benchmark", "protocol", "category", "status", "text", "sort", "order"],
  ...["size", "domain", "minus", "plot", "by", "with", "look", "pace", "zoom", "candidate"],
  ...["row", "step", "hide", "other", "against", "measure", "beside", "sample", "picture", "target"],
  ...["prompts", "annotator", "phrase", "from"],
] as readonly (keyof State)[];

function read(): State {
  const search = new URLSearchParams(location.search);
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = search.get(key);
      return value === null || value === "" ? [] : [[key, value]];
    }),
  );
}

/** Absent and undefined are the same: `{ row: undefined }` takes the row out of the address. */
export type Change = { readonly [Key in keyof State]?: State[Key] | undefined };

export function addressOf(state: Change): string {
  const search = new URLSearchParams();
  for (const key of keys) {
    const value = state[key];
    if (value !== undefined && value !== "") search.set(key, value);
  }
  const text = search.toString();
  return text === "" ? location.pathname : `${location.pathname}?${text}`;
}

/** A step that the browser's back button takes back, unless it replaces the present one. Keys come faster than pages are drawn: what depends on the state is given it. */
export type Go = (change: Change | ((now: State) => Change), replace?: boolean) => void;

export function useAddress(): readonly [State, Go] {
  const [state, setState] = useState(read);
  useEffect(() => {
    const hear = () => setState(read());
    addEventListener("popstate", hear);
    return () => removeEventListener("popstate", hear);
  }, []);
  const go: Go = (change, replace = false) => {
    const now = read();
    const address = addressOf({ ...now, ...(typeof change === "function" ? change(now) : change) });
    if (replace) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
    setState(read());
  };
  return [state, go];
}
