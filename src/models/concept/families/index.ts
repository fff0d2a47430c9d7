import type { ConceptFamily } from "../contract.ts";

/** Families of models of concepts by name. */
export const conceptFamilies: Readonly<Record<string, ConceptFamily>> = {};
