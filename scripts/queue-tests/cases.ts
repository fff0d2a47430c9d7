// The cases by name.
import { brokerFull, brokerKept, brokerLost, brokerPaused, brokerRefused } from "./brokers.ts";
import { clocks, duplicates, liar, liarAtFirst, slowWorker } from "./doubles.ts";
import { folderLate, folderLost, folderPlain, folderStale, folderTooLate } from "./folders.ts";
import { clips, everything, images, joins, phrases } from "./joins.ts";
import { killCoordinators, killWorkers } from "./kills.ts";
import { cutLong, cutShort, cutSilent, deadLine, lossy } from "./network.ts";
import { secrets } from "./secrets.ts";
import type { Case } from "./stage.ts";
import { deadlyImage, head, identity, poison } from "./strangers.ts";

export const cases: Readonly<Record<string, Case>> = {
  joins,
  images,
  clips,
  everything,
  phrases,
  "kill-workers": killWorkers,
  "kill-coordinators": killCoordinators,
  "broker-kept": brokerKept,
  "broker-lost": brokerLost,
  "broker-paused": brokerPaused,
  "broker-full": brokerFull,
  "broker-refused": brokerRefused,
  "line-cut": cutShort,
  "line-cut-long": cutLong,
  "line-silent": cutSilent,
  "line-lossy": lossy,
  "line-dead": deadLine,
  duplicates,
  liar,
  "liar-at-first": liarAtFirst,
  clocks,
  "slow-worker": slowWorker,
  identity,
  poison,
  head,
  "deadly-image": deadlyImage,
  secrets,
  "folder-plain": folderPlain,
  "folder-lost": folderLost,
  "folder-stale": folderStale,
  "folder-late": folderLate,
  "folder-too-late": folderTooLate,
};
