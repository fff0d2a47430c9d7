"""Trains the tiny video model on procedural clips; the image encoder stays frozen.

    python train.py --pool FOLDER --minutes 60 --start ckpt.pt --out ckpt.pt
    python train.py --pool FOLDER --minutes 60 --image IMAGE_CKPT --out ckpt.pt          from the image model alone
    python train.py --pool FOLDER --validate ckpt.pt

One process, one thread. The pool holds the encoder's features of every frame (8.4 MB a clip of 8 frames, half
precision) and grows by a clip every few steps until it has --clips; an interrupted run goes on with the pool it has.
--start goes on from a checkpoint; --image starts with the weights that scripts/tiny-model/checkpoint.py reads back
from the image model's ONNX files.

A step takes a handful of objects. Frame 0 of each is prompted by its mask, a box, or 1 to 3 clicks; the frames after
it are tracked with the memory the host would hold. Gradients flow through all frames of the rollout. Now and then a
tracked frame gets correction clicks, and memory gets the true mask instead of the predicted one.
"""

import argparse
import copy
import math
import os
import time

import cv2
import numpy as np
import onnxruntime as ort
import torch
import torch.nn.functional as F

import still  # noqa: F401
from clips import TRAINING_SEED, VALIDATION_SEED, clip
from image_model import MEAN, STD, E, S
from model import CP, NUM_MASKMEM, TinyVideo
from propagate import TINY

T, K = 8, 3


# ----------------------------------------------------------------------------------------------------- data


class FrozenEncoder:
    def __init__(self, path):
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def __call__(self, frame):
        x = ((frame.astype(np.float32) - np.float32(MEAN)) / np.float32(STD)).transpose(2, 0, 1)[None]
        return self.session.run(None, {"images": np.ascontiguousarray(x)})[0][0]


