import { mean, sum } from "./mean.ts";

export interface DrawNumbers {
  readonly mean: number;
  /** NaN for a single draw. */
  readonly spread: number;
  readonly worst: number;
}

/**
 * What independent draws of one prompt say about one target: the mean IoU, its spread, the worst. The spread is the sample
 * standard deviation (divided by n - 1): the draws stand for all the boxes that could have been drawn.
 *
 * @example drawNumbers([0.6, 0.8]) // {mean: 0.7, spread: 0.1414, worst: 0.6}
 */
export function drawNumbers(values: readonly number[]): DrawNumbers {
  const middle = mean(values);
  const squares = sum(values.map((value) => (value - middle) ** 2));
  return {
    mean: middle,
    spread: values.length < 2 ? Number.NaN : Math.sqrt(squares / (values.length - 1)),
    worst: Math.min(...values),
  };
}
