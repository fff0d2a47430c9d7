"""Does the object score tell when the object is gone? On held-out clips whose object leaves, or that cut to another scene.

    python absences.py ckpt.pt [more.pt ...]

Clips with seeds from 400,000 (never trained on): those in which an object seen in frame 0 is gone in a later frame, and a few of the others with
one to three frames of another clip cut in. Prompted by the mask of frame 0, tracked with the model's own memory.
"""

import os
import sys
import tempfile

import numpy as np
import torch

from clips import clip
from propagate import TINY
from train import K, T, FrozenEncoder, Rollout, load

KEPT = os.path.join(tempfile.gettempdir(), "tiny-video-absences.npz")


def clips(count=260, seed=400_000):
    encoder, rng = FrozenEncoder(TINY), np.random.default_rng(3)
    feats, masks = [], []
    for i in range(count):
        frames, m = clip(seed + i, T, K)
        area = m.sum((2, 3))
        seen = [k for k in range(K) if area[k, 0] > 100]
        leaving = [k for k in seen if (area[k, 1:] == 0).any()]
        if not leaving and seen and rng.random() < 0.12:
            other, _ = clip(seed + 50_000 + i, T, K)
            a = int(rng.integers(2, 6))
            b = min(T, a + int(rng.integers(1, 4)))
            frames, m = frames.copy(), m.copy()
            frames[a:b], m[:, a:b] = other[: b - a], 0
            leaving = seen[:1]
        if leaving:
            feats.append(np.stack([encoder(f) for f in frames]).astype(np.float16))
            masks.append(m[leaving[0]].astype(np.uint8))
    return np.stack(feats), np.stack(masks)


@torch.no_grad()
def main(paths):
    torch.set_num_threads(1)
    if not os.path.exists(KEPT):
        feats, masks = clips()
        np.savez(KEPT, feats=feats, masks=masks)
    kept = np.load(KEPT)
    feats, masks = kept["feats"], kept["masks"]
    for path in paths:
        model, there, gone, js = load(path), [], [], []
        for a in range(0, len(masks), 8):
            f = feats[a : a + 8].astype(np.float32)
            r = Rollout(model, [torch.from_numpy(f[:, t]) for t in range(T)], masks[a : a + 8], np.random.default_rng(0), False)
            r.prompt(["mask"] * r.B)
            for t in range(1, T):
                r.track(t)
                for i in range(r.B):
                    (there if r.there[i, t] > 0 else gone).append(float(r.scores[t][i]))
            js += r.j().tolist()
        p, g = np.array(there), np.array(gone)
        order = np.mean((p[:, None] > g).astype(float) + 0.5 * (p[:, None] == g))
        cut = np.percentile(p, 5)
        print(
            f"{path}: {len(masks)} clips, {len(p)} frames with the object, {len(g)} without; at 0: {np.mean(p > 0):.2f} of the present and {np.mean(g <= 0):.2f} of the absent are called so; "
            f"area under the curve {order:.3f}; the cut that keeps 95 % of the present ({cut:.2f}) finds {np.mean(g < cut):.2f} of the absent; J {np.mean(js):.3f}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