class Pool:
    """Features and masks of clips on disk; `grow` draws one more."""

    def __init__(self, folder, count, encoder, length=T, first=TRAINING_SEED):
        os.makedirs(folder, exist_ok=True)
        self.encoder, self.count, self.folder, self.length, self.first = encoder, count, folder, length, first
        self.features = self.open("features", np.float16, (count, length, 32, E, E))
        self.masks = self.open("masks", np.uint8, (count, K, length, S, S // 8))
        self.areas = self.open("areas", np.int32, (count, K, length))
        mark = f"{folder}/ready"
        self.ready = min(count, int(open(mark).read())) if os.path.exists(mark) else 0

    def open(self, name, dtype, shape):
        path = f"{self.folder}/{name}.npy"
        if os.path.exists(path) and np.load(path, mmap_mode="r").shape != shape:
            raise SystemExit(f"{path} is of another --clips or --length; use that or another folder")
        return np.lib.format.open_memmap(path, mode="r+" if os.path.exists(path) else "w+", dtype=dtype, shape=None if os.path.exists(path) else shape)

    def grow(self):
        if self.ready >= self.count:
            return False
        i = self.ready
        frames, masks = clip(self.first + i, self.length, K)
        for t in range(self.length):
            self.features[i, t] = self.encoder(frames[t])
        self.masks[i] = np.packbits(masks, axis=3)
        self.areas[i] = masks.sum((2, 3))
        self.ready += 1
        with open(f"{self.folder}/ready", "w") as f:
            f.write(str(self.ready))
        return True

    def batch(self, rng, clips, objects, length):
        """-> features: list of `length` tensors Bx32xExE; masks B x length x S x S uint8."""
        feats, out, tries = [], [], 0
        while len(out) < clips * objects:
            i = int(rng.integers(self.ready))
            areas = self.areas[i]
            step = int(rng.choice([1, 2], p=[0.75, 0.25])) if length <= 4 else 1
            span = (length - 1) * step
            if span >= self.length:
                step, span = 1, length - 1
            first = int(rng.integers(0, self.length - span))
            at = first + np.arange(length) * step
            if rng.random() < 0.5:
                at = at[::-1]
            good = np.flatnonzero(areas[:, at[0]] > 60)
            if rng.random() < 0.4 and tries < 40:  # rather an object that leaves
                good = good[(areas[good][:, at] == 0).any(1)]
            tries += 1
            if not len(good):
                continue
            chosen = rng.permutation(good)[:objects]
            f = self.features[i][at].astype(np.float32)
            cut = slice(0, 0)
            if length > 2 and rng.random() < 0.3:  # a cut to another scene, and back at times
                a = int(rng.integers(1, length))
                cut = slice(a, length if rng.random() < 0.4 else int(rng.integers(a + 1, length + 1)))
                other = int(rng.integers(self.ready))
                if other == i:
                    cut = slice(0, 0)
                else:
                    f[cut] = self.features[other][np.arange(cut.stop - cut.start) % self.length]
            for k in chosen:
                if len(out) < clips * objects:
                    m = np.unpackbits(self.masks[i, k, at], axis=2)
                    m[cut] = 0
                    feats.append(f)
                    out.append(m)
        return [torch.from_numpy(np.stack([f[t] for f in feats])) for t in range(length)], np.stack(out)


# --------------------------------------------------------------------------------------------------- clicks


def depth(region):
    padded = np.pad(region.astype(np.uint8), 1)
    return cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]


def next_click(gt, pred, rng=None, stray=0.0):
    dn, dp = depth(gt & ~pred), depth(pred & ~gt)
    positive = dn.max() > dp.max()
    d = dn if positive else dp
    i = int(d.argmax())
    if stray and d.flat[i] > 0 and rng.random() < stray:
        inside = np.flatnonzero(d)
        i = int(rng.choice(inside, p=d.flat[inside] ** 2 / (d.flat[inside] ** 2).sum()))
    return i % d.shape[1], i // d.shape[1], int(positive)


def box_of(gt, rng=None):
    ys, xs = np.nonzero(gt)
    x0, x1, y0, y1 = xs.min(), xs.max(), ys.min(), ys.max()
    j = np.zeros(4)
    if rng is not None and rng.random() < 0.5:
        j = np.clip(rng.normal(0, 0.06, 4) * [x1 - x0, y1 - y0, x1 - x0, y1 - y0], -10, 10)
    return [(x0 + j[0], y0 + j[1], 2), (x1 + j[2], y1 + j[3], 3)]


def full_size(logits):
    return F.interpolate(logits, size=(S, S), mode="bilinear", align_corners=False)


def points_tensor(points):
    n = max(1, *(len(p) for p in points))
    out = torch.zeros(len(points), n, 3)
    out[..., 2] = -1
    for k, p in enumerate(points):
        if p:
            out[k, : len(p)] = torch.tensor(p, dtype=torch.float32)
    return out[..., :2], out[..., 2]


# --------------------------------------------------------------------------------------------------- losses


def iou_of(logits, y):
    """logits BxMxExE, y BxExE in 0..1 -> BxM"""
    with torch.no_grad():
        a, b = (logits > 0).flatten(2).float(), (y > 0.5).flatten(1)[:, :, None].float()
        both = (a @ b)[..., 0]
        return both / (a.sum(2) + b.sum(1) - both).clamp(min=1)


def mask_losses(logits, y):
    """logits BxMxExE, y BxExE soft -> BxM"""
    y = y[:, None]
    wide = F.max_pool2d(y, 5, 1, 2) + F.max_pool2d(-y, 5, 1, 2)
    band = (wide > 0.05).float()
    p = torch.sigmoid(logits)
    bce = F.softplus(logits) - logits * y
    hard = (p.detach() - y).abs()
    focal = (bce * (12 * hard + 2)).mean((2, 3))
    dice = 1 - (2 * (p * y).sum((2, 3)) + 2) / (p.sum((2, 3)) + y.sum((2, 3)) + 2)
    outline = (bce * band).sum((2, 3)) / band.sum((2, 3)).clamp(min=1)
    return focal + dice + 0.5 * outline


# -------------------------------------------------------------------------------------------------- rollout


class Rollout:
    """Frame 0 prompted, later frames tracked, as the host does it, for a batch of objects at once."""

    def __init__(self, model, feats, masks, rng, train):
        self.m, self.feats, self.masks, self.rng, self.train = model, feats, masks, rng, train
        self.B, self.L = masks.shape[:2]
        y = torch.from_numpy(masks).float()
        self.y_full = y
        self.y = F.avg_pool2d(y, 2)
        self.there = (y.flatten(2).sum(2) > 0).float()
        self.cond, self.non = {}, {}
        self.terms, self.ious, self.final, self.scores = [], [], {}, {}
        self.no_points = torch.zeros(self.B, 1, 2), -torch.ones(self.B, 1)
        self.horizon = float(rng.integers(max(2, self.L), 17) - 1) if train else 15.0

    def select(self, logits, iou, pointers, multi):
        """multi: B bool tensor -> the mask the host keeps"""
        pick = torch.where(multi, iou[:, 1:].argmax(1) + 1, 0)
        rows = torch.arange(len(pick))
        return logits[rows, pick][:, None], pointers[rows, pick], pick

    def gate(self, low, pointer, score, t):
        """The object score decides what is stored; in training the truth does at times."""
        present = score[:, 0].detach() > 0
        if self.train:
            told = torch.from_numpy(self.rng.random(self.B) < 0.5)
            present = torch.where(told, self.there[:, t] > 0, present)
        p = present.float()[:, None]
        low = torch.where(present[:, None, None, None], low.clamp(-32, 32), torch.full_like(low, -1024.0))
        return low, pointer * p + self.m.no_obj_ptr * (1 - p), torch.where(present, 10.0, -10.0)

    def store(self, t, low, pointer, present, as_cond):
        high = full_size(low)
        if self.train and t > 0:
            true = torch.from_numpy(self.rng.random(self.B) < 0.12)
            gt = self.y_full[:, t][:, None] * 40 - 20
            high = torch.where(true[:, None, None, None], gt, high)
            present = torch.where(true, torch.where(self.there[:, t] > 0, 10.0, -10.0), present)
        memory = self.m.remember(self.feats[t], high, present)
        (self.cond if as_cond else self.non)[t] = memory, pointer

    def loss(self, t, logits, iou, score, multi, weight):
        """multi 1: the best of masks 1..3; 0: mask 0."""
        y, there = self.y[:, t], self.there[:, t]
        real = iou_of(logits, y)
        each = mask_losses(logits, y)
        best = (real[:, 1:] + 0.01 * iou.detach()[:, 1:]).argmax(1) + 1
        rows = torch.arange(self.B)
        m = multi.float()
        main = each[rows, best] * (0.8 * m + 0.1) + each[:, 0] * (1 - 0.7 * m) + 0.1 * each[:, 1:].mean(1) * m
        main = main + ((iou - real) ** 2).mean(1) * 2
        self.terms.append((main * there * weight).sum() / self.B)
        self.terms.append(0.5 * (F.softplus(logits).mean((1, 2, 3)) * (1 - there) * weight).sum() / self.B)  # nothing where nothing is
        if weight.sum() > 0 and t > 0:
            self.terms.append(0.8 * F.binary_cross_entropy_with_logits(score[:, 0], there, weight=4 - 3 * there))

    def prompt(self, kinds):
        """kinds: per object 'mask', 'box', 1, 2, 3 (clicks)"""
        rng = self.rng if self.train else None
        m, f = self.m, self.feats[0]
        is_mask = torch.tensor([k == "mask" for k in kinds])
        gts = self.masks[:, 0].astype(bool)
        points = [[] if k == "mask" else box_of(g, rng) if k == "box" else [next_click(g, np.zeros_like(g), rng, 0.3 if self.train else 0)] for k, g in zip(kinds, gts)]  # fmt: skip
        gt = self.y_full[:, 0][:, None]
        given = F.conv2d(gt, m.mask_downsample_weight, m.mask_downsample_bias, 2)
        mask_in, has = given * is_mask[:, None, None, None], is_mask.float()
        emb = torch.where(is_mask[:, None, None, None], f, f + m.no_mem_embed[..., None, None])
        clicks = [k if isinstance(k, int) else 0 for k in kinds]
        for r in range(1, max(clicks, default=1)):
            rows = [i for i, c in enumerate(clicks) if c > r]
            with torch.no_grad():
                at, labels = points_tensor([points[i] for i in rows])
                logits, iou, _, ptr = m.decoder(emb[rows], at, labels, mask_in[rows], has[rows])
                low = self.select(logits, iou, ptr, torch.full((len(rows),), r == 1))[0]
                full = (full_size(low)[:, 0] > 0).numpy()
                mask_in = mask_in.clone()
                mask_in[rows], has[rows] = low.clamp(-32, 32), 1.0
            for j, i in enumerate(rows):
                points[i].append(next_click(gts[i], full[j], rng, 0.15 if self.train else 0))
        at, labels = points_tensor(points)
        logits, iou, score, ptr = m.decoder(emb, at, labels, mask_in, has)
        multi = torch.tensor([k == 1 for k in kinds])
        if self.train:
            self.loss(0, logits, iou, score, multi, (~is_mask).float() * 0.6)
            self.terms.append(0.1 * F.binary_cross_entropy_with_logits(score[:, 0], self.there[:, 0]))
        low, ptr, _ = self.select(logits, iou, ptr, multi)
        low, ptr, present = self.gate(low, ptr, score, 0)
        low = torch.where(is_mask[:, None, None, None], F.avg_pool2d(gt, 2) * 20 - 10, low)
        present = torch.where(is_mask, 10.0, present)
        self.final[0] = low.detach()
        self.store(0, low, ptr, present, True)

    def context(self, t):
        rows, mems, ptrs, offs = [], [], [], []
        for c in self.cond:
            rows.append(NUM_MASKMEM - 1), mems.append(self.cond[c][0])
            ptrs.append(self.cond[c][1]), offs.append(t - c)
        for rel in range(6, 0, -1):
            if t - rel in self.non:
                rows.append(rel - 1), mems.append(self.non[t - rel][0])
        for d in range(1, 16):
            if t - d in self.non:
                ptrs.append(self.non[t - d][1]), offs.append(d)
        return torch.stack(mems, 1), torch.tensor(rows), torch.stack(ptrs, 1), torch.tensor(offs).float() / self.horizon

    def track(self, t, correct=0):
        m = self.m
        emb = m.attend(self.feats[t], *self.context(t))
        at, labels = self.no_points
        mask_in, has = torch.zeros(self.B, 1, E, E), torch.zeros(self.B)
        points = [[] for _ in range(self.B)]
        for r in range(correct):
            with torch.no_grad():
                logits, iou, _, ptr = m.decoder(emb, at, labels, mask_in, has)
                low = self.select(logits, iou, ptr, torch.full((self.B,), r <= 1))[0]
                mask_in, has = low.clamp(-32, 32), torch.ones(self.B)
                full = (full_size(low)[:, 0] > 0).numpy()
            for i in range(self.B):
                points[i].append(next_click(self.masks[i, t].astype(bool), full[i], self.rng, 0.2))
            at, labels = points_tensor(points)
        logits, iou, score, ptr = m.decoder(emb, at, labels, mask_in, has)
        multi = torch.full((self.B,), correct <= 1)
        if self.train:
            self.loss(t, logits, iou, score, multi, torch.ones(self.B) * (0.5 if correct else 1.0))
        low, ptr, _ = self.select(logits, iou, ptr, multi)
        self.scores[t] = score[:, 0].detach()
        shown = torch.where((score > 0)[..., None, None], low, torch.full_like(low, -1024.0)).detach()
        self.final[t] = shown
        if self.train and correct == 0:
            first = m.memory_attention.maps[1]
            self.terms.append(0.3 * (mask_losses(2 * first, self.y[:, t])[:, 0] * self.there[:, t]).mean())
            self.terms.append(0.15 * (F.softplus(2 * first).mean((1, 2, 3)) * (1 - self.there[:, t])).mean())
        self.ious.append((iou_of(shown, self.y[:, t])[:, 0] * self.there[:, t]).sum() / self.there[:, t].sum().clamp(min=1))
        low, ptr, present = self.gate(low, ptr, score, t)
        if t < self.L - 1:
            self.store(t, low, ptr, present, correct > 0 and self.rng.random() < 0.6)

    def j(self):
        """Mean J of the frames after frame 0, per object, as the benchmark counts it."""
        out = []
        for t in range(1, self.L):
            full = full_size(self.final[t])[:, 0] > 0
            gt = self.y_full[:, t] > 0
            union = (full | gt).flatten(1).sum(1)
            out.append(torch.where(union > 0, (full & gt).flatten(1).sum(1) / union.clamp(min=1), 1.0))
        return torch.stack(out).mean(0)


# ------------------------------------------------------------------------------------------------- matching


def spoiled(masks, rng):
    """True masks with the errors of predicted ones: grown, shrunk, shifted, with bits missing or added."""
    out = np.empty(masks.shape, np.float32)
    for i, m in enumerate(masks):
        x = m.astype(np.float32)
        kind = rng.random()
        r = int(rng.integers(1, 6))
        ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1, 2 * r + 1))
        if kind < 0.2:
            x = cv2.dilate(x, ball)
        elif kind < 0.35:
            x = cv2.erode(x, ball)
        elif kind < 0.5:
            x = cv2.warpAffine(x, np.float32([[1, 0, rng.normal(0, 4)], [0, 1, rng.normal(0, 4)]]), (S, S))
        if rng.random() < 0.15:
            a, b, c, d = rng.integers(0, S, 4)
            x[min(a, b) : max(a, b), min(c, d) : max(c, d)] *= rng.random() < 0.3
        if rng.random() < 0.5:
            x = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.5, 2.5))
        out[i] = x
    return torch.from_numpy(out)


