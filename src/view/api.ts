// What the page asks for, answered from a source: by the server, or in an export by the page itself. Everything is named by a run of the
// list, a row's number, or a name of the index: never by a path.
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { validator } from "hono/validator";
import { rowsRoutes } from "./api-rows.ts";
import { numberOf, placeOf, placesOf } from "./beside.ts";
import { playRoutes } from "./play.ts";
import { counted, type Query } from "./query.ts";
import { replayRoute } from "./replay.ts";
import type { OpenRun, ShownRun, Source } from "./source.ts";
import { trendRoute } from "./trend.ts";

/** Milliseconds for which rows wait until they are indexed: those of a run that has grown by a little. */
const PATIENCE = 20_000;
const ofRun = validator("query", ({ run }) => ({ run: textOf(run) ?? "" }));
const ofContents = validator("query", ({ run, protocol, benchmark }) => ({
  run: textOf(run) ?? "",
  ...(typeof protocol === "string" ? { protocol } : {}),
  ...(typeof benchmark === "string" ? { benchmark } : {}),
}));
/** A model of a run as the base, and one of the same or another run against it. */
const ofSides = validator("query", ({ run, model, other, against }) => ({
  ...{ run: textOf(run) ?? "", model: textOf(model) ?? "" },
  ...{ other: textOf(other) ?? "", against: textOf(against) ?? "" },
}));
const ofRow = validator("query", ({ run, row, frame }) => ({
  ...{ run: textOf(run) ?? "", row: textOf(row) ?? "" },
  /** Of a clip. */
  ...{ frame: textOf(frame) ?? "" },
}));
function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function apiOf(source: Source) {
  const runOf = async (name: string): Promise<ShownRun> => {
    const run = await source.find(name);
    if (run === undefined)
      throw new HTTPException(404, { message: `There is no run ${JSON.stringify(name)} here.` });
    return run;
  };
  const ready = async (name: string): Promise<OpenRun> => {
    const found = await (await runOf(name)).state(PATIENCE);
    if (found.state === "ready") return found.run;
    throw new HTTPException(409, {
      message: found.state === "failed" ? found.problem : "The rows are still being indexed.",
    });
  };
  const rowOf = async (name: string, text: string) => {
    const open = await ready(name);
    const place = /^\d+$/.test(text) ? placeOf(open, Number(text)) : -1;
    const { of = open.index.rows } = open;
    if (place === -1)
      throw new HTTPException(404, {
        message:
          Number(text) < of
            ? `This export does not hold row ${JSON.stringify(text)} of the run.`
            : `There is no row ${JSON.stringify(text)}: the run has ${of}.`,
      });
    return { open, place };
  };

  return new Hono()
    .get("/runs", async (c) =>
      c.json({
        ...{ folder: source.folder, can: source.can, runs: await source.list() },
        ...(source.data === undefined ? {} : { data: source.data }),
        ...(source.exported === undefined ? {} : { exported: source.exported }),
      }),
    )
    .get("/board", ofRun, async (c) => {
      const found = await (await runOf(c.req.valid("query").run)).board();
      return c.json("problem" in found ? found : { board: found });
    })
    .get("/compare", ofSides, async (c) => {
      const { run, model, other, against } = c.req.valid("query");
      for (const name of [run, other]) await runOf(name);
      const found = await source.compare({ run, model }, { run: other, model: against });
      if ("problem" in found) return c.json(found);
      const { state, ...rest } = await (await runOf(run)).state(PATIENCE);
      const places = "run" in rest ? await placesOf(rest.run, model, found.mostChanged) : [];
      const rows = found.mostChanged.map((_, i) => {
        const place = places[i] ?? -1;
        return "run" in rest && place !== -1 ? numberOf(rest.run, place) : -1;
      });
      return c.json({ ...found, rows });
    })
    .get("/contents", ofContents, async (c) => {
      const { run, protocol, benchmark } = c.req.valid("query");
      const found = await (await runOf(run)).state(300);
      if (found.state !== "ready") return c.json(found);
      const { index, column, of } = found.run;
      const count = (key: Parameters<typeof counted>[2], query: Query) => counted(index, column, key, query);
      const chosen = protocol ?? index.names.protocol[0] ?? "";
      const within = { protocol: chosen, ...(benchmark === undefined ? {} : { benchmark }) };
      return c.json({
        ...{ state: found.state, rows: index.rows, measures: index.measures, valued: index.valued, chosen },
        ...(of === undefined ? {} : { of }),
        names: {
          protocol: await count("protocol", {}),
          model: await count("model", within),
          benchmark: await count("benchmark", { protocol: chosen }),
          status: await count("status", within),
          category: await count("category", within),
          size: await count("size", within),
        },
      });
    })
    .get("/target", ofRow, async (c) => {
      const { run, row } = c.req.valid("query");
      const { open, place } = await rowOf(run, row);
      return c.json(await open.target(place));
    })
    .get("/truth", ofRow, async (c) => {
      const { run, row, frame } = c.req.valid("query");
      const { open, place } = await rowOf(run, row);
      return c.json(await open.truth(place, frame));
    })
    .get("/picture", ofRow, async (c) => {
      const { run, row, frame } = c.req.valid("query");
      const { open, place } = await rowOf(run, row);
      const bytes = await open.picture(place, frame);
      if (bytes === undefined) throw new HTTPException(404, { message: "There is no picture of this." });
      c.header("Cache-Control", "private, max-age=600");
      return c.body(bytes, 200, { "Content-Type": "image/jpeg" });
    })
    .route("/", rowsRoutes({ ready, rowOf }))
    .route("/", trendRoute(source))
    .route("/play", playRoutes(source.play))
    .route(
      "/",
      replayRoute(async (run, text) => {
        const { open, place } = await rowOf(run, text);
        return { run, row: (await open.target(place)).row };
      }, source.replay),
    );
}

/** For the page's client. */
export type Api = ReturnType<typeof apiOf>;
