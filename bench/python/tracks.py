"""Scores the tracks of `tracks.ts` with vos-benchmark, two processes; imports are not timed.

    python tracks.py FOLDER     prints {"seconds": ..., "jf": percent}
"""

import json
import pathlib
import sys
import time

from vos_benchmark.benchmark import benchmark

if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    start = time.perf_counter()
    (jf,), _, _, _ = benchmark([folder / "truth"], [folder / "predicted"], num_processes=2, verbose=False)
    print(json.dumps({"seconds": time.perf_counter() - start, "jf": float(jf)}))
