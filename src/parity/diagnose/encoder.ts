import type { FullModelCard } from "../../core/defaults.ts";
import type { Tensor } from "../../models/runtime/graph.ts";
import type { Tensors } from "../../models/runtime/tap.ts";
import { mapPixels, transposedImage, turned } from "./arrays.ts";
import type { Hypothesis } from "./hypothesis.ts";
import { commonOutputs } from "./outputs.ts";

/** What goes wrong around and inside image encoders. Values are thought of as pixels 0..255 and normalised ones. */
export function encoderHypotheses({ image }: Pick<FullModelCard, "image">): Hypothesis[] {
  const { mean, std, scale } = image;
  const outside = image.normalise === "outside" && image.dtype !== "uint8";
  const swapped = image.channels === "bgr";
  const c = (channel: number) => (swapped ? 2 - channel : channel);
  const pixel = (value: number, channel: number) =>
    outside ? (value * std[c(channel)]! + mean[c(channel)]!) * scale : value;
  const normal = (value: number, channel: number) => (value / scale - mean[c(channel)]!) / std[c(channel)]!;
  const pixels = (change: Parameters<typeof mapPixels>[1]) => (tensor: Tensor) => mapPixels(tensor, change);
  const fed = (
    id: string,
    title: string,
    done: string,
    advice: string,
    change: (tensor: Tensor) => Tensor | undefined,
  ): Hypothesis => ({ id, title, done, advice, feeds: (feeds) => onImage(feeds, change) });
  const twice = "Normalised twice: the graph normalises what is normalised before it";
  const never = "Never normalised: the graph sees pixel values where normalised ones belong";
  return [
    fed(
      "channel-order",
      "Channel order: the encoder takes BGR where RGB is sent",
      "with red and blue exchanged",
      "Export the encoder for RGB, or say `channels: bgr` in its card.",
      pixels((_, channel, at) => at(2 - channel)),
    ),
    fed(
      "channel-order",
      "Channel order: red and blue are exchanged before the graph's own normalisation",
      "with red and blue exchanged before normalisation",
      "Export the encoder for RGB, or say `channels: bgr` in its card.",
      pixels((_, channel, at) => {
        const other = pixel(at(2 - channel), 2 - channel);
        return outside ? normal(other, channel) : other;
      }),
    ),
    fed(
      "normalised-twice",
      twice,
      "fed with plain pixel values 0..255",
      "Say `normalise: inside` in the card, or export without normalisation.",
      pixels((value, channel) => pixel(value, channel)),
    ),
    fed(
      "normalised-twice",
      `${twice}, and expects 0..1`,
      "fed with plain pixel values 0..1",
      "Say `normalise: inside` and `scale: 255` in the card, or export without normalisation.",
      pixels((value, channel) => pixel(value, channel) / 255),
    ),
    fed(
      "not-normalised",
      never,
      "normalised before it is fed",
      "Say `normalise: outside` in the card, or put the normalisation into the graph.",
      pixels((value, channel) => normal(value, channel)),
    ),
    fed(
      "not-normalised",
      `${never}, of 0..1`,
      "normalised as values of 0..255",
      "Normalise with the statistics of the right scale: `scale` in the card.",
      pixels((value, channel) => normal(255 * value, channel)),
    ),
    fed(
      "value-scale",
      "Scale: the graph expects values 255 times as large (0..255 instead of 0..1)",
      "with values times 255",
      "Say `scale: 1` in the card, or export for 0..1.",
      pixels((value) => 255 * value),
    ),
    fed(
      "value-scale",
      "Scale: the graph expects values 255 times as small (0..1 instead of 0..255)",
      "with values divided by 255",
      "Say `scale: 255` in the card, or export for 0..255.",
      pixels((value) => value / 255),
    ),
    fed(
      "other-statistics",
      "Normalisation: the graph expects mean 0.5 and standard deviation 0.5",
      "normalised with mean 0.5 and standard deviation 0.5",
      "Set `mean` and `std` in the card.",
      pixels((value, channel) => pixel(value, channel) / 127.5 - 1),
    ),
    fed(
      "transposed-layout",
      "Layout: the encoder takes the image with height and width exchanged",
      "with the image transposed",
      "Export with the axes N, C, H, W.",
      transposedImage,
    ),
    ...(["mirrored", "upside down"] as const).map((how) =>
      fed(
        "flipped",
        `The encoder takes the image ${how}`,
        `with the image ${how}`,
        "Remove the flip from the export.",
        (tensor) => turned(tensor, how),
      ),
    ),
    ...(["transposed", "mirrored", "upside down"] as const).map(
      (how): Hypothesis => ({
        id: how === "transposed" ? "transposed-layout" : "flipped",
        title: `Layout: the embedding comes out ${how}`,
        done: `with the embedding ${how}`,
        advice: "Export the embedding with the axes N, C, H, W.",
        outputs: (outputs) => onEach(outputs, (tensor) => turned(tensor, how)),
      }),
    ),
    ...commonOutputs("embedding"),
  ];
}

/** The feeds with the image changed: the largest tensor that has three channels. */
function onImage(feeds: Tensors, change: (tensor: Tensor) => Tensor | undefined): Tensors | undefined {
  const [name, tensor] =
    Object.entries(feeds)
      .filter(([, { dims }]) => dims.length >= 3)
      .sort(([, a], [, b]) => b.data.length - a.data.length)[0] ?? [];
  const changed = tensor === undefined ? undefined : change(tensor);
  return name === undefined || changed === undefined ? undefined : { ...feeds, [name]: changed };
}

function onEach(outputs: Tensors, change: (tensor: Tensor) => Tensor | undefined): Tensors | undefined {
  const entries = Object.entries(outputs).map(([name, tensor]) => [name, change(tensor)] as const);
  return entries.some(([, tensor]) => tensor === undefined)
    ? undefined
    : (Object.fromEntries(entries) as Tensors);
}
