"""Trains the heads on a pool of drawn pictures; the image encoder stays frozen.

    python train.py --pool FOLDER --find 60 --words 60 --out ckpt.pt              from nothing: objects first, then words
    python train.py --pool FOLDER --words 60 --start ckpt.pt --out ckpt.pt        go on with the words
    python train.py --pool FOLDER --find 5 --overfit 20 --calibrate 0             can it find what is in 20 pictures?

One process, one thread. Words are learned on the masks that the finder gives: train it first.
"""

import argparse
import copy
import math
import os
import time

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from model import E, G, NPAR, DecoderGraph, TinyConcept
from pictures import FORMS, GROUPS, HELD_OUT, MEANS, ORDER, VALIDATION_SEED, WORDS, labels, tokens
from pool import Encoder, Pool
from score import Totals, judge, questions

WORD_WEIGHT = torch.tensor([0.0, 0.1] + [1.0 / len(FORMS[m]) for m in MEANS[2:]])
BASE = [torch.tensor([WORDS.index(w) for w in GROUPS[g]]) for g in ORDER[:3]]  # colour, pattern, shape words


def geometry(masks):
    """soft masks nxExE 0..1 -> boxes nx4 (pixels of E), centroids nx2"""
    boxes, centres = np.zeros((len(masks), 4), np.float32), np.zeros((len(masks), 2), np.float32)
    for i, m in enumerate(masks):
        ys, xs = np.nonzero(m >= 0.5)
        boxes[i] = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
        centres[i] = xs.mean() + 0.5, ys.mean() + 0.5
    return boxes, centres


