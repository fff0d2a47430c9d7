import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Works as root in a container, and keeps Chromium from talking to anybody. */
const flags = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update"],
];

export function chromiumPath(): string {
  const path = process.env.SEGBENCH_CHROMIUM ?? "/usr/bin/chromium";
  if (existsSync(path)) return path;
  throw new Error(
    `no Chromium at ${path}: install one (Debian: apt-get install chromium), or name one in SEGBENCH_CHROMIUM`,
  );
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: flags });
}
