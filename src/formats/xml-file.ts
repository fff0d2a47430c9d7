// XML files as trees of elements: well-formed or refused, in any encoding that the file declares, and without entities of
// its own (a few lines of them can expand to gigabytes).
import { SaxesParser } from "saxes";
import { complain, SegbenchError } from "../core/errors.ts";
import { type DataFile, readBytes } from "./files.ts";

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** In the order of the file. */
  readonly children: readonly XmlElement[];
  /** Its own text and CDATA, without that of its children. */
  readonly text: string;
}

/** The root element. Character references and the five named entities of XML are replaced; any other is an error. */
export async function readXml(file: DataFile): Promise<XmlElement> {
  const text = decodeXml(await readBytes(file), file.name);
  const parser = new SaxesParser({ position: true });
  const open: { name: string; attributes: Record<string, string>; children: XmlElement[]; text: string }[] =
    [];
  let root: XmlElement | undefined;
  const add = (piece: string) => {
    const inside = open.at(-1);
    if (inside !== undefined) inside.text += piece;
  };
  parser.on("opentag", ({ name, attributes }) => {
    // Not told apart by namespaces, they are texts.
    const texts = attributes as Record<string, string>;
    const element = { name, attributes: texts, children: [], text: "" };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on("closetag", () => open.pop());
  parser.on("text", add);
  parser.on("cdata", add);
  parser.on("doctype", (doctype) => {
    if (!doctype.includes("<!ENTITY")) return;
    const what = "the file declares entities of its own, which are not expanded";
    throw complain(file.name, what, { expected: "XML without <!ENTITY" });
  });
  parser.on("error", ({ message }) => {
    const where = `${file.name}, line ${parser.line}, column ${parser.column + 1}`;
    throw complain(where, "not XML", { got: message.replace(/^[\d:]+\s*|\.$/g, "") });
  });
  try {
    parser.write(text).close();
  } catch (cause) {
    if (cause instanceof SegbenchError) throw cause;
    throw complain(file.name, "not XML", { got: String(cause), cause });
  }
  return root!;
}

/** Characters 128 to 159 of windows-1252; Node 20 decodes them as ISO-8859-1 does. */
const WINDOWS = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

/** V8 strings end at 2^29 - 24 characters. */
const LONGEST = 2 ** 29 - 24;

/** Text by the byte order mark, else by the declaration, else UTF-8 (XML 1.0, appendix F). */
function decodeXml(bytes: Buffer, where: string): string {
  if (bytes.length > LONGEST)
    throw complain(where, "the XML file is too large", { got: `${bytes.length} bytes` });
  const { label, from, declared } = encodingOf(bytes);
  const body = bytes.subarray(from);
  const name = label.toLowerCase();
  if (["iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "l1"].includes(name))
    return body.toString("latin1");
  if (["windows-1252", "cp1252", "cp-1252", "x-cp1252"].includes(name))
    return body
      .toString("latin1")
      .replace(/[\u0080-\u009f]/g, (character) => WINDOWS[character.charCodeAt(0) - 128]!);
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    // ASCII is a part of UTF-8.
    const known = name === "us-ascii" || name === "ascii" ? "utf-8" : name;
    // Without a mark to say otherwise, a declared UTF-16 would have been seen by its zeros.
    if (/^(utf-?16|ucs-?2|iso-10646-ucs-2)/.test(name) && declared) throw new RangeError("not UTF-16");
    decoder = new TextDecoder(known, { fatal: true });
  } catch (cause) {
    const what = "the file declares an encoding that is unknown, or that it is not in";
    throw complain(where, what, { expected: "UTF-8, UTF-16 or ISO-8859-1", got: label, cause });
  }
  try {
    return decoder.decode(body);
  } catch (cause) {
    const before = new TextDecoder(decoder.encoding).decode(body).split("\ufffd")[0]!;
    const what = declared ? "the file is not in the encoding that it declares" : "the file is not UTF-8";
    const line = before.split("\n").length;
    const expected = declared ? label : "UTF-8, or a first line that declares the encoding";
    throw complain(`${where}, line ${line}`, what, { expected, cause });
  }
}

/** `from`: the first byte after the mark. */
function encodingOf(bytes: Buffer): { label: string; from: number; declared: boolean } {
  const head = bytes.toString("latin1", 0, 256);
  const marked = (label: string, from: number) => ({ label, from, declared: false });
  if (/^(\xff\xfe\0\0|\0\0\xfe\xff|<\0\0\0|\0\0\0<)/.test(head))
    return { ...marked("UTF-32", 0), declared: true };
  if (head.startsWith("\xef\xbb\xbf")) return marked("utf-8", 3);
  if (head.startsWith("\xff\xfe")) return marked("utf-16le", 2);
  if (head.startsWith("\xfe\xff")) return marked("utf-16be", 2);
  if (head.startsWith("<\0")) return marked("utf-16le", 0);
  if (head.startsWith("\0<")) return marked("utf-16be", 0);
  const label = /^<\?xml\s[^>]*?\bencoding\s*=\s*(["'])([A-Za-z][\w.:-]*)\1/.exec(head)?.[2];
  return { label: label ?? "utf-8", from: 0, declared: label !== undefined };
}
