// The list of runs as it is now: asked for again while a process writes one of them, and when the page is looked at again.
import { useEffect, useState } from "preact/hooks";
import { type Asked, answer, api, type Run, type Runs, useAnswer } from "./ask.ts";

/** Milliseconds between two looks: while a run goes on, and while none does but one may begin. */
const PAUSE = 3000;
const IDLE = 10_000;

export function useRuns(): Asked<Runs> {
  const [look, setLook] = useState(0);
  const asked = useAnswer("runs", () => answer(api.runs.$get()), String(look));
  const isLive = asked.state === "there" && asked.value.can.live;
  // Where there is no run, one is waited for.
  const goesOn =
    isLive && (asked.value.runs.length === 0 || asked.value.runs.some(({ writer }) => writer !== undefined));
  useEffect(() => {
    const again = () => setLook((n) => n + 1);
    const seen = () => document.visibilityState === "visible";
    const hear = () => seen() && again();
    // Answers come before the next look: the effect runs again with each.
    const timer = isLive ? setTimeout(hear, goesOn ? PAUSE : IDLE) : undefined;
    if (!isLive) return undefined;
    document.addEventListener("visibilitychange", hear);
    addEventListener("focus", hear);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", hear);
      removeEventListener("focus", hear);
    };
  }, [asked]);
  return asked;
}

/** Changes when a run does. */
export function versionOf({ units, complete, time, began }: Run): string {
  return [units?.finished, units?.expected, complete, time, began].join(" ");
}
