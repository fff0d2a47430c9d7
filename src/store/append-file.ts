import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { complain, reasonOf } from "../core/errors.ts";

/** A file that grows by whole pieces at a known end. A symbolic link is followed, never replaced. */
export interface AppendFile {
  readonly path: string;
  /** Bytes that count. */
  readonly end: number;
  /** Writes behind the end. Rejects with the file's name; the end stays where it was. */
  append(text: string): Promise<void>;
  /** Asks the system to put what was written on disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Opens (or creates) a file and cuts what lies behind `end`: remains of a piece that was never finished. */
export async function openAppendFile(path: string, end: number): Promise<AppendFile> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o644);
    // Devices have no size and cannot be cut.
    if ((await handle.stat()).size > end) await handle.truncate(end);
  } catch (cause) {
    throw complain({ where: path, what: "cannot be opened for writing", got: reasonOf(cause), cause });
  }
  return {
    path,
    get end() {
      return end;
    },
    async append(text) {
      const bytes = Buffer.from(text, "utf8");
      let written = 0;
      try {
        while (written < bytes.length) {
          const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, end + written);
          written += bytesWritten;
        }
      } catch (cause) {
        if (written > 0) await handle.truncate(end).catch(() => undefined);
        throw complain({
          where: path,
          what: "cannot be written, what was scored before is kept",
          got: reasonOf(cause),
          cause,
        });
      }
      end += bytes.length;
    },
    async sync() {
      try {
        await handle.datasync();
      } catch (cause) {
        throw complain({ where: path, what: "cannot be flushed to disk", got: reasonOf(cause), cause });
      }
    },
    close: () => handle.close(),
  };
}
