"""Writes test/oracle/video/tiny-video.json.gz: what the numpy host of the tiny video model (scripts/tiny-video/propagate.py) answers.

    venv/bin/pip install numpy onnxruntime==1.30.0 opencv-python-headless pillow torch
    venv/bin/python scripts/oracle/video/tiny_video.py            --out FILE --clips 8 --size 256 256 --few 10 for a longer look

A file has clips (frames one below the other in a PNG, masks of objects as PNG too) and plays: settings, then steps in order. A step is
a prompt with its answer, or a pass with the answers of each frame and target. An answer is
[object score, predicted IoU, area, digest of the mask, pixels within 1e-3 of the largest logit, which digest and area leave out].
"""

import argparse
import base64
import gzip
import hashlib
import io
import itertools
import json
import pathlib
import sys
from importlib.metadata import version

here = pathlib.Path(__file__).resolve()
sys.path[:0] = [str(here.parents[1]), str(here.parents[2] / "tiny-video")]

import numpy as np
from clips import HELD_OUT_SEED, clip
from packed import write_text
from PIL import Image
from propagate import Files, Tracker, Video, next_click, resize

model = here.parents[3] / "models" / "tiny-video"
UNDECIDED = 1e-3


def png(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode()


class Played:
    """Targets of one clip; every call returns a step for the file."""

    def __init__(self, video):
        self.video, self.targets = video, {}

    def told(self, out):
        full = resize(out["low"], self.video.H, self.video.W)
        undecided = np.flatnonzero(np.abs(full) <= UNDECIDED * np.abs(full).max())
        bits = (full > 0).astype(np.uint8).ravel()
        bits[undecided] = 0
        digest = hashlib.sha256(bits.tobytes()).hexdigest()[:12]
        return [round(out["score"], 4), round(out["iou"], 4), int(bits.sum()), digest, undecided.tolist()]

    def prompt(self, frame, target, **asked):
        tracker = self.targets.setdefault(target, Tracker(self.video))
        if "mask" in asked:
            tracker.add_mask(frame, asked["mask"])
            said = {"object": asked["object"]}
        else:
            clicks, box = asked.get("clicks", []), asked.get("box")
            corners = [] if box is None else [(box[0], box[1], 2), (box[2], box[3], 3)]
            tracker.points.pop(frame, None)  # all points of the frame are given again
            tracker.add_points(frame, [*corners, *clicks])
            said = {"clicks": clicks, "box": box}
        return {"prompt": {"frame": frame, "target": target, **said}, "answer": self.told(tracker.temp[frame])}

    def shown(self, frame, target):
        tracker = self.targets[target]
        return tracker.shown(tracker.temp[frame])

    def passes(self, frames=None):
        answers = []
        for target, tracker in self.targets.items():
            for frame, _ in itertools.islice(tracker.propagate(), frames):
                out = tracker.cond.get(frame) or tracker.non[frame]
                answers.append([frame, target, *self.told(out)])
        return {"pass": {"frames": frames}, "answers": sorted(answers, key=lambda one: one[0])}


def center(mask):
    return next_click(mask, np.zeros_like(mask))


def ints(values):
    return [int(value) for value in values]


def box_of(mask):
    ys, xs = np.nonzero(mask)
    return ints((xs.min(), ys.min(), xs.max(), ys.max()))


def plays(masks, few):
    """`masks`: objects x frames x H x W; the first is in frame 0."""
    first, late = masks[0], masks[-1]
    start = int(np.argmax(late.any((1, 2)))) or 2
    yield "a mask", lambda p: [p.prompt(0, "a", mask=first[0], object=0), p.passes(few)]
    yield "a box", lambda p: [p.prompt(0, "a", box=box_of(first[0])), p.passes(few)]

    def clicked(p):
        clicks = [ints(center(first[0]))]
        steps = [p.prompt(0, "a", clicks=list(clicks))]
        for _ in range(2):
            clicks.append(ints(next_click(first[0], p.shown(0, "a"))))
            steps.append(p.prompt(0, "a", clicks=list(clicks)))
        return [*steps, p.passes(few)]

    yield "three clicks", clicked

    def corrected(p):
        steps = [p.prompt(0, "a", clicks=[ints(center(first[0]))])]
        if late[start].any():
            steps.append(p.prompt(start, "b", mask=late[start], object=len(masks) - 1))
        steps.append(p.passes())
        middle = len(first) // 2
        if first[middle].any():
            steps.append(p.prompt(middle, "a", clicks=[ints(center(first[middle])), [1, 1, 0]]))
        return [*steps, p.passes()]

    yield "a late target, and a correction", corrected


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", help="another file than the test's")
    ap.add_argument("--clips", type=int, default=1)
    ap.add_argument("--frames", type=int, default=10)
    ap.add_argument("--few", type=int, default=3, help="frames of the shorter plays")
    ap.add_argument("--size", type=int, nargs=2, default=(96, 64))
    ap.add_argument("--seed", type=int, default=HELD_OUT_SEED)
    given = ap.parse_args()
    files, clips, seed = Files(str(model)), [], given.seed
    while len(clips) < given.clips:
        frames, masks = clip(seed, given.frames)
        seed += 1
        w, h = given.size
        small = np.stack([np.asarray(Image.fromarray(f).resize((w, h), Image.BICUBIC)) for f in frames])
        shrunk = np.stack([[np.asarray(Image.fromarray(m.astype(np.uint8)).resize((w, h), Image.NEAREST)) > 0 for m in k] for k in masks])
        shrunk = shrunk[shrunk[:, 0].sum((1, 2)) > 0.02 * w * h]
        if len(shrunk) == 0:
            continue
        video = Video(files, list(small))
        steps = {}
        for name, play in plays(shrunk, given.few):
            steps[name] = play(Played(video))
        clips.append({
            "seed": seed - 1,
            "size": [w, h],
            "frames": png(small.reshape(-1, w, 3)),
            "objects": [png(m.astype(np.uint8).reshape(-1, w) * 255) for m in shrunk],
            "plays": steps,
        })
    versions = {name: version(name) for name in ("numpy", "onnxruntime", "pillow", "opencv-python-headless")}
    text = json.dumps({"generator": "scripts/oracle/video/tiny_video.py", "versions": versions, "clips": clips}, separators=(",", ":"))
    if given.out is None:
        write_text("video/tiny-video", text + "\n", f"{len(clips)} clips")
    else:
        pathlib.Path(given.out).write_bytes(gzip.compress(text.encode()))


if __name__ == "__main__":
    main()
