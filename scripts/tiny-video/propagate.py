"""Forward propagation by SAM 2's algorithm on the exported files: numpy and onnxruntime, Pillow to read pictures.

    python propagate.py MODEL --frames JPEGImages/480p --annotations Annotations/480p --prompts mask box 1 3
    python propagate.py MODEL --clips 24 --prompts mask box 1 3        held-out procedural clips (needs clips.py)

MODEL is a folder of exported files, such as models/tiny-video; without an image_encoder.onnx in it, the tiny image model's is used.
Prints J and F (DAVIS) per sequence: mean over the frames without the first and the last, of every object. --baselines
adds the first mask copied to every frame (`copy`), and the previous mask given to the image model (`previous`).
The host below follows sam2_base.py and sam2_video_predictor.py in the `published` profile: no dynamic multimask, no
binarised memory, no hole filling; clicks are corrected on frame 0 alone.
"""

import argparse
import glob
import json
import math
import os
import time

import numpy as np
import onnxruntime as ort

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)


# -------------------------------------------------------------------------------------------------- resize


def kernel(n, to, antialias=False):
    """to x n matrix of bilinear interpolation, half-pixel centres."""
    out = np.zeros((to, n), np.float32)
    scale = n / to
    reach = max(scale, 1.0) if antialias else 1.0
    for i in range(to):
        c = (i + 0.5) * scale
        if antialias:
            lo, hi = max(0, int(c - reach + 0.5)), min(n, int(c + reach + 0.5))
            w = np.maximum(0, 1 - np.abs((np.arange(lo, hi) - c + 0.5) / reach))
            out[i, lo:hi] = w / w.sum()
        else:
            c = max(0.0, c - 0.5)
            a = min(int(c), n - 1)
            b = min(a + 1, n - 1)
            out[i, a] += 1 - (c - a)
            out[i, b] += c - a
    return out


KERNELS = {}


def resize(x, h, w, antialias=False):
    """x: H x W float32 -> h x w"""
    keys = (x.shape[0], h, antialias), (x.shape[1], w, antialias)
    for k in keys:
        if k not in KERNELS:
            KERNELS[k] = kernel(*k)
    return KERNELS[keys[0]] @ x @ KERNELS[keys[1]].T


# ---------------------------------------------------------------------------------------------------- model


TINY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "models", "tiny", "encoder.onnx")


def encoder_of(folder):
    own = f"{folder}/image_encoder.onnx"
    return own if os.path.exists(own) else TINY


class Files:
    """The four graphs and the constants; seconds and calls of each graph are counted."""

    def __init__(self, folder, threads=1):
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        names = ["image_encoder", "mask_decoder", "memory_encoder", "memory_attention"]
        path = lambda n: encoder_of(folder) if n == "image_encoder" else f"{folder}/{n}.onnx"
        self.sessions = {n: ort.InferenceSession(path(n), options, providers=["CPUExecutionProvider"]) for n in names}
        self.seconds, self.calls = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0)
        with open(f"{folder}/constants.json") as f:
            c = json.load(f)
        self.c = c
        self.t = {k: np.array(v["data"], np.float32).reshape(v["shape"]) for k, v in c["tensors"].items()}
        self.S, self.E = c["image_size"], c["low_res_size"]

    def run(self, name, **feed):
        start = time.perf_counter()
        out = self.sessions[name].run(None, feed)
        self.seconds[name] += time.perf_counter() - start
        self.calls[name] += 1
        return out


class Video:
    """One video: features of its frames, computed once."""

    def __init__(self, files, frames):
        """frames: list of H x W x 3 uint8"""
        from PIL import Image

        self.files, self.N = files, len(frames)
        self.H, self.W = frames[0].shape[:2]
        self.features = []
        for f in frames:
            x = np.asarray(Image.fromarray(f).resize((files.S, files.S), Image.BICUBIC), np.float32) / 255
            x = ((x - MEAN) / STD).transpose(2, 0, 1)[None]
            self.features.append(files.run("image_encoder", images=np.ascontiguousarray(x))[0])


