// All plug-ins of the project: the one place below the command line that imports the registries. What is heavy (readers of formats,
// families of models) is loaded when it is used; protocols and metrics are descriptions of themselves, and light.
import { complain } from "../core/errors.ts";
import { adapters, fullDatasetCard, openDataset } from "../datasets/index.ts";
import { selectImages } from "../datasets/selection.ts";
import { type Task, tasks } from "../eval/index.ts";
import { metrics } from "../metrics/index.ts";
import { families } from "../models/families/index.ts";
import type { Plugins, Registries } from "./plugins.ts";

const protocols: Registries["protocols"] = Object.assign(
  {},
  ...Object.values(tasks).map((task) => task.protocols),
);

export const registries: Registries = {
  ...{ adapters, fullDatasetCard, openDataset, selectImages, families },
  ...{ tasks, protocols, metrics },
};

/** Those of the project with others beside them; a name that is taken twice means the other one. */
export function withPlugins({
  tasks: others = [],
  protocols: own = [],
  metrics: more = [],
}: Plugins): Registries {
  return {
    ...registries,
    tasks: { ...tasks, ...Object.fromEntries(others.map((task) => [task.name, task])) },
    protocols: Object.assign(
      { ...protocols },
      ...others.map(protocolsOf),
      Object.fromEntries(own.map((protocol) => [protocol.id, protocol])),
    ),
    metrics: { ...metrics, ...Object.fromEntries(more.map((metric) => [metric.name, metric])) },
  };
}

/** Wherever a protocol is at hand, it says what it is of. */
function protocolsOf({ name, protocols: own }: Task): Registries["protocols"] {
  for (const { id, task } of Object.values(own))
    if (task !== name)
      throw complain({
        where: `protocol ${id}`,
        what: "names another task",
        expected: name,
        got: task ?? "none",
      });
  return own;
}
