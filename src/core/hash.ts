import { createHash } from "node:crypto";

/** SHA-256 as lower-case hex of bytes or UTF-8 text. */
export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** JSON with object keys in code-unit order, so that equal data have equal text. undefined members are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === "object" && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : member,
  );
}

/** Identity of plain data: SHA-256 of its canonical JSON. */
export function hashOf(value: unknown): string {
  return sha256(canonicalJson(value));
}