class Tracker:
    """One object in one video."""

    def __init__(self, video):
        self.v, self.f, self.c, self.t = video, video.files, video.files.c, video.files.t
        self.cond, self.non, self.temp, self.points, self.tracked = {}, {}, {}, {}, set()

    # heads, 2.4

    def heads(self, feat, points, mask, multimask):
        """points: list of (x, y, label) in pixels of the frame's square; mask: E x E logits or None"""
        points = list(points) if points else [(0.0, 0.0, -1)]
        p = np.array([*points, (0, 0, -1)], np.float32)[None]
        E = self.f.E
        low, iou, score, ptr = self.f.run(
            "mask_decoder",
            image_embeddings=feat,
            point_coords=np.ascontiguousarray(p[..., :2]),
            point_labels=np.ascontiguousarray(p[..., 2]),
            mask_input=np.zeros((1, 1, E, E), np.float32) if mask is None else mask.reshape(1, 1, E, E),
            has_mask_input=np.array([float(mask is not None)], np.float32),
        )
        pick = 1 + int(iou[0, 1:].argmax()) if multimask else 0
        low, ptr, score = low[0, pick], ptr[0, pick], float(score[0, 0])
        if not score > 0:
            low = np.full_like(low, self.c["no_obj_score"])
            ptr = self.t["no_obj_ptr"][0]
        return {"low": low, "high": resize(low, self.f.S, self.f.S), "iou": float(iou[0, pick]), "ptr": ptr, "score": score}

    def mask_as_output(self, t, m):
        """m: S x S in 0, 1"""
        high = m * 20 - 10
        low = resize(high, self.f.E, self.f.E, True)
        r = self.f.S // self.f.E
        w = self.t["mask_downsample_weight"][0, 0]
        small = np.einsum("iajb,ab->ij", m.reshape(self.f.E, r, self.f.E, r), w) + self.t["mask_downsample_bias"][0]
        ptr = self.heads(self.v.features[t], None, small.astype(np.float32), False)["ptr"]
        if not m.any():
            ptr = self.t["no_obj_ptr"][0]
        return {"low": low, "high": high, "iou": 1.0, "ptr": ptr, "score": 10.0 if m.any() else -10.0}

    # prompting, 2.5

    def add_mask(self, t, m):
        """m: H x W bool"""
        small = (resize(m.astype(np.float32), self.f.S, self.f.S, True) >= 0.5).astype(np.float32)
        self.temp[t] = self.mask_as_output(t, small)
        return self.shown(self.temp[t])

    def add_points(self, t, points):
        """points: (x, y, label) in pixels of the video; they join the earlier ones of this frame"""
        S, first = self.f.S, t not in self.tracked
        self.points.setdefault(t, []).extend((x / self.v.W * S, y / self.v.H * S, label) for x, y, label in points)
        n = len(self.points[t])
        before = self.temp.get(t) or self.cond.get(t) or self.non.get(t)
        previous = None if before is None else np.clip(before["low"], -32, 32)
        feat = self.v.features[t] + self.t["no_mem_embed"][..., None, None] if first else self.attend(t)
        self.temp[t] = self.heads(feat, self.points[t], previous, n <= 1)
        return self.shown(self.temp[t])

    def shown(self, out):
        return resize(out["low"], self.v.H, self.v.W) > 0

    # memory, 2.6 and 2.8

    def remember(self, t, high, score):
        p = 1 / (1 + np.exp(-np.clip(high, -80, 80)))
        p = p * self.c["sigmoid_scale_for_mem_enc"] + self.c["sigmoid_bias_for_mem_enc"]
        y = self.f.run("memory_encoder", pix_feat=self.v.features[t], masks=p.astype(np.float32)[None, None])[0][0]
        return y if score > 0 else y + self.t["no_obj_embed_spatial"][0][:, None, None]

    def attend(self, t):
        top = self.c["num_maskmem"] - 1
        memories = [(top, self.cond[c]["memory"]) for c in self.cond]
        for rel in range(top, 0, -1):
            if t - rel in self.non:
                memories.append((rel - 1, self.non[t - rel]["memory"]))
        most = min(self.v.N, self.c["max_obj_ptrs_in_encoder"])
        pointers = [(t - c, self.cond[c]["ptr"]) for c in self.cond if c <= t]
        for d in range(1, most):
            if t - d in self.non:
                pointers.append((d, self.non[t - d]["ptr"]))
        return self.f.run(
            "memory_attention",
            curr=self.v.features[t],
            memory_1=np.stack([m for _, m in memories]),
            memory_2=np.stack([p for _, p in pointers]) if pointers else np.zeros((0, self.c["pointer"]), np.float32),
            memory_pos_1=np.array([r for r, _ in memories], np.int64),
            memory_pos_2=np.array([d for d, _ in pointers], np.float32) / max(1, most - 1),
        )[0]

    # propagation, 2.7

    def preflight(self):
        for t, out in self.temp.items():
            out["memory"] = self.remember(t, resize(out["low"], self.f.S, self.f.S), out["score"])
            self.cond[t] = out
            self.non.pop(t, None)
        self.temp = {}

    def propagate(self):
        """-> per frame from the first prompted one: H x W bool"""
        self.preflight()
        for t in range(min(self.cond), self.v.N):
            if t in self.cond:
                out = self.cond[t]
            else:
                out = self.heads(self.attend(t), None, None, True)
                out["memory"] = self.remember(t, out["high"], out["score"])
                self.non[t] = out
            self.tracked.add(t)
            yield t, self.shown(out)


