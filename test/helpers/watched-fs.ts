// Records which paths a reader opens. A test file replaces the module by `watchFiles`:
//   vi.mock("node:fs/promises", async (original) => (await import("../helpers/watched-fs.ts")).watchFiles(await original()));
type Files = typeof import("node:fs/promises");

/** Paths opened, listed or looked at since it was last cleared. */
export const opened = new Set<string>();

export function watchFiles(real: Files): Files {
  const watched =
    <A extends unknown[], R>(act: (...given: A) => R) =>
    (...given: A) => {
      opened.add(String(given[0]));
      return act(...given);
    };
  return {
    ...real,
    open: watched(real.open),
    readdir: watched(real.readdir) as Files["readdir"],
    readFile: watched(real.readFile) as Files["readFile"],
    stat: watched(real.stat) as Files["stat"],
  };
}
