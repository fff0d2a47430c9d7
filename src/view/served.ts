// The server's own source: run folders as they lie on the disk, and their data.
import type { Boards } from "./boards.ts";
import type { Folders } from "./folders.ts";
import type { openPlaying } from "./playing.ts";
import type { openRuns } from "./runs.ts";
import type { Source } from "./source.ts";

/** `shown`: the folder, for whoever looks. `models`: what runs them; absent where only run folders are read. `data`: the folder of them, as it was given. */
export function servedSource(
  folders: Folders,
  runs: ReturnType<typeof openRuns>,
  boards: Boards,
  shown: string,
  {
    models,
    data,
  }: { readonly models?: ReturnType<typeof openPlaying>; readonly data?: string | undefined } = {},
): Source {
  return {
    folder: shown,
    ...(data === undefined ? {} : { data }),
    can: { play: models !== undefined, replay: models !== undefined, live: true },
    ...(models === undefined ? {} : { play: models.playing, replay: models.replay }),
    list: () => folders.list(),
    async find(name) {
      const dir = await folders.find(name);
      if (dir === undefined) return undefined;
      return {
        name,
        board: (stored = false) => boards(dir, stored),
        state: (wait) => runs.state(dir, wait),
      };
    },
    async compare(...names) {
      const sides = [];
      for (const { run, model } of names) {
        const dir = await folders.find(run);
        if (dir === undefined) return { problem: `There is no run ${JSON.stringify(run)} here.` };
        sides.push({ dir, model });
      }
      return runs.compare(sides);
    },
  };
}
