import type { FullModelCard } from "../../core/defaults.ts";
import type { Tensor } from "../../models/runtime/graph.ts";
import type { Tensors } from "../../models/runtime/tap.ts";
import { mapPixels, transposedImage, turned } from "./arrays.ts";
import type { Hypothesis } from "./hypothesis.ts";
import { commonOutputs } from "./outputs.ts";

/** Usual mistakes around and inside image encoders. */
export function encoderHypotheses({ image }: Pick<FullModelCard, "image">): Hypothesis[] {
  const { mean, std, scale } = image;
  const outside = image.normalise === "outside" && image.dtype !== "uint8";
  const swapped = image.channels === "bgr";
  const c = (channel: number) => (swapped ? 2 - channel : channel);
  const pixel = (value: number, channel: number) =>
    outside ? (value * std[c(channel)]! + mean[c(channel)]!) * scale : value;
  const normal = (value: number, channel: number) => (value / scale - mean[c(channel)]!) / std[c(channel)]!;
  const pixels = (change: Parameters<typeof mapPixels>[1]) => (tensor: Tensor) => mapPixels(tensor, change);
  const twice = "Normalised twice: the graph normalises an input that is already normalised";
  const never = "Never normalised: the graph expects normalised values and gets pixel values";
  return [
    {
      id: "channel-order",
      title: "Channel order: the encoder expects BGR and gets RGB",
      done: "with red and blue swapped",
      advice: "Export the encoder for RGB, or set `channels: bgr` in its card.",
      feeds: onImage(pixels((_, channel, at) => at(2 - channel))),
    },
    {
      id: "channel-order",
      title: "Channel order: red and blue are swapped before the graph's own normalisation",
      done: "with red and blue swapped before normalisation",
      advice: "Export the encoder for RGB, or set `channels: bgr` in its card.",
      feeds: onImage(
        pixels((_, channel, at) => {
          const other = pixel(at(2 - channel), 2 - channel);
          return outside ? normal(other, channel) : other;
        }),
      ),
    },
    {
      id: "normalised-twice",
      title: twice,
      done: "fed with plain pixel values 0..255",
      advice: "Set `normalise: inside` in the card, or export without normalisation.",
      feeds: onImage(pixels((value, channel) => pixel(value, channel))),
    },
    {
      id: "normalised-twice",
      title: `${twice}, and expects 0..1`,
      done: "fed with plain pixel values 0..1",
      advice: "Set `normalise: inside` and `scale: 255` in the card, or export without normalisation.",
      feeds: onImage(pixels((value, channel) => pixel(value, channel) / 255)),
    },
    {
      id: "not-normalised",
      title: never,
      done: "normalised before the graph",
      advice: "Set `normalise: outside` in the card, or add normalisation to the graph.",
      feeds: onImage(pixels((value, channel) => normal(value, channel))),
    },
    {
      id: "not-normalised",
      title: `${never} of 0..1`,
      done: "normalised as values of 0..255",
      advice: "Normalise with the statistics of the right scale: `scale` in the card.",
      feeds: onImage(pixels((value, channel) => normal(255 * value, channel))),
    },
    {
      id: "value-scale",
      title: "Scale: the graph expects values 255 times as large (0..255 instead of 0..1)",
      done: "with values times 255",
      advice: "Set `scale: 1` in the card, or export for 0..1.",
      feeds: onImage(pixels((value) => 255 * value)),
    },
    {
      id: "value-scale",
      title: "Scale: the graph expects values 255 times as small (0..1 instead of 0..255)",
      done: "with values divided by 255",
      advice: "Set `scale: 255` in the card, or export for 0..255.",
      feeds: onImage(pixels((value) => value / 255)),
    },
    {
      id: "other-statistics",
      title: "Normalisation: the graph expects mean 0.5 and standard deviation 0.5",
      done: "normalised with mean 0.5 and standard deviation 0.5",
      advice: "Set `mean` and `std` in the card.",
      feeds: onImage(pixels((value, channel) => pixel(value, channel) / 127.5 - 1)),
    },
    {
      id: "transposed-layout",
      title: "Layout: the encoder takes the image with height and width swapped",
      done: "with the image transposed",
      advice: "Export with the axes N, C, H, W.",
      feeds: onImage(transposedImage),
    },
    ...(["mirrored", "upside down"] as const).map(
      (how): Hypothesis => ({
        id: "flipped",
        title: `The encoder takes the image ${how}`,
        done: `with the image ${how}`,
        advice: "Remove the flip from the export.",
        feeds: onImage((tensor) => turned(tensor, how)),
      }),
    ),
    ...(["transposed", "mirrored", "upside down"] as const).map(
      (how): Hypothesis => ({
        id: how === "transposed" ? "transposed-layout" : "flipped",
        title: `Layout: the embedding is ${how}`,
        done: `with the embedding ${how}`,
        advice: "Export the embedding with the axes N, C, H, W.",
        outputs: (outputs) => onEach(outputs, (tensor) => turned(tensor, how)),
      }),
    ),
    ...commonOutputs("embedding"),
  ];
}

/** The feeds with the image changed: the largest tensor that has three channels. */
const onImage = (change: (tensor: Tensor) => Tensor | undefined) => (feeds: Tensors) => {
  const [name, tensor] =
    Object.entries(feeds)
      .filter(([, { dims }]) => dims.length >= 3)
      .sort(([, a], [, b]) => b.data.length - a.data.length)[0] ?? [];
  const changed = tensor === undefined ? undefined : change(tensor);
  return name === undefined || changed === undefined ? undefined : { ...feeds, [name]: changed };
};

function onEach(outputs: Tensors, change: (tensor: Tensor) => Tensor | undefined): Tensors | undefined {
  const entries = Object.entries(outputs).map(([name, tensor]) => [name, change(tensor)] as const);
  return entries.some(([, tensor]) => tensor === undefined)
    ? undefined
    : (Object.fromEntries(entries) as Tensors);
}