# ---------------------------------------------------------------------------------------------------- clicks


def depth2(region):
    """Squared distance to the nearest pixel outside; what is beyond the picture counts as outside."""
    out = np.zeros(region.shape, np.int64)
    if not region.any():
        return out
    rows, cols = np.flatnonzero(region.any(1)), np.flatnonzero(region.any(0))
    box = slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)
    x = np.pad(region[box], 1)
    h, w = x.shape
    up = np.zeros((h, w), np.int64)
    for i in range(1, h):
        up[i] = np.where(x[i], up[i - 1] + 1, 0)
    down = np.zeros((h, w), np.int64)
    for i in range(h - 2, -1, -1):
        down[i] = np.where(x[i], down[i + 1] + 1, 0)
    g = np.minimum(up, down) ** 2
    best = g.copy()
    for d in range(1, w):
        if d * d >= best.max():
            break
        best[:, d:] = np.minimum(best[:, d:], g[:, :-d] + d * d)
        best[:, :-d] = np.minimum(best[:, :-d], g[:, d:] + d * d)
    out[box] = best[1:-1, 1:-1]
    return out


def next_click(gt, pred):
    """Centre of the error region: x, y, label"""
    a, b = depth2(gt & ~pred), depth2(pred & ~gt)
    positive = a.max() > b.max()
    i = int((a if positive else b).argmax())
    return i % gt.shape[1], i // gt.shape[1], int(positive)


# --------------------------------------------------------------------------------------------------- metrics


def jaccard(gt, pred):
    union = np.count_nonzero(gt | pred)
    return np.count_nonzero(gt & pred) / union if union else 1.0


def boundary(m):
    b = np.zeros(m.shape, bool)
    e, s, se = np.zeros_like(b), np.zeros_like(b), np.zeros_like(b)
    e[:, :-1], s[:-1], se[:-1, :-1] = m[:, 1:], m[1:], m[1:, 1:]
    b = (m ^ e) | (m ^ s) | (m ^ se)
    b[-1] = m[-1] ^ e[-1]
    b[:, -1] = m[:, -1] ^ s[:, -1]
    b[-1, -1] = False
    return b


def dilate(b, r):
    """By a disk of radius r."""
    h, w = b.shape
    out = np.zeros_like(b)
    if not b.any():
        return out
    wide = np.pad(b, r)
    for dy in range(-r, r + 1):
        n = int(math.sqrt(r * r - dy * dy))
        line = wide[r + dy : r + dy + h]
        c = np.concatenate([np.zeros((h, 1), np.int32), np.cumsum(line, 1, dtype=np.int32)], 1)
        out |= c[:, r + n + 1 : r + n + 1 + w] > c[:, r - n : r - n + w]
    return out


def f_measure(gt, pred):
    r = math.ceil(0.008 * math.hypot(*gt.shape))
    g, p = boundary(gt), boundary(pred)
    ng, np_ = np.count_nonzero(g), np.count_nonzero(p)
    if not ng and not np_:
        return 1.0
    if not ng or not np_:
        return 0.0
    precision, recall = np.count_nonzero(p & dilate(g, r)) / np_, np.count_nonzero(g & dilate(p, r)) / ng
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


# ------------------------------------------------------------------------------------------------- sequences


