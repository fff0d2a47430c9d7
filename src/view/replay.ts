// What a run folder does not hold, played again: all candidates of a step, the masks of steps that are not kept.
import { Hono } from "hono";
import { validator } from "hono/validator";
import type { PlayedAgain, Row } from "../index.ts";

/** A step of a row by its place; `run`: its name in the list; `frame`: of a clip. */
export interface StepPlace {
  readonly run: string;
  readonly row: Row;
  readonly step: number;
  readonly frame: string;
}

const ofStep = validator("query", ({ run, row, step, frame }) => ({
  ...{ run: wordOf(run), row: wordOf(row), step: wordOf(step), frame: wordOf(frame) },
}));

function wordOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Why there is nothing to play again, whatever models are here; undefined where there may be. */
function nothingIn({ row, step, frame }: StepPlace): string | undefined {
  if (row.status !== "ok") return `The target was not scored: ${row.reason}.`;
  if (frame !== "") {
    // Steps are of images.
    if (row.steps.length > 0) return "An image has no frames.";
    return undefined;
  }
  if (row.area === undefined) return "The row is of a whole image: no prompt about a target was sent.";
  const { length } = row.steps;
  if (row.steps[step] === undefined) return `The row has no step ${step + 1}: it has ${length}.`;
  if (row.steps[step].sent === undefined)
    return "The masks were made elsewhere, by prompts that are not known.";
  return undefined;
}

/** `find`: the row of a run by their names; it throws what the page is told where there is none. `replay`: absent where no model can be run; it is not begun for who has gone by then. */
export function replayRoute(
  find: (run: string, row: string) => Promise<Omit<StepPlace, "step" | "frame">>,
  replay?: (place: StepPlace, signal: AbortSignal) => Promise<PlayedAgain>,
) {
  return new Hono().get("/replay", ofStep, async (c) => {
    const { run, row, step, frame } = c.req.valid("query");
    const place = { ...(await find(run, row)), step: /^\d+$/.test(step) ? Number(step) : -1, frame };
    const missing = nothingIn(place) ?? (replay === undefined ? "Models cannot be run here." : undefined);
    return c.json<PlayedAgain>(missing === undefined ? await replay!(place, c.req.raw.signal) : { missing });
  });
}
