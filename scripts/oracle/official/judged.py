"""What the judges share: reading what record.ts wrote, comparing masks, adding up, and the file of results."""

import hashlib
import json
import os
import pathlib
import platform
import sys
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")
warnings.filterwarnings("ignore")

import numpy as np
import torch
from pycocotools import mask as rle

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "scripts" / "oracle"))
import packed  # noqa: E402

torch.set_num_threads(1)
torch.set_grad_enabled(False)


def versions(*packages):
    from importlib.metadata import version

    return {"python": platform.python_version(), **{name: version(name) for name in ("numpy", "torch", "torchvision", "pillow", *packages)}}


class Recording:
    """A folder of record.ts."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.head = json.loads((self.folder / "pictures.json").read_text())
        for part, file in self.head["files"].items():
            if hashlib.sha256(pathlib.Path(file["path"]).read_bytes()).hexdigest() != file["sha256"]:
                sys.exit(f"{file['path']}: not the {part} that was recorded")

    def file(self, part):
        return self.head["files"][part]["path"]

    def pictures(self):
        """Each with its pixels, its targets, and the mask prompts that the product fed."""
        for number, picture in enumerate(self.head["pictures"]):
            data = (self.folder / f"{number}.rgb").read_bytes()
            assert hashlib.sha256(data).hexdigest() == picture["sha256"]
            pixels = np.frombuffer(data, np.uint8).reshape(picture["height"], picture["width"], 3)
            targets = [json.loads(line) for line in (self.folder / f"{number}.jsonl").read_text().splitlines()]
            inputs = np.fromfile(self.folder / f"{number}.f32", np.float32)
            count = sum(step["input"] is not None for target in targets for step in target["steps"])
            low = int(round((inputs.size / max(1, count)) ** 0.5))
            yield picture, pixels, targets, inputs.reshape(count, 1, low, low)


class Score:
    """Cases by kind: a picture, a target, a prompt and a candidate. `band`: of the largest logit, within which either side will do."""

    def __init__(self, band):
        self.band, self.kinds, self.worst = band, {}, []
        self.largest, self.predicted, self.pixels, self.moved = 0.0, 0.0, 0, 0
        self.digests = []

    def compare(self, where, step, number, logits, predicted, threshold=0.0):
        """`logits`: the judge's, of the picture's size."""
        height, width = logits.shape
        candidate = step["candidates"][number]
        ours = rle.decode({"size": [height, width], "counts": candidate["counts"].encode()}).astype(bool)
        theirs = logits > threshold
        counts = rle.encode(np.asfortranarray(theirs.astype(np.uint8)))["counts"].decode()
        self.digests.append(hashlib.sha256(f"{height}x{width} {counts}".encode()).hexdigest()[:16])
        kind = self.kinds.setdefault(step["kind"], {"cases": 0, "equal": 0, "outside": 0})
        kind["cases"] += 1
        differs = ours != theirs
        self.pixels += differs.size
        self.predicted = max(self.predicted, abs(candidate["predicted"] - float(predicted)))
        if not differs.any():
            kind["equal"] += 1
            return
        near = np.abs(logits[differs].astype(np.float64) - threshold) / float(np.abs(logits).max())
        self.moved += int(differs.sum())
        self.largest = max(self.largest, float(near.max()))
        outside = int((~(near <= self.band)).sum())  # what is not a number is outside
        kind["outside"] += outside > 0
        self.worst.append([float(near.max()), int(differs.sum()), outside, *where, step["kind"], number])

    def results(self):
        total = lambda key: sum(kind[key] for kind in self.kinds.values())
        return {
            "cases": total("cases"),
            "equal": total("equal"),
            "outsideBand": total("outside"),
            "largestDifference": self.largest,
            "predictedIou": self.predicted,
            "pixels": self.pixels,
            "differentPixels": self.moved,
            "kinds": self.kinds,
        }

    def say(self):
        print(json.dumps(self.results()))
        for line in sorted(self.worst, reverse=True)[:10]:
            print("  ", *line)


def simd():
    """What onnxruntime chooses its kernels by: other processors round differently."""
    flags = pathlib.Path("/proc/cpuinfo").read_text().split("\n\n")[0].split()
    return [name for name in ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_tile") if name in flags]


def write(name, facts, recording, score, digests=False):
    """
    NAME.json beside this file; with `digests`, of every mask of the judge in the order of the recording, test/oracle/official/NAME.json,
    which a test plays again.
    """
    head = recording.head
    pictures = [[p["name"], p["width"], p["height"], p["sha256"][:16], p["targets"]] for p in head["pictures"]]
    body = {
        "generator": facts["script"],
        **facts,
        **score.results(),
        **{key: head.get(key) for key in ("model", "family", "side", "paddingPoint", "single", "asked", "benchmarks")},
        "files": {part: file["sha256"] for part, file in head["files"].items()},
        "simd": simd(),
        **({"digests": score.digests} if digests else {}),
        "pictures": len(pictures),
    }
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in body.items()]
    listed = ",\n".join(json.dumps(picture) for picture in pictures)
    text = ",\n".join(lines) + f',\n"list": [\n{listed}\n]'
    if digests:
        packed.write_text(f"official/{name}", f"{{{text}}}\n", f"{body['cases']} cases")
    else:
        (pathlib.Path(__file__).parent / f"{name}.json").write_text(f"{{{text}}}\n")
