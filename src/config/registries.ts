// All plug-ins of the project: the one place below the command line that imports the registries.
import { adapters, openDataset } from "../datasets/index.ts";
import { selectImages } from "../datasets/subset.ts";
import { protocols } from "../eval/interactive/protocols/index.ts";
import { metrics } from "../metrics/index.ts";
import { families } from "../models/index.ts";
import type { Registries } from "./desk.ts";

export const registries: Registries = { adapters, openDataset, selectImages, protocols, metrics, families };
