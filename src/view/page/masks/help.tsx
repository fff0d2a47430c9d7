// Every key of the masks, in a box that "?" opens.
import { useRef } from "preact/hooks";
import { useKeys } from "../shared/parts.tsx";

const groups = [
  {
    title: "Targets",
    keys: [
      [["↑", "↓", "k", "j"], "the target before or after"],
      [["PageUp", "PageDown"], "ten further"],
      [["/", "Esc"], "into the field for words, and out of it"],
      [["g"], "the plot of what is sorted by"],
    ],
  },
  {
    title: "Steps and frames",
    keys: [
      [["←", "→"], "the step, the frame or the mask before or after"],
      [["Home", "End"], "the first, the last"],
      [["p"], "plays the frames of a clip, and stops"],
    ],
  },
  {
    title: "Layers",
    keys: [
      [["1", "2", "3", "4", "5"], "prediction, truth, errors, ignored region, prompt"],
      [["6"], "what differs between two models"],
      [["7"], "the other candidates"],
    ],
  },
  {
    title: "Several models",
    keys: [
      [["v"], "beside each other, slider, flicker"],
      [["[", "]"], "moves the slider's line"],
      [["f"], "flicker: the next model"],
    ],
  },
  {
    title: "Zoom",
    keys: [
      [["+", "−", "the wheel"], "nearer, further"],
      [["0", "z"], "the whole image; the target, and each one after it"],
    ],
  },
] as const;

export function Help() {
  const box = useRef<HTMLDialogElement>(null);
  const open = () => box.current?.showModal();
  useKeys((key) => {
    if (key !== "?") return false;
    if (box.current?.open === true) box.current.close();
    else open();
    return true;
  });
  return (
    <>
      <button type="button" onClick={open}>
        Keys <kbd>?</kbd>
      </button>
      <dialog ref={box} aria-label="Keys">
        {groups.map(({ title, keys }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {keys.map(([names, what]) => (
                <div key={what}>
                  <dt>
                    {names.map((name) => (
                      <kbd key={name}>{name}</kbd>
                    ))}
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </dialog>
    </>
  );
}
