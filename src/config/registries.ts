// All plug-ins of the project: the one place below the command line that imports the registries. What is heavy (readers of formats,
// families of models) is loaded when it is used; protocols and metrics are light.
import { complain, SegbenchError } from "../core/errors.ts";
import { adapters, fullDatasetCard, openDataset, openSamples } from "../datasets/index.ts";
import { selectImages } from "../datasets/selection.ts";
import { type Task, tasks } from "../eval/index.ts";
import { metrics } from "../metrics/index.ts";
import { conceptFamilies } from "../models/concept/families/index.ts";
import { families } from "../models/families/index.ts";
import { videoFamilies } from "../models/video/families/index.ts";
import { ownProblems } from "./own/plugins.ts";
import type { Plugins, Registries } from "./plugins.ts";

const protocols: Registries["protocols"] = Object.assign(
  {},
  ...Object.values(tasks).map((task) => task.protocols),
);

export const registries: Registries = {
  ...{ adapters, fullDatasetCard, openDataset, openSamples, selectImages },
  families: { ...families, ...videoFamilies, ...conceptFamilies },
  ...{ tasks, protocols, metrics },
};

/** The project's plug-ins with others beside them; throws a SegbenchError where those are invalid or a name is taken. */
export function withPlugins(plugins: Plugins): Registries {
  const problems = ownProblems(plugins, registries);
  if (problems.length > 0) throw new SegbenchError(problems);
  const { tasks: others = [], protocols: own = [], metrics: more = [] } = plugins;
  const byName = <T>(list: readonly T[], nameOf: (one: T) => string) =>
    Object.fromEntries(list.map((one) => [nameOf(one), one]));
  return {
    ...registries,
    tasks: { ...tasks, ...byName(others, ({ name }) => name) },
    protocols: Object.assign(
      { ...protocols },
      ...others.map(protocolsOf),
      byName(own, ({ id }) => id),
    ),
    metrics: { ...metrics, ...byName(more, ({ name }) => name) },
  };
}

/** Every protocol names its task. */
function protocolsOf({ name, protocols: own }: Task): Registries["protocols"] {
  for (const { id, task } of Object.values(own))
    if (task !== name)
      throw complain(`protocol ${id}`, "names another task", { expected: name, got: task ?? "none" });
  return own;
}
