// A partial download: NAME.part holds the bytes so far, NAME.part.json where they came from.
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { complain, reasonOf } from "../core/errors.ts";

export interface Origin {
  readonly url: string;
  /** For If-Range: a strong ETag, else the Last-Modified date. */
  readonly validator?: string | undefined;
  /** Bytes of the whole file. */
  readonly total?: number | undefined;
}

export interface Part {
  readonly path: string;
  readonly size: number;
  /** undefined where the origin of the bytes is unknown. */
  readonly origin: Origin | undefined;
}

const noteOf = (path: string) => `${path}.json`;

export async function readPart(path: string): Promise<Part> {
  const size = await stat(path).then(
    (found) => (found.isFile() ? found.size : 0),
    () => 0,
  );
  const text = await readFile(noteOf(path), "utf8").catch(() => "");
  return { path, size, origin: originOf(text) };
}

/** Empties the part before it writes the origin, so that an origin never describes another file's bytes. */
export async function beginPart(path: string, origin: Origin): Promise<void> {
  const write = (file: string, text: string) =>
    writeFile(file, text).catch((cause: unknown) => {
      throw complain(file, "cannot be written", { got: reasonOf(cause), cause });
    });
  await write(path, "");
  await write(noteOf(path), `${JSON.stringify(origin)}\n`);
}

export async function discardPart(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(noteOf(path), { force: true });
}

function originOf(text: string): Origin | undefined {
  try {
    const { url, validator, total } = JSON.parse(text) as Partial<Origin>;
    if (typeof url !== "string") return undefined;
    return {
      url,
      validator: typeof validator === "string" ? validator : undefined,
      total: typeof total === "number" ? total : undefined,
    };
  } catch {
    return undefined;
  }
}
