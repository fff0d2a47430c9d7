// File name patterns: `stage1_train/{image}/images/{image}.png`. A placeholder matches one or more characters other
// than "/", and the same text wherever its name repeats; "*" matches such text without naming it, "**/" any number of
// folders, which are reused when another pattern is filled in from the match. Suffixes match in either case.
import { complain } from "../core/errors.ts";

export type Fields = Readonly<Record<string, string>>;

export interface Pattern {
  readonly text: string;
  readonly placeholders: readonly string[];
  /** The folder that all matches share: what has to be listed. */
  readonly folder: string;
  /** The placeholders' values, or undefined where the name does not match. */
  match(name: string): Fields | undefined;
  /** The name with placeholders and the folders of "**\/" filled in; a pattern with "*" cannot be filled. */
  fill(fields: Fields): string;
  /** The same for error messages: unknown placeholders stay as written. */
  nameFor(fields: Fields): string;
}

const TOKEN = /\{(\w+)\}|\*\*\/|\*|[^{}*]+|[{}]/g;

/** `where` names the card and the option in error messages. */
export function parsePattern(text: string, where: string): Pattern {
  const placeholders: string[] = [];
  let source = "";
  let depth = 0;
  for (const { 0: token, 1: name } of text.matchAll(TOKEN)) {
    if (token === "{" || token === "}") {
      const what = "a brace in the pattern does not belong to a placeholder";
      throw complain({ where, what, expected: "{name}", got: text });
    }
    if (name !== undefined) {
      source += placeholders.includes(name) ? `\\k<${name}>` : `(?<${name}>[^/]+)`;
      if (!placeholders.includes(name)) placeholders.push(name);
    } else if (token === "**/") source += `(?<${foldersKey(++depth)}>(?:[^/]+/)*)`;
    else if (token === "*") source += "[^/]*";
    else source += token.replace(/[\\^$.|?+()[\]]/g, "\\$&");
  }
  const expression = new RegExp(`^${eitherCaseSuffix(source)}$`);
  return {
    text,
    placeholders,
    folder: /^(?:[^{}*/]+\/)*/.exec(text)![0].replace(/\/$/, ""),
    match: (name) => {
      const found = expression.exec(name);
      return found === null ? undefined : { ...found.groups };
    },
    fill: (fields) =>
      fillIn(text, fields, (token) => {
        throw complain({ where, what: "the pattern cannot be filled in", expected: `a value for ${token}` });
      }),
    nameFor: (fields) => fillIn(text, fields, (token) => token),
  };
}

function fillIn(text: string, fields: Fields, unknown: (token: string) => string): string {
  let depth = 0;
  return text.replace(TOKEN, (token: string, name: string | undefined) => {
    if (name === undefined && !token.startsWith("*")) return token;
    if (token === "**/") depth++;
    return fields[name ?? (token === "**/" ? foldersKey(depth) : "")] ?? unknown(token);
  });
}

/** Key of the folders of the n-th "**\/". */
function foldersKey(n: number): string {
  return `__${n}`;
}

function eitherCaseSuffix(source: string): string {
  return source.replace(/\\\.[A-Za-z0-9]+$/, (suffix) =>
    suffix.replace(/[A-Za-z]/g, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`),
  );
}