def match_step(model, feats, masks, rng):
    """Memory and its attention alone: true masks in memory, the loss on what is read out. Cheap: no decoder."""
    B, L = masks.shape[:2]
    y = F.avg_pool2d(torch.from_numpy(masks[:, -1]).float()[:, None], 2)
    there = (y.flatten(1).sum(1) > 0).float()
    mems, rows = [], []
    for t in range(L - 1):
        high = torch.logit(spoiled(masks[:, t], rng) if t else torch.from_numpy(masks[:, t]).float(), eps=1e-4)[:, None]
        mems.append(model.remember(feats[t], high, torch.full((B,), 10.0)))
        rows.append(6 if t == 0 else L - 2 - t)
    pointers = torch.zeros(B, 1, CP)
    model.attend(feats[-1], torch.stack(mems, 1), torch.tensor(rows), pointers, torch.tensor([0.1]))
    prior, first = model.memory_attention.maps
    loss = 0.5 * mask_losses(prior, y[:, 0])[:, 0] + mask_losses(2 * first, y[:, 0])[:, 0]
    j = iou_of(first, y[:, 0])[:, 0]
    absent = F.softplus(first).mean((1, 2, 3)) * 2
    return (loss * there + absent * (1 - there)).mean(), (j * there).sum() / there.sum().clamp(min=1)


