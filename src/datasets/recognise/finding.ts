// What a look at the files may find: a card that may fit, or what is missing for one.
import type { DatasetCard } from "../../core/schema-types.ts";
import type { Document } from "./documents.ts";
import type { Survey } from "./survey.ts";

/** A way in which the files may be read. Whether it fits is tried out. */
export interface Candidate {
  /** What such files are called: "COCO instances". */
  readonly title: string;
  readonly why: string;
  readonly adapter: DatasetCard["adapter"];
  /** Of several that fit the lowest is taken; two alike are not decided. */
  readonly weight: number;
  /** Absolute; where it is not the survey's. */
  readonly root?: string;
  readonly categories?: readonly string[];
  /** They are those of some files alone. */
  readonly someCategories?: boolean;
  /** What is chosen by this reading, and might be chosen otherwise. */
  readonly notes?: readonly string[];
  /** What is there and not read: images without masks, masks without images. */
  readonly unseen?: readonly string[];
}

/** Files that are known and cannot be read, and what to do: a sentence. */
export interface Missing {
  readonly missing: string;
  /** Said only where nothing else fits. */
  readonly last?: true;
  /** Said only where nothing else is said. */
  readonly hint?: true;
}

export type Finding = Candidate | Missing;

/** Looks for files of one kind. */
export type Look = (survey: Survey, documents: readonly Document[]) => Promise<readonly Finding[]>;

/** Pictures that may be images: those so called, or all that are not called masks. */
export function imagesIn({ pictures, role, said }: Survey): readonly string[] {
  return said.images
    ? pictures.filter((name) => role(name) === "images")
    : pictures.filter((name) => role(name) !== "masks");
}

/** "12 images without a mask (a, b, ...)" */
export function some(names: readonly string[], one: string, many: string): readonly string[] {
  if (names.length === 0) return [];
  const few = `${names.slice(0, 2).join(", ")}${names.length > 2 ? ", ..." : ""}`;
  return [`${names.length} ${names.length === 1 ? one : many} (${few})`];
}
