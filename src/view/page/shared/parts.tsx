// What views share.
import { Component, type RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { addressOf, type Change, type Go, keys } from "./state.ts";

interface LinkProps {
  readonly to: Change;
  readonly go: Go;
  readonly children: preact.ComponentChildren;
  readonly class?: string;
  readonly "aria-current"?: "page" | undefined;
}

/** A link within the page. */
export function Link({ to, go, children, ...rest }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={addressOf(to)} onClick={follow} {...rest}>
      {children}
    </a>
  );
}

/** An address with these names alone; layers stay as they are. */
export function only(change: Change): Change {
  const none = keys.filter((key) => key !== "hide").map((key) => [key, undefined]);
  return { ...Object.fromEntries(none), ...change };
}

export function Problem({ text }: { readonly text: string }) {
  return (
    <p class="problem" role="alert">
      {text}
    </p>
  );
}

interface GuardedProps {
  /** What is shown: another one is begun anew. */
  readonly of: string;
  readonly children: preact.ComponentChildren;
}

/** What cannot be drawn is said in its place, and the rest of the page stays. */
export class Guarded extends Component<GuardedProps, { readonly of: string; readonly problem: string }> {
  override componentDidCatch(error: unknown) {
    this.setState({ of: this.props.of, problem: error instanceof Error ? error.message : String(error) });
  }
  override render({ of, children }: GuardedProps) {
    if (this.state.of !== of) return children;
    return <Problem text={`This cannot be shown: ${this.state.problem}`} />;
  }
}

/** Keys belong to whoever types. */
function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(?:INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
}

/** Keys without Ctrl and its like, which are the browser's: true from `heard` takes one. `typed`: of whoever types into a field. */
export function useKeys(
  heard: (key: string) => boolean | undefined,
  typed: (event: KeyboardEvent) => void = () => undefined,
) {
  const latest = useRef({ heard, typed });
  latest.current = { heard, typed };
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target)) latest.current.typed(event);
      else if (latest.current.heard(event.key) === true) event.preventDefault();
    };
    addEventListener("keydown", keys);
    return () => removeEventListener("keydown", keys);
  }, []);
}

/** The width of an element in CSS pixels, 0 before it is known. */
export function useWidth(place: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const own = place.current!;
    const watch = new ResizeObserver(() => setWidth(own.clientWidth));
    watch.observe(own);
    return () => watch.disconnect();
  }, []);
  return width;
}

/** Cells at the head of columns. */
export function Titles({ titles }: { readonly titles: readonly string[] }) {
  return (
    <>
      {titles.map((title) => (
        <th key={title} scope="col">
          {title}
        </th>
      ))}
    </>
  );
}

/** The head of a table. */
export function Head({ titles }: { readonly titles: readonly string[] }) {
  return (
    <thead>
      <tr>
        <Titles titles={titles} />
      </tr>
    </thead>
  );
}

interface TabsProps {
  readonly label: string;
  readonly class?: string;
  readonly of: readonly { readonly id: string; readonly title?: string }[];
  readonly shown: string;
  readonly choose: (id: string) => void;
}

/** A button for each choice; the one that is shown is pressed. */
export function Tabs({ label, class: own = "", of, shown, choose }: TabsProps) {
  return (
    <fieldset class={`tabs ${own}`.trim()} aria-label={label}>
      {of.map(({ id, title = id }) => (
        <button key={id} type="button" aria-pressed={id === shown} onClick={() => choose(id)}>
          {title}
        </button>
      ))}
    </fieldset>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly of: readonly string[];
  readonly value: string;
  /** What stands for all of them together, which is "". */
  readonly any?: string | undefined;
  readonly titleOf?: (name: string) => string;
  readonly set: (value: string) => void;
}

/** A list of names to choose one of. */
export function Choice({ label, of, value, any, titleOf = (name) => name, set }: ChoiceProps) {
  return (
    <label>
      <span>{label}</span>
      <select value={value} onChange={(event) => set(event.currentTarget.value)}>
        {any !== undefined && <option value="">{any}</option>}
        {of.map((name) => (
          <option key={name} value={name}>
            {titleOf(name)}
          </option>
        ))}
      </select>
    </label>
  );
}
