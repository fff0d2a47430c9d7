// File name patterns: `stage1_train/{image}/images/{image}.png`. A placeholder matches one or more characters other
// than "/", and the same text wherever its name repeats; "*" matches such text without naming it, "**/" any number of
// folders, which are reused when another pattern is filled in from the match; "{jpg,png}" one of these texts. Suffixes match
// in either case.
import { complain } from "../core/errors.ts";

export type Fields = Readonly<Record<string, string>>;

export interface Pattern {
  readonly text: string;
  readonly placeholders: readonly string[];
  /** The folder that all matches share: what has to be listed. */
  readonly folder: string;
  /** The placeholders' values, or undefined where the name does not match. */
  match(name: string): Fields | undefined;
  /** All values that a name may have, as `a_b_c` has of `{image}_{part}`; `match`'s, in which the first are longest, first. */
  readings(name: string): readonly Fields[];
  /** The name with placeholders and the folders of "**\/" filled in; a pattern with "*" or "{jpg,png}" cannot be filled. */
  fill(fields: Fields): string;
  /** The same for error messages: unknown placeholders stay as written. */
  nameFor(fields: Fields): string;
}

const TOKEN = /\{(\w+)\}|\{(\w+(?:,\w+)+)\}|\*\*\/|\*|[^{}*]+|[{}]/g;

/** `where` names the card and the option in error messages. */
export function parsePattern(text: string, where: string): Pattern {
  const placeholders: string[] = [];
  const parts: Part[] = [];
  let depth = 0;
  for (const { 0: token, 1: name, 2: choices } of text.matchAll(TOKEN)) {
    if (token === "{" || token === "}") {
      const what = "a brace in the pattern does not belong to a placeholder";
      throw complain(where, what, { expected: "{name}", got: text });
    }
    if (choices !== undefined) {
      parts.push({ wild: `(?:${inEitherCase(choices.replaceAll(",", "|"))}){1}` });
      continue;
    }
    if (name !== undefined) {
      parts.push({ key: name, wild: placeholders.includes(name) ? undefined : "[^/]+" });
      if (!placeholders.includes(name)) placeholders.push(name);
    } else if (token === "**/") parts.push({ key: foldersKey(++depth), wild: "(?:[^/]+/)*" });
    else if (token === "*") parts.push({ wild: "[^/]*" });
    else parts.push({ text: token.replace(/[\\^$.|?+()[\]]/g, "\\$&") });
  }
  const longest = expressionOf(parts, "");
  const shortest = expressionOf(parts, "?");
  return {
    text,
    placeholders,
    folder: /^(?:[^{}*/]+\/)*/.exec(text)![0].replace(/\/$/, ""),
    match: (name) => {
      const found = longest.exec(name);
      return found === null ? undefined : { ...found.groups };
    },
    readings: (name) => {
      const found = longest.exec(name);
      if (found === null) return [];
      const other = shortest.exec(name)!;
      if (found.every((value, i) => value === other[i])) return [{ ...found.groups }];
      return allReadings(parts, name);
    },
    fill: (fields) =>
      fillIn(text, fields, (token) => {
        throw complain(where, "the pattern cannot be filled in", { expected: `a value for ${token}` });
      }),
    nameFor: (fields) => fillIn(text, fields, (token) => token),
  };
}

/** Text of an expression, or what takes any text: by name, or again (`wild` is undefined), or without a name. */
type Part = { readonly text: string } | { readonly key?: string; readonly wild: string | undefined };

/** Groups take as much as they can, or as little with `lazy` "?": where both agree, there is one reading. */
function expressionOf(parts: readonly Part[], lazy: "" | "?"): RegExp {
  const sources = parts.map((part) => {
    if ("text" in part) return part.text;
    if (part.wild === undefined) return `\\k<${part.key}>`;
    return part.key === undefined ? `(${part.wild}${lazy})` : `(?<${part.key}>${part.wild}${lazy})`;
  });
  return new RegExp(`^${eitherCaseSuffix(sources.join(""))}$`);
}

/** So many steps of dividing a name are tried: only patterns of many `*` need more. */
const MOST_STEPS = 100_000;

/** Each wild part ends wherever the rest still matches, the last place first. */
function allReadings(parts: readonly Part[], name: string): readonly Fields[] {
  const found = new Map<string, Fields>();
  const last = parts.length - 1;
  const sources = parts.map((part) => ("text" in part ? part.text : (part.wild ?? "")));
  const texts = sources.map((text, i) => new RegExp(i === last ? eitherCaseSuffix(text) : text, "y"));
  let steps = 0;
  const walk = (i: number, at: number, fields: Fields): void => {
    const part = parts[i];
    if (++steps > MOST_STEPS) return;
    if (part === undefined) {
      if (at === name.length) found.set(JSON.stringify(fields), fields);
    } else if ("wild" in part && part.wild === undefined) {
      const value = fields[part.key!]!;
      if (name.startsWith(value, at)) walk(i + 1, at + value.length, fields);
    } else {
      const expression = texts[i]!;
      expression.lastIndex = at;
      const most = expression.exec(name)?.[0];
      if (most === undefined) return;
      if ("text" in part) {
        walk(i + 1, at + most.length, fields);
        return;
      }
      const whole = new RegExp(`^${part.wild}$`);
      for (let length = most.length; length >= 0; length--) {
        const value = most.slice(0, length);
        if (!whole.test(value)) continue;
        walk(i + 1, at + length, part.key === undefined ? fields : { ...fields, [part.key]: value });
      }
    }
  };
  walk(0, 0, {});
  return [...found.values()];
}

function fillIn(text: string, fields: Fields, unknown: (token: string) => string): string {
  let depth = 0;
  return text.replace(TOKEN, (token: string, name: string | undefined) => {
    if (name === undefined && !/^[*{]/.test(token)) return token;
    if (token === "**/") depth++;
    return fields[name ?? (token === "**/" ? foldersKey(depth) : "")] ?? unknown(token);
  });
}

/** Key of the folders of the n-th "**\/". */
function foldersKey(n: number): string {
  return `__${n}`;
}

function eitherCaseSuffix(source: string): string {
  return source.replace(/\\\.[A-Za-z0-9]+$/, (suffix) => inEitherCase(suffix));
}

function inEitherCase(text: string): string {
  return text.replace(/[A-Za-z]/g, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);
}
