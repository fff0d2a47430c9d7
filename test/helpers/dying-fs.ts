// A process that is killed at a chosen operation on files: that one is done by half, and none after it is done at all. A test file
// replaces the module by `dyingFiles`:
//   const life = vi.hoisted(() => ({ done: 0, end: Number.POSITIVE_INFINITY }));
//   vi.mock("node:fs/promises", async (original) =>
//     (await import("../helpers/dying-fs.ts")).dyingFiles(await original(), life));
type Files = typeof import("node:fs/promises");

/** Operations that were done, and which of them (from 1) is the last one. */
export interface Life {
  done: number;
  end: number;
}

export function dyingFiles(real: Files, life: Life): Files {
  const operation = async <T>(whole: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> => {
    life.done += 1;
    if (life.done === life.end) await half?.();
    if (life.done >= life.end) throw new Error("killed");
    return whole();
  };
  const mortal =
    <A extends unknown[], R>(act: (...given: A) => Promise<R>) =>
    (...given: A) =>
      operation(() => act(...given));
  return {
    ...real,
    ...{ rename: mortal(real.rename), unlink: mortal(real.unlink), link: mortal(real.link) },
    ...{ truncate: mortal(real.truncate), writeFile: mortal(real.writeFile) as Files["writeFile"] },
    async open(...given: Parameters<Files["open"]>) {
      const file = await real.open(...given);
      const { writeFile } = file;
      const write = file.write as (
        bytes: Buffer,
        from: number,
        length: number,
        at: number,
      ) => Promise<unknown>;
      for (const name of ["truncate", "sync", "datasync"] as const) {
        const act = file[name].bind(file) as (...rest: unknown[]) => Promise<void>;
        Object.assign(file, { [name]: (...rest: unknown[]) => operation(() => act(...rest)) });
      }
      return Object.assign(file, {
        write: (bytes: Buffer, from: number, length: number, at: number) =>
          operation(
            () => write.call(file, bytes, from, length, at),
            () => write.call(file, bytes, from, length >> 1, at),
          ),
        writeFile: (bytes: Buffer) =>
          operation(
            () => writeFile.call(file, bytes),
            () => writeFile.call(file, bytes.subarray(0, bytes.length >> 1)),
          ),
      });
    },
  } as Files;
}