def heat_target(boxes, centres):
    target = np.zeros((G, G), np.float32)
    cells = np.clip((centres / (E // G)).astype(int), 0, G - 1)
    yy, xx = np.mgrid[0:G, 0:G]
    for (x0, y0, x1, y1), (cx, cy), (px, py) in zip(boxes, centres / (E // G) - 0.5, cells):
        s = max(0.55, 0.12 * min(x1 - x0, y1 - y0) / (E // G))
        target = np.maximum(target, np.exp(-((xx - cx) ** 2 + (yy - cy) ** 2) / (2 * s * s)) * 0.95)
    for px, py in cells:
        target[py, px] = 1
    return target, cells


def heat_loss(logits, target):
    p = torch.sigmoid(logits).clamp(1e-5, 1 - 1e-5)
    positive = (target == 1).float()
    loss = -(positive * (1 - p) ** 2 * torch.log(p) + (1 - positive) * (1 - target) ** 4 * p**2 * torch.log(1 - p))
    return loss.sum() / positive.sum().clamp(min=1)


def box_loss(p, t):
    """boxes nx4: 1 - generalised IoU, and relative differences"""
    w = (torch.min(p[:, 2:], t[:, 2:]) - torch.max(p[:, :2], t[:, :2])).clamp(min=0)
    both = w[:, 0] * w[:, 1]
    union = (p[:, 2:] - p[:, :2]).prod(1) + (t[:, 2:] - t[:, :2]).prod(1) - both
    hull = (torch.max(p[:, 2:], t[:, 2:]) - torch.min(p[:, :2], t[:, :2])).prod(1)
    side = (t[:, 2:] - t[:, :2]).mean(1, keepdim=True)
    return 1 - both / union + (hull - union) / hull + 0.5 * F.smooth_l1_loss(p / side, t / side, reduction="none", beta=0.1).sum(1)


def mask_loss(logits, y, box):
    """logits, y nxExE; the cross entropy counts near the box"""
    grid = torch.arange(E).float() + 0.5
    grow = 2 + 0.2 * (box[:, 2:] - box[:, :2])
    ix = ((grid > (box[:, 0] - grow[:, 0])[:, None]) & (grid < (box[:, 2] + grow[:, 0])[:, None])).float()
    iy = ((grid > (box[:, 1] - grow[:, 1])[:, None]) & (grid < (box[:, 3] + grow[:, 1])[:, None])).float()
    near = iy[:, :, None] * ix[:, None, :]
    p = torch.sigmoid(logits)
    bce = (F.softplus(logits) - logits * y) * near
    dice = 1 - (2 * (p * y).sum((1, 2)) + 1) / (p.sum((1, 2)) + y.sum((1, 2)) + 1)
    return bce.sum((1, 2)) / near.sum((1, 2)) * 1.5 + dice


def iou_of(logits, y):
    a, b = (logits > 0).flatten(1), (y >= 0.5).flatten(1)
    return (a & b).sum(1).float() / (a | b).sum(1).clamp(min=1)


def find_loss(model, pool, chosen, rng, log, bf16=False):
    """Heat, boxes and masks of whole pictures; no words."""
    emb = torch.from_numpy(np.stack([pool.features[i] for i in chosen])).float().contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        heat, sides, weights, features, _ = model.finder(emb)
    heat, sides, weights, features = (t.float().contiguous() for t in (heat, sides, weights, features))
    targets, boxes_all, masks_all, logits_all, loss_box = [], [], [], [], []
    for b, i in enumerate(chosen):
        n = int(pool.counts[i])
        y = pool.masks[i][:n].astype(np.float32) / 4
        boxes, centres = geometry(y)
        target, cells = heat_target(boxes, centres)
        targets.append(target)
        # the centre's cell, now and then its neighbour
        at = np.clip(cells + (rng.random((n, 1)) < 0.25) * rng.integers(-1, 2, (n, 2)), 0, G - 1)
        flat = torch.from_numpy(at[:, 1] * G + at[:, 0])
        par = weights[b].reshape(NPAR, -1).T[flat]
        box = model.boxes(sides[b].reshape(4, -1).T[flat], torch.from_numpy(at[:, 0]).float(), torch.from_numpy(at[:, 1]).float())
        true_box, yt = torch.from_numpy(boxes), torch.from_numpy(y)
        loss_box.append(box_loss(box, true_box))
        # masks are learned inside the true box or the predicted one
        swap = torch.from_numpy(rng.random(n) < 0.3)[:, None]
        wobble = torch.from_numpy(rng.normal(0, 0.04, (n, 4)).astype(np.float32)) * (true_box[:, 2:] - true_box[:, :2]).repeat(1, 2)
        logits_all.append(model.draw(features[b], par, torch.where(swap, true_box + wobble, box.detach())))
        masks_all.append(yt), boxes_all.append(true_box)
    logits, y, true_box = torch.cat(logits_all), torch.cat(masks_all), torch.cat(boxes_all)
    loss_heat = heat_loss(heat[:, 0], torch.from_numpy(np.stack(targets)))
    parts = [loss_heat, torch.cat(loss_box).mean(), mask_loss(logits, y, true_box).mean()]
    log.append([p.item() for p in parts] + [iou_of(logits.detach(), y).mean().item()])
    return parts[0] + parts[1] + 1.5 * parts[2]


def word_loss(logits, objects):
    """logits nxwords, objects nx4 -> sum over objects, how many colours, patterns, shapes come first"""
    bce = F.binary_cross_entropy_with_logits(logits, torch.from_numpy(labels(objects)), reduction="none")
    loss, hits = (bce * WORD_WEIGHT).sum(), np.zeros(3)
    for g, ids in enumerate(BASE):
        value = torch.from_numpy(objects[:, g])
        loss = loss + (0.5, 1.0, 0.5)[g] * F.cross_entropy(logits[:, ids], value, reduction="sum")
        hits[g] = (logits[:, ids].argmax(1) == value).sum().item()
    return loss, hits


@torch.no_grad()
def crops_of(model, pool, count, rng):
    """What the exported graph recognises in the pool's pictures, so that words are learned on the masks it will see:
    crops nx33xRxR in halves, sizes, heats, attributes nx4 (of the object whose mask the candidate draws best, at an IoU of
    0.5 or more; -2 where there is none: a piece, a second, or nothing at all)."""
    graph, rows = DecoderGraph(model), ([], [], [], [])
    count = min(count, pool.ready)
    for i in range(count):
        n = int(pool.counts[i])
        y = torch.from_numpy(pool.masks[i][:n] >= 2).flatten(1).float()
        logits, p, box, maps, heat, gone = graph.picked(torch.from_numpy(pool.features[i]).float()[None])
        b = (logits > 0).flatten(1).float()
        both = b @ y.T
        iou = both / (b.sum(1)[:, None] + y.sum(1)[None] - both).clamp(min=1)
        iou[gone > 0] = 0
        best, at = iou.max(0)
        objects = np.full((len(box), 4), -2, np.int64)
        for k in range(n):
            if best[k] >= 0.5:
                objects[at[k]] = pool.attributes[i][k]
        far = iou.amax(1).numpy() < 0.5  # neither is a second mask of one object taught: of IoU 0.5 or more, not the best
        none = np.flatnonzero((gone.numpy() == 0) & far & (objects[:, 0] == -2))
        hot = none[heat.numpy()[none] > -3]
        keep = np.concatenate([np.flatnonzero(objects[:, 0] > -2), hot, rng.choice(none, min(2, len(none)), False)])
        c, s = model.recognise(maps, p[keep], box[keep])
        for row, v in zip(rows, (c.half(), s, heat[keep], torch.from_numpy(objects[keep]))):
            row.append(v)
    sizes, heats, objects = (torch.cat(r) for r in rows[1:])
    crops = torch.empty(len(objects), *rows[0][0].shape[1:], dtype=torch.half)
    torch.cat(rows[0], out=crops)
    print(f"{len(crops)} crops, {int((objects[:, 0] > -2).sum())} of objects", flush=True)
    return crops, sizes, heats, objects.numpy()


def learn_words(model, mean, pool, minutes, lr, rng, count, save, batch=48, others=16):
    """Words and "is an object at all", on crops that are cut once; `batch` objects and `others` that are none a step."""
    crops, sizes, heats, objects = crops_of(model, pool, count, rng)
    ours, none = np.flatnonzero(objects[:, 0] > -2), np.flatnonzero(objects[:, 0] == -2)
    weight = torch.cat([torch.ones(batch), torch.full((others,), len(none) / len(ours) * batch / others)])
    real = torch.arange(batch + others) < batch
    learned = [*model.recogniser.parameters(), *model.words.parameters()]
    opt = torch.optim.AdamW(learned, lr=lr, weight_decay=0.02)
    start, step, log, saved = time.time(), 0, [], time.time()
    while (progress := (time.time() - start) / 60 / minutes) < 1:
        for g in opt.param_groups:
            g["lr"] = lr * min(1, (step + 1) / 40) * (0.505 + 0.495 * math.cos(math.pi * progress))
        at = np.concatenate([rng.choice(ours, batch, False), rng.choice(none, others, False)])
        c, s = crops[at].float(), sizes[at]
        if rng.random() < 0.5:  # no word depends on how an object is turned
            if rng.random() < 0.5:
                c, s = c.transpose(2, 3), s.flip(1)
            c = c.flip([d for d in (2, 3) if rng.random() < 0.5])
        with torch.autocast("cpu", torch.bfloat16):
            v, there = model.recogniser(c.contiguous(memory_format=torch.channels_last), s, heats[at])
        table = model.table()
        loss, hits = word_loss(v[:batch].float() @ table[:, :-1].T + table[:, -1], objects[at[:batch]])
        is_there = (F.binary_cross_entropy_with_logits(there.float(), real.float(), reduction="none") * weight).sum() / weight.sum()
        opt.zero_grad()
        (loss / batch + 2 * is_there).backward()
        torch.nn.utils.clip_grad_norm_(learned, 5.0)
        opt.step()
        step += 1
        follow(mean, model, min(0.998, (step + 1) / (step + 10)))
        log.append([loss.item() / batch / 3, is_there.item(), ((there > 0) == real).float().mean().item(), *(hits / batch)])
        if step % 200 == 0:
            names = "words there right colour pattern shape".split()
            print(f"words {step:5d} {time.time() - start:5.0f} s " + " ".join(f"{k} {x:.3f}" for k, x in zip(names, np.mean(log[-200:], 0))), flush=True)
        if time.time() - saved > 120:
            save()
            saved = time.time()


@torch.no_grad()
def follow(mean, model, keep):
    for q, p in zip(mean.state_dict().values(), model.state_dict().values()):
        if q.dtype.is_floating_point:
            q.lerp_(p, 1 - keep)
        else:
            q.copy_(p)


class Held:
    """Validation pictures with their features and phrases, encoded once."""

    def __init__(self, encoder, count, n=8, seed=VALIDATION_SEED, unseen=0.0):
        self.rows = []
        for i in range(count):
            image, masks, objects, asked = questions(seed + i, unseen, n)
            ids = torch.tensor([tokens(q[0]) for q in asked])
            self.rows.append((torch.from_numpy(encoder(image)).half(), masks, asked, ids))


@torch.no_grad()
def outputs(model, held):
    """What the exported graph gives for the held pictures: mask logits, class logits before calibration, full masks."""
    graph, out = DecoderGraph(model), []
    for emb, _, _, ids in held.rows:
        masks, _, vectors, there = graph.candidates(emb.float()[None])
        out.append((masks.numpy(), model.as_logit(model.evidence(vectors, there, F.embedding(ids, model.table()), (ids > 0).float())), {}))
    return out


@torch.no_grad()
def validate(model, held, given=None, only=None):
    """`only`: a rule of meanings, to count some phrases alone"""
    totals, right = Totals(), []
    for (masks, logits, cache), (_, truth, asked, _) in zip(given or outputs(model, held), held.rows):
        presence = torch.sigmoid(model.present(logits))
        scores = (torch.sigmoid(logits * model.calibration[0] + model.calibration[1]) * presence).numpy()
        for q, (_, true, meaning, kind) in enumerate(asked):
            if only and not only(meaning):
                continue
            totals.add(int(true.sum()), *judge(masks, scores[q], truth[true], cache))
            right.append((presence[q, 0].item() >= 0.5) == (kind == "positive"))
    return {**totals.result(), "presence": round(float(np.mean(right)), 3)}


def pair_unseen(meaning):
    return (meaning.get(0), meaning.get(2)) in HELD_OUT


def calibrate(model, held):
    """Fits presence and the shift of the class logits on validation pictures, as the exported graph sees them: there
    a candidate may be missed or doubled, which training never shows. -> presence loss, (cgF1, shift)"""
    given = outputs(model, held)
    rows = torch.cat([g[1] for g in given])
    want = torch.tensor([float(q[1].any()) for r in held.rows for q in r[2]])
    opt = torch.optim.Adam(model.presence.parameters(), 3e-3, weight_decay=1e-3)
    for _ in range(400):
        loss = F.binary_cross_entropy_with_logits(model.present(rows)[:, 0], want)
        opt.zero_grad()
        loss.backward()
        opt.step()
    best = (-1.0, 0.0)
    for shift in [*np.arange(-1.5, 3.01, 0.25), None]:
        with torch.no_grad():
            model.calibration.copy_(torch.tensor([1.0, best[1] if shift is None else float(shift)]))
        if shift is not None:
            best = max(best, (float(validate(model, held, given)["cgF1"]), float(shift)))
    return loss.item(), best


def whitening(model, pool):
    """The first layer starts by giving all directions of the features one deviation: colours lie along weak ones."""
    x = np.concatenate([pool.features[i].astype(np.float64).reshape(32, -1)[:, ::41] for i in range(0, min(pool.ready, 400), 2)], 1)
    values, vectors = np.linalg.eigh(np.cov(x))
    w = (vectors / np.sqrt(np.maximum(values, 0.004**2))).T
    with torch.no_grad():
        model.finder.white.weight.copy_(torch.from_numpy(w).float()[..., None, None])
        model.finder.white.bias.copy_(torch.from_numpy(-w @ x.mean(1)).float())
    return np.sqrt(values)


def load(path):
    """A checkpoint; of one of another form, the finder alone is taken."""
    model = TinyConcept().eval()
    got, own = torch.load(path, map_location="cpu")["model"], model.state_dict()
    fit = {k: v for k, v in got.items() if k in own and own[k].shape == v.shape}
    if len(fit) < len(own):
        fit = {k: v for k, v in fit.items() if k.startswith("finder.")}
        print("only the finder comes from", path)
    model.load_state_dict(fit, strict=False)
    return model


def find(model, mean, pool, minutes, lr, rng, args, save):
    opt = torch.optim.AdamW(model.finder.parameters(), lr=lr, weight_decay=0.01, betas=(0.9, 0.98))
    start, step, log, saved = time.time(), 0, [], time.time()
    while (progress := (time.time() - start) / 60 / minutes) < 1:
        for g in opt.param_groups:
            g["lr"] = lr * min(1, (step + 1) / 40) * (0.5 + 0.5 * math.cos(math.pi * progress)) + 1e-6
        loss = find_loss(model, pool, rng.choice(args.overfit or min(args.pictures, pool.ready), args.batch, False), rng, log, args.bf16)
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.finder.parameters(), 3.0)
        opt.step()
        step += 1
        follow(mean, model, min(0.995, (step + 1) / (step + 10)))
        if step % 20 == 0:
            print(f"find {step:5d} {time.time() - start:5.0f} s " + " ".join(f"{k} {x:.3f}" for k, x in zip("heat box mask IoU".split(), np.mean(log[-20:], 0))), flush=True)
        if time.time() - saved > 120:
            save()
            saved = time.time()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--pool", required=True)
    ap.add_argument("--pictures", type=int, default=8000)
    ap.add_argument("--start")
    ap.add_argument("--out", default="ckpt.pt")
    ap.add_argument("--find", type=float, default=0, help="minutes of finding objects")
    ap.add_argument("--words", type=float, default=0, help="minutes of words, after that")
    ap.add_argument("--lr", type=float, default=2e-3)
    ap.add_argument("--batch", type=int, default=8)
    ap.add_argument("--seed", type=int, default=0)
    ap.add_argument("--overfit", type=int, default=0)
    ap.add_argument("--bf16", action="store_true")
    ap.add_argument("--calibrate", type=int, default=150, help="validation pictures of the last step")
    args = ap.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    pool = Pool(args.pool)
    model = load(args.start) if args.start else TinyConcept()
    if not args.start:
        print("deviations of the encoder's directions:", np.round(whitening(model, pool), 4).tolist())
    print(f"{sum(p.numel() for p in model.parameters())} weights, pool {pool.ready}", flush=True)
    model = model.to(memory_format=torch.channels_last).train()
    mean = copy.deepcopy(model).eval()

    def save():
        half = {k: v.half() if v.dtype == torch.float32 else v for k, v in mean.state_dict().items()}
        torch.save({"model": half}, args.out + ".new")
        os.replace(args.out + ".new", args.out)

    if args.find:
        find(model, mean, pool, args.find, args.lr, rng, args, save)
        model.finder.load_state_dict(mean.finder.state_dict())
    model.finder.eval()
    if args.words:
        learn_words(model, mean, pool, args.words, args.lr, rng, args.pictures, save)
    save()
    if args.calibrate:
        held = Held(Encoder(), args.calibrate, 12)
        unseen = Held(Encoder(), args.calibrate // 2, 12, VALIDATION_SEED + 100_000, 0.5)
        print("before:", validate(mean, held))
        print("calibrated (presence loss, (cgF1, shift)):", calibrate(mean, held))
        print("after:", validate(mean, held), flush=True)
        print("half of the objects of unseen pairs:", validate(mean, unseen), flush=True)
        print("colour and shape, pair unseen:", validate(mean, unseen, only=pair_unseen), flush=True)
        save()


if __name__ == "__main__":
    main()