# ----------------------------------------------------------------------------------------------- validation


def held_out(encoder, count, length=8, seed=VALIDATION_SEED):
    """One object of each of `count` clips, visible in frame 0."""
    length, kept = int(length), f"{os.environ.get('TMPDIR', '/tmp')}/tiny-video-held-out-{count}-{length}-{seed}.npz"
    if os.path.exists(kept):
        z = np.load(kept)
        return [torch.from_numpy(f.astype(np.float32)) for f in z["feats"]], z["masks"]
    feats, masks = [], []
    i = 0
    while len(masks) < count:
        frames, m = clip(seed + i, length, K)
        i += 1
        good = np.flatnonzero(m[:, 0].sum((1, 2)) > 100)
        if len(good):
            feats.append([encoder(f) for f in frames])
            masks.append(m[good[0]].astype(np.uint8))
    feats = np.stack([np.stack([f[t] for f in feats]) for t in range(length)])
    np.savez(kept, feats=feats.astype(np.float16), masks=np.stack(masks))
    return [torch.from_numpy(f) for f in feats], np.stack(masks)


@torch.no_grad()
def validate(model, data, kinds=("mask", "box", 1, 3), chunk=8):
    feats, masks = data
    out = {}
    for kind in kinds:
        js, called = [], []
        for a in range(0, len(masks), chunk):
            r = Rollout(model, [f[a : a + chunk] for f in feats], masks[a : a + chunk], np.random.default_rng(0), False)
            r.prompt([kind] * r.B)
            for t in range(1, r.L):
                r.track(t)
            js.append(r.j())
            called += [(float(r.scores[t][b]) > 0, bool(r.there[b, t])) for t in range(1, r.L) for b in range(r.B)]
        out[str(kind)] = float(torch.cat(js).mean())
        for name, truth in (("present", True), ("absent", False)):
            seen = [c == truth for c, there in called if there == truth]
            out[f"{kind} {name} right"] = sum(seen) / max(1, len(seen))
    return out


