import { complain } from "../core/errors.ts";

/**
 * The name of an archive's entry below the folder it is unpacked into. What would leave the folder is refused, never
 * bent: an archive that holds such a name was made wrongly or with intent. `\` counts as `/`, as Windows writes it.
 */
export function entryName(archive: string, name: string): string {
  const text = name.replaceAll("\\", "/");
  const refuse = (what: string) =>
    complain({
      where: archive,
      what: `${what}; nothing of it was kept`,
      expected: "names below the folder",
      got: JSON.stringify(name),
    });
  if (text.includes("\0")) throw refuse("an entry's name holds a zero byte");
  if (text.startsWith("/") || /^[A-Za-z]:/.test(text)) throw refuse("an entry has an absolute path");
  const parts = text.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw refuse("an entry leaves the folder");
  return parts.join("/");
}

/** The entry that a link means: relative to the link's own folder (a hard link: to the archive). */
export function linkedName(archive: string, from: string, target: string, hard: boolean): string {
  const kept = hard ? [] : from.split("/").slice(0, -1);
  const outside = complain({
    where: archive,
    what: `the link ${from} points outside; nothing of it was kept`,
    expected: "a file of the archive",
    got: JSON.stringify(target),
  });
  const text = target.replaceAll("\\", "/");
  if (text.startsWith("/") || /^[A-Za-z]:/.test(text)) throw outside;
  for (const part of text.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.pop() === undefined) throw outside;
  }
  return kept.join("/");
}
