import { describe, expect, test } from "vitest";
import { crashLedger, crashName } from "../../src/run/supervise.ts";

const names = (units: readonly number[]) => (ledger: ReturnType<typeof crashLedger>) => {
  for (const unit of units) ledger.started(unit, `image ${unit}`);
};

describe("who is to blame for a crash", () => {
  test("all that were under way are suspects; one that crashes a fresh process alone is to blame", () => {
    const ledger = crashLedger();
    names([0, 1, 2])(ledger);
    ledger.written(0);
    expect(ledger.crashed()).toEqual({ next: "again", alone: false });
    expect([...ledger.crashes]).toEqual([[1, 0], [2, 0]]); // biome-ignore format: a table
    expect(ledger.underWay.size).toBe(0);

    // Unit 1 does well, and unit 2 crashes behind it: the memory may have been broken before.
    names([1])(ledger);
    ledger.written(1);
    names([2])(ledger);
    expect(ledger.crashed()).toEqual({ next: "again", alone: false });
    expect([...ledger.crashes]).toEqual([[2, 0]]);

    names([2])(ledger);
    expect(ledger.crashed()).toEqual({ next: "again", alone: true });
    expect([...ledger.crashes]).toEqual([[2, 1]]);
    names([2])(ledger);
    expect(ledger.crashed()).toEqual({ next: "again", alone: true });
    expect([...ledger.crashes]).toEqual([[2, 2]]);
    names([2])(ledger);
    ledger.written(2);
    expect(ledger.crashes.size).toBe(0);
  });

  test("the first crash of a unit is never its failure, even where it was alone", () => {
    const ledger = crashLedger();
    names([7])(ledger);
    expect(ledger.crashed()).toEqual({ next: "again", alone: false });
    expect([...ledger.crashes]).toEqual([[7, 0]]);
  });

  test("a process that began nothing is not started again; one that crashed after its last unit is", () => {
    expect(crashLedger().crashed().next).toBe("idle");
    const ledger = crashLedger();
    names([0])(ledger);
    ledger.written(0);
    expect(ledger.crashed().next).toBe("again");
    expect(ledger.crashed().next).toBe("idle");
  });

  test("five crashes in a row are borne, six are not, and a written unit starts the count anew", () => {
    const ledger = crashLedger();
    const crash = () => {
      names([0, 1])(ledger);
      return ledger.crashed().next;
    };
    expect([1, 2, 3, 4, 5, 6].map(crash)).toEqual([...Array(5).fill("again"), "stuck"]);
    const other = crashLedger();
    for (let unit = 0; unit < 20; unit++) {
      names([unit, unit + 1])(other);
      other.written(unit);
      expect(other.crashed().next).toBe("again");
    }
  });
});

test.each([
  [null, "SIGSEGV", "linux", "SIGSEGV"],
  [null, "SIGABRT", "darwin", "SIGABRT"],
  [null, "SIGKILL", "linux", undefined],
  [null, "SIGHUP", "linux", undefined],
  [null, "SIGINT", "linux", undefined],
  [null, "SIGTERM", "linux", undefined],
  [1, null, "linux", undefined],
  [134, null, "linux", undefined],
  [134, null, "win32", "exit code 0x86"],
  [0xc0000005, null, "win32", "exit code 0xc0000005"],
  [0xc000013a, null, "win32", undefined],
  [130, null, "win32", undefined],
] as const)("exit code %s, signal %s on %s: %s", (code, signal, platform, name) => {
  expect(crashName(code, signal, platform)).toBe(name);
});
