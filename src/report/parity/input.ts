import type { ParityPlace, ParityRow, ParitySummary } from "../../core/parity.ts";

export interface ParityPicture extends ParityPlace {
  readonly picture: { readonly src: string; readonly width: number; readonly height: number };
}

export interface ParityInput {
  readonly summary: ParitySummary;
  readonly pictures: readonly ParityPicture[];
  /** Median milliseconds of an image and of a prompt. */
  readonly timing: Readonly<
    Record<"reference" | "candidate", { readonly encode: number; readonly decode: number }>
  >;
  readonly rows: readonly ParityRow[];
}

export interface ParityWriter {
  /** null: for standard output. */
  readonly file: string | null;
  readonly summary: string;
  readonly render: (input: ParityInput) => string;
}
