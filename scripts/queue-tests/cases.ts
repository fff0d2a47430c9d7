// The cases by name.
import { killCoordinators, killWorkers } from "./kills.ts";
import type { Case } from "./stage.ts";

export const cases: Readonly<Record<string, Case>> = {
  "kill-workers": killWorkers,
  "kill-coordinators": killCoordinators,
};
