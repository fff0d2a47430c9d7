"""Trains the tiny model on a pool of procedural scenes (see pool.py).

    python train.py --pool FOLDER --start ckpt.pt --out new.pt --minutes 75

Data-parallel over processes (one thread each; set RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT): on a CPU two
processes of one thread are several times faster than one process of two threads.

Clicks are placed where the protocol `sam1-d1@1` places them: the deepest pixel of the larger error region of
the thresholded mask at picture resolution; what is fed back is what the protocol feeds back (after one click
the multimask output with the highest predicted IoU, later the single mask; raw logits). Gradients flow through
the first round and through one later round, the rounds between only move the prompts along.

BatchNorm stays in evaluation mode: the rounds see very different inputs, and statistics of a batch out of one
round are not those the exported graph will use.
"""

import argparse
import copy
import glob
import math
import os
import time

import cv2
import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F

from model import MEAN, STD, Decoder, E, Encoder, S, load
from scenes import VALIDATION_SEED, scene

RANK, WORLD = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))


# -------------------------------------------------------------------------------------------------- data


class Pool:
    def __init__(self, folder, rng, images_a_step, targets):
        self.images = np.load(f"{folder}/images.npy", mmap_mode="r")
        self.masks = np.load(f"{folder}/masks.npy", mmap_mode="r")
        self.sizes = np.load(f"{folder}/sizes.npy", mmap_mode="r")
        self.folder, self.rng, self.n, self.k = folder, rng, images_a_step, targets
        self.ready, self.looked = 0, 0.0

    def count(self):
        """Scenes finished so far (by the slowest of the drawing processes)."""
        if time.time() - self.looked > 20:
            parts = glob.glob(f"{self.folder}/ready_*")
            self.ready = min(int(open(p).read() or 0) for p in parts) * len(parts)
            self.looked = time.time()
        return min(self.ready, len(self.images))

    def batch(self):
        """-> images nx3xSxS float32 (normalised), masks (n*k)xSxS uint8, sizes (n*k)x2"""
        rng, xs, ys, sizes = self.rng, [], [], []
        for i in rng.integers(0, self.count(), self.n):
            h, w = (int(v) for v in self.sizes[i])
            y = np.unpackbits(self.masks[i][rng.permutation(len(self.masks[i]))[: self.k]], axis=2)
            x = self.images[i].astype(np.float32)
            if h == S and w == S:
                r = rng.integers(0, 4)
                x, y = np.rot90(x, r, (0, 1)), np.rot90(y, r, (1, 2))
                if rng.random() < 0.5:
                    x, y = x[:, ::-1], y[:, :, ::-1]
            if rng.random() < 0.5:
                x = x[..., rng.permutation(3)]
            x = x * rng.uniform(0.8, 1.2, 3) * (rng.uniform(0.08, 0.6) if rng.random() < 0.2 else 1)
            xs.append(normalise(x, h, w))
            ys.append(y)
            sizes += [(h, w)] * self.k
        x = torch.from_numpy(np.stack(xs)).to(memory_format=torch.channels_last)
        return x, np.ascontiguousarray(np.concatenate(ys)), sizes


def normalise(x, h, w):
    x = ((x - np.array(MEAN)) / np.array(STD)).astype(np.float32)
    x[h:] = 0
    x[:, w:] = 0
    return np.ascontiguousarray(x.transpose(2, 0, 1))


# ------------------------------------------------------------------------------------------------ clicks


def depth(region):
    """Distance to the nearest pixel outside, the picture's border counting as outside."""
    padded = np.pad(region.astype(np.uint8), 1)
    return cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]


def next_click(gt, pred, rng=None, stray=0.0):
    """gt, pred: bool h x w -> (x, y, label), as the protocol does it, or with chance `stray` elsewhere in the
    same error region."""
    dn, dp = depth(gt & ~pred), depth(pred & ~gt)
    positive = dn.max() > dp.max()
    d = dn if positive else dp
    i = int(d.argmax())
    if stray and d.flat[i] > 0 and rng.random() < stray:
        inside = np.flatnonzero(d)
        weight = d.flat[inside] ** 2 if rng.random() < 0.7 else np.ones(len(inside))
        i = int(rng.choice(inside, p=weight / weight.sum()))
    return i % d.shape[1], i // d.shape[1], int(positive)