@torch.no_grad()
def baselines(model, data, chunk=8):
    """From the true first mask: that mask again and again, and the previous mask as the image model's mask prompt."""
    feats, masks = data
    same, previous = [], []
    for a in range(0, len(masks), chunk):
        r = Rollout(model, [f[a : a + chunk] for f in feats], masks[a : a + chunk], np.random.default_rng(0), False)
        low = r.y[:, 0][:, None] * 20 - 10
        for t in range(1, r.L):
            r.final[t] = low
        same.append(r.j())
        at, labels = r.no_points
        for t in range(1, r.L):
            emb = r.feats[t] + model.no_mem_embed[..., None, None]
            low = model.decoder(emb, at, labels, low, torch.ones(r.B))[0][:, :1]
            r.final[t] = low
        previous.append(r.j())
    return {"copy": float(torch.cat(same).mean()), "previous": float(torch.cat(previous).mean())}


# ---------------------------------------------------------------------------------------------------- train


def statistics(pool):
    """Mean and covariance of the encoder's features over the pool's first clips."""
    x = np.concatenate([pool.features[i, 0].astype(np.float64).reshape(32, -1)[:, ::37] for i in range(min(pool.ready, 60))], 1)
    return x.mean(1), np.cov(x)


def exact(attention):
    """Matching by squared distances stays in float32 when the rest of a step is in bfloat16."""
    matched = attention.matched

    def in_full(q, memories, rows):
        with torch.autocast("cpu", enabled=False):
            return matched(q.float(), memories.float(), rows)

    attention.matched = in_full


