import type { ConceptFamily } from "../contract.ts";
import { tinyConcept } from "./tiny-concept.ts";

/** Families of models of concepts by name. */
export const conceptFamilies: Readonly<Record<string, ConceptFamily>> = {
  "tiny-concept": tinyConcept,
};