class Prompts:
    """The prompts of a batch of targets: points so far, and the mask to feed back."""

    def __init__(self, masks, sizes, rng):
        self.rng, self.n = rng, len(masks)
        self.gt = [m[:h, :w].astype(bool) for m, (h, w) in zip(masks, sizes)]
        self.points = []
        self.previous, self.has = torch.zeros(self.n, 1, E, E), torch.zeros(self.n)
        self.one_click = np.zeros(self.n, bool)
        # Pictures larger than the frame put a click or the far side of a box up to a pixel further right.
        self.shift = np.where(rng.random(self.n) < 0.4, 0, 1 - 1 / rng.uniform(1, 4, self.n))
        for k in range(self.n):
            self.points.append(self.first(k))

    def first(self, k):
        rng, gt, kind = self.rng, self.gt[k], self.rng.random()
        if kind < 0.28:
            ys, xs = np.nonzero(gt)
            x0, x1, y0, y1 = xs.min(), xs.max() + self.shift[k], ys.min(), ys.max() + self.shift[k]
            j = np.zeros(4)
            if rng.random() < 0.5:
                j = np.clip(rng.normal(0, 0.08, 4) * [x1 - x0, y1 - y0, x1 - x0, y1 - y0], -10, 10)
            return [(x0 + j[0], y0 + j[1], 2), (x1 + j[2], y1 + j[3], 3)]
        if kind < 0.33:  # several foreground points at once
            inside = rng.choice(np.flatnonzero(gt), int(rng.integers(2, 7)))
            return [(*self.place(i % gt.shape[1], i // gt.shape[1], k), 1) for i in inside]
        if kind < 0.38:  # a rough mask alone
            r = max(1, round(0.03 * math.sqrt(gt.sum()) * rng.uniform(0.5, 3)))
            ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1, 2 * r + 1))
            rough = (cv2.dilate if rng.random() < 0.5 else cv2.erode)(gt.astype(np.uint8), ball)
            full = np.zeros((S, S), np.float32)
            full[: gt.shape[0], : gt.shape[1]] = rough
            small = cv2.resize(full, (E, E), interpolation=cv2.INTER_AREA) * 20 - 10
            self.previous[k, 0], self.has[k] = torch.from_numpy(small), 1
            return [(0, 0, -1)]
        self.one_click[k] = True
        x, y, _ = next_click(gt, np.zeros_like(gt), rng, 0.35)
        return [(*self.place(x, y, k), 1)]

    def place(self, x, y, k):
        a, b = self.rng.uniform(0, self.shift[k] + 1e-9, 2)
        return x + a, y + b

    def tensors(self):
        n = max(len(p) for p in self.points)
        coords, labels = torch.zeros(self.n, n, 2), -torch.ones(self.n, n)
        for k, p in enumerate(self.points):
            t = torch.tensor(p, dtype=torch.float32)
            coords[k, : len(p)], labels[k, : len(p)] = t[:, :2], t[:, 2]
        return coords, labels, self.previous, self.has

    def advance(self, logits, iou, first):
        """Takes the mask the protocol would take, feeds it back, and adds the next click."""
        pick = torch.zeros(self.n, dtype=torch.long)
        if first:
            rows = torch.from_numpy(self.one_click)
            pick[rows] = iou[rows, 1:].argmax(1) + 1
        chosen = logits[torch.arange(self.n), pick][:, None].detach().float()
        full = (F.interpolate(chosen, size=(S, S), mode="bilinear", align_corners=False)[:, 0] > 0).numpy()
        self.previous = chosen
        self.has = torch.from_numpy((self.rng.random(self.n) > 0.06).astype(np.float32))
        for k, gt in enumerate(self.gt):
            x, y, label = next_click(gt, full[k, : gt.shape[0], : gt.shape[1]], self.rng, 0.15)
            self.points[k] = [p for p in self.points[k] if p[2] >= 0] + [(*self.place(x, y, k), label)]


# ------------------------------------------------------------------------------------------------ losses


def full_size(logits):
    return F.interpolate(logits, size=(S, S), mode="bilinear", align_corners=False)


def iou_of(logits, y):
    """Exact IoU at picture resolution: PxM."""
    with torch.no_grad():
        a = (full_size(logits) > 0).flatten(2).float()
        b = y.flatten(1)[:, :, None]
        both = (a @ b)[..., 0]
        return both / (a.sum(2) + y.sum((1, 2))[:, None] - both).clamp(min=1)


def mask_loss(logits, y, band):
    """PxExE logits against PxSxS masks -> P. `band` marks the pixels near the outline."""
    x = full_size(logits[:, None])[:, 0]
    p = torch.sigmoid(x)
    bce = F.softplus(x) - x * y
    hard = (p.detach() - y).abs()
    focal = (bce * (12 * hard + 2)).mean((1, 2))
    dice = 1 - (2 * (p * y).sum((1, 2)) + 4) / (p.sum((1, 2)) + y.sum((1, 2)) + 4)
    outline = (bce * band).sum((1, 2)) / band.sum((1, 2)).clamp(min=1)
    return focal + dice + 0.5 * outline


def outline_band(masks, r=4):
    box = np.ones((2 * r + 1, 2 * r + 1), np.uint8)
    return torch.from_numpy(np.stack([cv2.dilate(m, box) - cv2.erode(m, box) for m in masks])).float()


# -------------------------------------------------------------------------------------------- validation


@torch.no_grad()
def validate(encoder, decoder, scenes, rounds=5):
    """sam1-d1@1 on held-out scenes: mean IoU after 1 click, its oracle, after 2, 3 and 5 clicks, and of boxes."""
    one, oracle, later, boxes = [], [], [[] for _ in range(rounds - 1)], []
    for image, masks, h, w in scenes:
        emb = encoder(torch.from_numpy(normalise(image.astype(np.float32), h, w))[None])
        y = torch.from_numpy(masks).float()
        gts, n = [m[:h, :w] for m in masks], len(masks)
        corners = []
        for g in gts:
            ys, xs = np.nonzero(g)
            corners.append([[xs.min(), ys.min()], [xs.max(), ys.max()]])
        out, _ = decoder(emb, torch.tensor(corners).float(), torch.tensor([[2.0, 3.0]] * n), torch.zeros(n, 1, E, E), torch.zeros(n))
        boxes.append(iou_of(out[:, :1], y)[:, 0].mean())
        points, previous = [[] for _ in gts], torch.zeros(n, 1, E, E)
        full = np.zeros((n, S, S), bool)
        for r in range(rounds):
            for k, g in enumerate(gts):
                points[k].append(next_click(g, full[k, :h, :w]))
            t = torch.tensor(points, dtype=torch.float32)
            out, score = decoder(emb, t[..., :2], t[..., 2], previous, torch.full((n,), float(r > 0)))
            ious = iou_of(out, y)
            pick = score[:, 1:].argmax(1) + 1 if r == 0 else torch.zeros(n, dtype=torch.long)
            rows = torch.arange(n)
            (one if r == 0 else later[r - 1]).append(ious[rows, pick].mean())
            if r == 0:
                oracle.append(ious[:, 1:].max(1)[0].mean())
            previous = out[rows, pick][:, None]
            full = (full_size(previous)[:, 0] > 0).numpy()
    mean = [float(torch.stack(v).mean()) for v in (one, oracle, *later, boxes)]
    return dict(zip(["@1", "oracle@1", *(f"@{i + 2}" for i in range(rounds - 1)), "box"], mean))


# ------------------------------------------------------------------------------------------------- train


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--pool", required=True)
    ap.add_argument("--start", help="checkpoint to go on from")
    ap.add_argument("--out", required=True)
    ap.add_argument("--minutes", type=float, default=75)
    ap.add_argument("--lr", type=float, default=8e-4)
    ap.add_argument("--images", type=int, default=5, help="images a step and process")
    ap.add_argument("--targets", type=int, default=4, help="targets an image")
    ap.add_argument("--late", type=float, default=1.0, help="weight of the mask of the last round")
    ap.add_argument("--seed", type=int, default=0)
    ap.add_argument("--no-bf16", action="store_true")
    args = ap.parse_args()

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(args.seed)
    if WORLD > 1:
        dist.init_process_group("gloo")
    rng = np.random.default_rng([args.seed, RANK])
    shared = np.random.default_rng(args.seed)  # the same in every process: they must run equally long
    encoder = Encoder().to(memory_format=torch.channels_last).eval()
    decoder = Decoder().to(memory_format=torch.channels_last).eval()
    if args.start:
        new = load(args.start, encoder, decoder)
        if RANK == 0:
            print("new layers:", new, flush=True)
    else:
        encoder.train(), decoder.train()
    mean_encoder, mean_decoder = copy.deepcopy(encoder).eval(), copy.deepcopy(decoder).eval()
    params = list(encoder.parameters()) + list(decoder.parameters())
    if WORLD > 1:
        for p in params:
            dist.broadcast(p.data, 0)
    opt = torch.optim.AdamW(params, lr=args.lr, weight_decay=1e-2, betas=(0.9, 0.99))
    pool = Pool(args.pool, rng, args.images, args.targets)
    held_out = [scene(VALIDATION_SEED + i, 4) for i in range(48)] if RANK == 0 else []

    def save():
        torch.save({"enc": mean_encoder.state_dict(), "dec": mean_decoder.state_dict()}, args.out)

    def autocast():
        return torch.autocast("cpu", torch.bfloat16, enabled=not args.no_bf16)

    start, step, progress, log = time.time(), 0, 0.0, []
    while progress < 1:
        lr = args.lr * min(1, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * progress)) + 1e-6
        for group in opt.param_groups:
            group["lr"] = lr
        x, masks, sizes = pool.batch()
        y, band = torch.from_numpy(masks).float(), outline_band(masks)
        prompts = Prompts(masks, sizes, rng)
        one = torch.from_numpy(prompts.one_click).float()
        rows = torch.arange(len(y))

        with autocast():
            emb = encoder(x)
        emb = emb.float()
        with autocast():
            logits, score = decoder(emb, *prompts.tensors())
        real = iou_of(logits, y)
        best = (real[:, 1:] + 0.01 * score.detach()[:, 1:]).argmax(1) + 1
        single, multi = mask_loss(logits[:, 0], y, band), mask_loss(logits[rows, best], y, band)
        loss = (single * (1 - 0.7 * one) + multi * one).mean()
        error = (score - real) ** 2
        loss = loss + 3 * (error[:, 1:].mean(1) * one + error[:, 0] * (1 - one)).mean() + error.mean()
        selected = real[rows, torch.where(one > 0, score[:, 1:].argmax(1) + 1, 0)]
        oracle = real[:, 1:].max(1)[0]

        last = int(shared.choice([2, 3, 4, 5, 6, 8], p=[0.1, 0.16, 0.24, 0.3, 0.12, 0.08]))
        for r in range(1, last):
            prompts.advance(logits, score, r == 1)
            with autocast(), torch.set_grad_enabled(r == last - 1):
                logits, score = decoder(emb, *prompts.tensors())
        late = iou_of(logits[:, :1], y)[:, 0]
        loss = loss + args.late * mask_loss(logits[:, 0], y, band).mean() + ((score[:, 0] - late) ** 2).mean()

        opt.zero_grad()
        loss.backward()
        elapsed = (time.time() - start) / 60 / args.minutes
        if WORLD > 1:
            flat = torch.cat([p.grad.flatten() for p in params] + [torch.tensor([elapsed])])
            dist.all_reduce(flat)
            flat /= WORLD
            at = 0
            for p in params:
                p.grad.copy_(flat[at : at + p.numel()].view_as(p))
                at += p.numel()
            elapsed = float(flat[-1])
        progress = elapsed
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        opt.step()
        step += 1
        with torch.no_grad():
            keep = min(0.998, (step + 1) / (step + 20))
            for mean, now in ((mean_encoder, encoder), (mean_decoder, decoder)):
                for q, p in zip(mean.state_dict().values(), now.state_dict().values()):
                    if q.dtype.is_floating_point:
                        q.lerp_(p, 1 - keep)
                    else:
                        q.copy_(p)
        click = one > 0
        log.append((loss.item(), selected[click].mean().item(), oracle[click].mean().item(), selected[~click].mean().item(), late.mean().item()))  # fmt: skip
        if RANK == 0 and step % 50 == 0:
            v = np.nanmean(log[-50:], 0)
            print(f"{step:5d} {time.time() - start:5.0f} s lr {lr:.1e} loss {v[0]:.3f} click {v[1]:.3f} oracle {v[2]:.3f} box {v[3]:.3f} later {v[4]:.3f}", flush=True)  # fmt: skip
        if RANK == 0 and (step in (1, 200) or step % 500 == 0):
            save()
            print("held out:", {k: round(v, 3) for k, v in validate(mean_encoder, mean_decoder, held_out).items()}, flush=True)
    if RANK == 0:
        save()
        print("held out:", {k: round(v, 3) for k, v in validate(mean_encoder, mean_decoder, held_out).items()})
        print(f"done: {step} steps, {step * WORLD * args.images * args.targets} targets")


if __name__ == "__main__":
    main()
