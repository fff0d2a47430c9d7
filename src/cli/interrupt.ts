/**
 * Ctrl-C asks to stop: the images in flight are finished and written. A second one ends at once; what was written stays
 * whole. `stop` restores the default behaviour.
 */
export function onInterrupt(firstTime: () => void): {
  readonly asked: () => boolean;
  readonly stop: () => void;
} {
  let asked = false;
  const handler = () => {
    if (asked) process.exit(130);
    asked = true;
    firstTime();
  };
  process.on("SIGINT", handler);
  process.on("SIGTERM", handler);
  return {
    asked: () => asked,
    stop: () => {
      process.off("SIGINT", handler);
      process.off("SIGTERM", handler);
    },
  };
}
