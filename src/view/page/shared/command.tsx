// What gives the same numbers in a terminal, to be copied.
import { useRef, useState } from "preact/hooks";
import "./command.css";

interface Props {
  /** Of the command line after `segbench`. */
  readonly words: readonly string[];
}

export function Command({ words }: Props) {
  const text = `segbench ${words.map(quoted).join(" ")}`;
  const code = useRef<HTMLElement>(null);
  const [said, say] = useState<{ readonly text: string; readonly of: string }>();
  const copy = () => {
    const select = () => {
      getSelection()?.selectAllChildren(code.current!);
      say({ of: text, text: "marked: copy it" });
    };
    // Pages that do not come from this machine may not write to the clipboard.
    if (navigator.clipboard === undefined) return select();
    navigator.clipboard.writeText(text).then(() => say({ of: text, text: "copied" }), select);
  };
  return (
    <p class="command">
      <span>In the terminal:</span> <code ref={code}>{text}</code>{" "}
      <button type="button" onClick={copy}>
        Copy command
      </button>{" "}
      <span role="status">{said?.of === text ? said.text : ""}</span>
    </p>
  );
}

/** As a shell takes it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The path of a run, from where `segbench view` was started. */
export function placeOf(folder: string, run: string): string {
  return run === "." ? folder : `${folder.replace(/[/\\]+$/, "")}/${run}`;
}