def load(path):
    model = TinyVideo().eval()
    state = torch.load(path, map_location="cpu")["model"]
    head = "decoder.present.0.weight"
    if state[head].shape[1] < model.state_dict()[head].shape[1]:  # a checkpoint from before the head saw every map
        state[head] = F.pad(state[head], (0, model.state_dict()[head].shape[1] - state[head].shape[1]))
    left = model.load_state_dict(state, strict=False)
    assert not left.unexpected_keys, left
    if left.missing_keys:
        print("not in the checkpoint:", left.missing_keys)
    return model


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--pool", required=True)
    ap.add_argument("--encoder", default=TINY)
    ap.add_argument("--clips", type=int, default=500)
    ap.add_argument("--length", type=int, default=T, help="frames of a clip in the pool and of the longest rollout")
    ap.add_argument("--first", type=int, default=TRAINING_SEED, help="seed of the pool's first clip")
    ap.add_argument("--ready", type=int, default=40, help="clips drawn before the first step")
    ap.add_argument("--start")
    ap.add_argument("--image", help="checkpoint of the image model, for a first start")
    ap.add_argument("--out", default="ckpt.pt")
    ap.add_argument("--minutes", type=float, default=60)
    ap.add_argument("--match", type=float, default=0, help="minutes of matching alone before the rollouts")
    ap.add_argument("--grow", type=float, default=0.4, help="clips drawn a step until the pool is full")
    ap.add_argument("--lr", type=float, default=1e-3)
    ap.add_argument("--seed", type=int, default=0)
    ap.add_argument("--groups", type=int, default=3, help="clips a step")
    ap.add_argument("--objects", type=int, default=2, help="objects a clip")
    ap.add_argument("--every", type=int, default=150, help="steps between validations")
    ap.add_argument("--half", action="store_true", help="bfloat16 where torch knows it to be safe; quick on processors that have it")
    ap.add_argument("--whole", action="store_true", help="train every layer of the decoder")
    ap.add_argument("--tests", type=int, default=12, help="held-out clips of a validation")
    ap.add_argument("--validate")
    args = ap.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    encoder = FrozenEncoder(args.encoder)
    if args.validate:
        model, data = load(args.validate), held_out(encoder, 48)
        print("held out:", {k: round(v, 3) for k, v in validate(model, data).items()})
        return
    pool = Pool(args.pool, args.clips, encoder, args.length, args.first)
    while pool.ready < min(args.ready, args.clips):
        pool.grow()
    print(f"pool: {pool.ready} clips", flush=True)
    if args.start:
        model = load(args.start)
    else:
        model = TinyVideo().eval()
        model.begin(*statistics(pool), torch.load(args.image, map_location="cpu")["dec"])
    mean = copy.deepcopy(model)
    half = torch.autocast("cpu", torch.bfloat16, enabled=args.half)
    exact(model.memory_attention)
    core = model.decoder.core
    if not args.whole:  # the decoder's inner convolutions stay: a quarter of a step's time
        for part in (core.d4, core.d8, core.d16, core.u8, core.u4, core.u2, core.c8, core.c4):
            part.requires_grad_(False)
    old = [p for p in core.parameters() if p.requires_grad]
    known = {id(p) for p in core.parameters()}
    a = model.memory_attention
    few = [a.heat, a.tpos, a.gain, a.coarse]  # single numbers, in logarithms: they may move faster
    known |= {id(p) for p in few}
    head = list(model.decoder.present.parameters())
    known |= {id(p) for p in head}
    new = [p for p in model.parameters() if id(p) not in known]
    opt = torch.optim.AdamW([{"params": new, "share": 1.0}, {"params": few, "share": 6.0}, {"params": head, "share": 4.0}, {"params": old, "share": 0.35}], lr=args.lr, weight_decay=1e-3, betas=(0.9, 0.98))
    data = held_out(encoder, args.tests)

    def report(title):
        print(title, {k: round(v, 3) for k, v in validate(mean, data, ("mask", 1)).items()}, f"{time.time() - start:.0f} s, pool {pool.ready}", flush=True)

    def save():
        torch.save({"model": mean.state_dict(), "step": step}, args.out + ".new")
        os.replace(args.out + ".new", args.out)

    start, step, log, saved = time.time(), 0, [], time.time()
    print("baselines:", {k: round(v, 3) for k, v in baselines(model, data).items()}, flush=True)
    if args.start:
        report("before:")
    start = time.time()
    while (time.time() - start) / 60 < args.match:
        rate = args.lr * 1.5 * min(1, (step + 1) / 20)
        for g in opt.param_groups:
            g["lr"] = rate * g["share"] * (g["share"] >= 1)
        if rng.random() < args.grow:
            pool.grow()
        feats, masks = pool.batch(rng, 4, 2, int(rng.choice([2, 3, 4], p=[0.4, 0.4, 0.2])))
        loss, j = match_step(model, feats, masks, rng)
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(new, 1.0)
        opt.step()
        step += 1
        log.append((loss.item(), float(j)))
        if step % 20 == 0:
            v = np.mean(log[-20:], 0)
            print(f"match {step:5d} {time.time() - start:5.0f} s loss {v[0]:.3f} J {v[1]:.3f} heat {float(model.memory_attention.heat.exp()):.3f}", flush=True)
    if step:
        mean.load_state_dict(model.state_dict())
        save()
        report("after matching:")
    start, step, log = time.time(), 0, []
    while True:
        progress = (time.time() - start) / 60 / args.minutes
        if progress >= 1:
            break
        rate = args.lr * min(1, (step + 1) / 30) * (0.5 + 0.5 * math.cos(math.pi * progress)) + 1e-6
        for g in opt.param_groups:
            g["lr"] = rate * g["share"]
        if rng.random() < args.grow:
            pool.grow()
        length = max(3, round(args.length * rng.choice([0.35, 0.5, 0.65, 0.8, 1], p=[0.15, 0.2, 0.2, 0.2, 0.25])))
        feats, masks = pool.batch(rng, args.groups, args.objects, length)
        r = Rollout(model, feats, masks, rng, True)
        half.__enter__()
        kinds = [("mask", "box", 1, 2, 3)[i] for i in rng.choice(5, r.B, p=[0.25, 0.3, 0.3, 0.05, 0.1])]
        r.prompt(kinds)
        corrected = int(rng.integers(1, length)) if rng.random() < 0.25 else 0
        for t in range(1, length):
            r.track(t, int(rng.integers(1, 4)) if t == corrected else 0)
        loss = sum(r.terms) / length
        half.__exit__(None, None, None)
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        step += 1
        with torch.no_grad():
            keep = min(0.99, (step + 1) / (step + 10))
            for q, p in zip(mean.parameters(), model.parameters()):
                q.lerp_(p, 1 - keep)
        log.append((loss.item(), float(torch.stack(r.ious).mean()), float(r.ious[-1])))
        if step % 20 == 0:
            v = np.mean(log[-20:], 0)
            print(f"{step:5d} {time.time() - start:5.0f} s lr {rate:.1e} loss {v[0]:.3f} J {v[1]:.3f} last {v[2]:.3f}", flush=True)
        if time.time() - saved > 120:
            save()
            saved = time.time()
        if step % args.every == 0:
            report("held out:")
    save()
    report("end:")
    print(f"done: {step} steps")


if __name__ == "__main__":
    main()