def davis(frames, annotations, only):
    from PIL import Image

    for d in sorted(glob.glob(f"{frames}/*")):
        name = os.path.basename(d)
        if only and name not in only:
            continue
        images = [np.asarray(Image.open(f).convert("RGB")) for f in sorted(glob.glob(f"{d}/*.jpg"))]
        labels = [np.asarray(Image.open(f)) for f in sorted(glob.glob(f"{annotations}/{name}/*.png"))]
        labels = [m[..., 0] if m.ndim == 3 else m for m in labels]
        for v in [v for v in np.unique(labels[0]) if v]:
            yield f"{name}", images, [m == v for m in labels]


def procedural(count, length):
    from clips import HELD_OUT_SEED, clip

    done = seed = 0
    while done < count:
        frames, masks = clip(HELD_OUT_SEED + seed, length)
        good = np.flatnonzero(masks[:, 0].sum((1, 2)) > 100)
        if len(good):
            yield f"clip{seed}", list(frames), list(masks[good[0]])
            done += 1
        seed += 1


def predict(video, gts, prompt):
    """-> list of masks, one a frame"""
    if prompt == "copy":
        return [gts[0]] * video.N
    tracker = Tracker(video)
    if prompt == "previous":
        tracker.add_mask(0, gts[0])
        low, out = np.clip(tracker.temp[0]["low"], -32, 32), [gts[0]]
        for t in range(1, video.N):
            feat = video.features[t] + tracker.t["no_mem_embed"][..., None, None]
            p = np.zeros((1, 2, 2), np.float32)
            low = video.files.run("mask_decoder", image_embeddings=feat, point_coords=p, point_labels=-np.ones((1, 2), np.float32), mask_input=low.reshape(1, 1, *low.shape), has_mask_input=np.ones(1, np.float32))[0][0, 0]  # fmt: skip
            out.append(resize(low, video.H, video.W) > 0)
        return out
    if prompt == "mask":
        tracker.add_mask(0, gts[0])
    elif prompt == "box":
        ys, xs = np.nonzero(gts[0])
        tracker.add_points(0, [(xs.min(), ys.min(), 2), (xs.max(), ys.max(), 3)])
    else:
        pred = np.zeros_like(gts[0])
        for _ in range(int(prompt)):
            pred = tracker.add_points(0, [next_click(gts[0], pred)])
    return [m for _, m in tracker.propagate()]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("model")
    ap.add_argument("--frames")
    ap.add_argument("--annotations")
    ap.add_argument("--only", nargs="*")
    ap.add_argument("--clips", type=int, default=0)
    ap.add_argument("--length", type=int, default=12)
    ap.add_argument("--prompts", nargs="+", default=["mask"])
    ap.add_argument("--baselines", action="store_true")
    ap.add_argument("--out", help="folder for masks as PNG: OUT/prompt/sequence/00000.png")
    ap.add_argument("--quiet", action="store_true", help="means alone")
    args = ap.parse_args()
    files = Files(args.model)
    prompts = args.prompts + (["copy", "previous"] if args.baselines else [])
    source = procedural(args.clips, args.length) if args.clips else davis(args.frames, args.annotations, args.only)
    rows, objects_frames = {p: [] for p in prompts}, 0
    print("| sequence | prompt | J | F | J&F |\n|---|---|---|---|---|")
    for name, frames, gts in source:
        video = Video(files, frames)
        for prompt in prompts:
            masks = predict(video, gts, prompt)
            inner = range(1, len(masks) - 1)
            j = float(np.mean([jaccard(gts[t], masks[t]) for t in inner]))
            f = float(np.mean([f_measure(gts[t], masks[t]) for t in inner]))
            rows[prompt].append((j, f))
            if not args.quiet:
                print(f"| {name} | {prompt} | {j:.3f} | {f:.3f} | {(j + f) / 2:.3f} |", flush=True)
            if args.out:
                from PIL import Image

                os.makedirs(f"{args.out}/{prompt}/{name}", exist_ok=True)
                for t, m in enumerate(masks):
                    Image.fromarray(m.astype(np.uint8) * 255).save(f"{args.out}/{prompt}/{name}/{t:05d}.png")
    for prompt in prompts:
        j, f = np.mean(rows[prompt], 0)
        print(f"| mean of {len(rows[prompt])} | {prompt} | {j:.3f} | {f:.3f} | {(j + f) / 2:.3f} |")
    for name, n in files.calls.items():
        if n:
            print(f"{name}: {1000 * files.seconds[name] / n:.1f} ms a call, {n} calls")


if __name__ == "__main__":
    main()
