// All plug-ins of the project: the one place below the command line that imports the registries. What is heavy (readers of formats,
// families of models) is loaded when it is used; protocols and metrics are descriptions of themselves, and light.
import { adapters, openDataset } from "../datasets/index.ts";
import { selectImages } from "../datasets/selection.ts";
import { tasks } from "../eval/index.ts";
import { metrics } from "../metrics/index.ts";
import { families } from "../models/families/index.ts";
import type { Plugins, Registries } from "./plugins.ts";

const protocols: Registries["protocols"] = Object.assign(
  {},
  ...Object.values(tasks).map((task) => task.protocols),
);

export const registries: Registries = {
  ...{ adapters, openDataset, selectImages, families },
  ...{ tasks, protocols, metrics },
};

/** Those of the project with others beside them; a name that is taken twice means the other one. */
export function withPlugins({ protocols: own = [], metrics: more = [] }: Plugins): Registries {
  return {
    ...registries,
    protocols: { ...protocols, ...Object.fromEntries(own.map((protocol) => [protocol.id, protocol])) },
    metrics: { ...metrics, ...Object.fromEntries(more.map((metric) => [metric.name, metric])) },
  };
}
