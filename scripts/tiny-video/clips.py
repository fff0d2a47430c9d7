"""Procedural clips with exact visible masks of every object in every frame. No photograph is used anywhere.

`clip(seed)` draws T frames of 256 x 256 RGB and the visible masks of up to K objects. Objects are textured shapes,
jointed bodies with swinging limbs, and cut-outs of still scenes (see scenes.py); they drift, turn, grow, bend,
pass behind one another, are crossed by occluders, leave the picture and return. The camera pans, zooms and shakes;
light, blur and noise change. A fifth of the clips are still scenes under a moving camera.

Seeds below 1,000,000 are held out (0... scores, 500,000... validates); training starts at 1,000,000.

    python clips.py sheet.png [first_seed]      draws a contact sheet: a clip a row
"""

import sys
import time

import cv2
import numpy as np

import still  # noqa: F401
from scenes import S, cached_noise, fbm, quick, ramp, scene, shape, texture, two_tone

HELD_OUT_SEED = 0
VALIDATION_SEED = 500_000
TRAINING_SEED = 1_000_000
MIN_AREA = 60  # visible pixels an object must have in some frame to be a target
BIG = 2 * S


# --------------------------------------------------------------------------------------------- paths in time


def smooth_noise(rng, n, knots):
    """n values of about unit deviation that change smoothly; `knots` > 1 for several bends."""
    k = rng.normal(0, 1, knots + 3)
    x = np.linspace(1, knots + 1, n)
    i = np.clip(x.astype(int), 1, knots)
    f = x - i
    a, b, c, d = k[i - 1], k[i], k[i + 1], k[i + 2]
    return b + 0.5 * f * (c - a + f * (2 * a - 5 * b + 4 * c - d + f * (3 * (b - c) + d - a)))


def path(rng, n, speed):
    """n x 2 offsets from the start; `speed` is about the pixels a frame."""
    t = np.arange(n)[:, None]
    kind = rng.random()
    a = rng.uniform(0, 2 * np.pi)
    d = np.array([np.cos(a), np.sin(a)])
    if kind < 0.4:  # nearly straight
        p = t * speed * d + 0.5 * t * t * rng.normal(0, speed / n, 2)
    elif kind < 0.7:  # to and fro
        w = rng.uniform(0.2, 0.9)
        phase = rng.uniform(0, 2 * np.pi, 2)
        reach = speed / w * np.array([1.0, rng.uniform(0, 0.6)])
        p = np.sin(w * t + phase) * reach
        p = np.stack([p[:, 0] * d[0] - p[:, 1] * d[1], p[:, 0] * d[1] + p[:, 1] * d[0]], 1)
    else:
        knots = int(rng.integers(1, 4))
        p = np.stack([smooth_noise(rng, n, knots) for _ in range(2)], 1) * speed * n / (2.2 * knots)
    p = p + rng.normal(0, rng.choice([0, 0, 0.7]), (n, 2))
    return p - p[0]


def affine(scale, angle, centre, to):
    """2 x 3: turns and scales about `centre`, and brings it to `to`."""
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    m = np.array([[c, -s], [s, c]])
    return np.concatenate([m, (np.asarray(to) - m @ centre)[:, None]], 1)


def chain(outer, inner):
    return np.concatenate([outer[:, :2] @ inner[:, :2], (outer[:, :2] @ inner[:, 2:] + outer[:, 2:])], 1)


# ------------------------------------------------------------------------------------------------- sprites


def rgba(colour, alpha):
    out = np.empty((S, S, 4), np.uint8)
    out[..., :3] = np.clip(colour, 0, 255)
    out[..., 3] = np.clip(alpha * 255, 0, 255)
    return out


def outlined(rng, look, m):
    edge = cv2.morphologyEx((m > 0.5).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    return np.where(edge[..., None] > 0, rng.uniform(0, 255, 3), look)


def shaded(rng, look, m):
    """A soft light from one side, as on a round body."""
    soft = cv2.GaussianBlur(m, (0, 0), max(1.5, np.sqrt(m.sum()) * 0.15))
    gx, gy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    a = rng.uniform(0, 2 * np.pi)
    light = gx * np.cos(a) + gy * np.sin(a)
    light /= np.abs(light).max() + 1e-6
    return look * (1 + rng.uniform(0.1, 0.6) * light)[..., None]


def surface(rng, c, m, pick):
    look = texture(rng, c, rng.choice([4, 15, 40, 70])) if rng.random() < 0.7 else quick(rng, c)
    if rng.random() < 0.3:
        look = two_tone(rng, m, look, quick(rng, pick()))
    if rng.random() < 0.5:
        look = shaded(rng, look, m)
    if rng.random() < 0.15:
        look = outlined(rng, look, m)
    return look


class Thing:
    """One object: layers (image, joint, swing) drawn in order; the first is the body."""

    def __init__(self, layers, centre, radius):
        self.layers, self.centre, self.radius = layers, np.asarray(centre, float), radius


def simple(rng, r, pick):
    c = S / 2
    m = shape(rng, c, c, r)
    look = surface(rng, pick(), m, pick)
    for _ in range(int(rng.integers(0, 4)) if r > 14 else 0):
        part = shape(rng, *(c + rng.normal(0, r * 0.35, 2)), r * rng.uniform(0.15, 0.5))[..., None]
        look = look * (1 - part) + quick(rng, pick()) * part
    return Thing([(rgba(look, m), None, None)], (c, c), r)


def jointed(rng, r, pick):
    """A body with limbs that swing about their joints."""
    c = S / 2
    body = shape(rng, c, c, r * rng.uniform(0.5, 0.8), int(rng.choice([0, 1, 2, 7, 8])))
    coat = pick()
    layers, swing = [], rng.uniform(0.1, 0.9)
    w, phase = rng.uniform(0.3, 1.4), rng.uniform(0, 6.3)
    turned = rng.uniform(0, 2 * np.pi)
    for i in range(int(rng.integers(1, 6))):
        a = turned + rng.normal(0, 1.2)
        joint = np.array([c, c]) + r * rng.uniform(0.2, 0.5) * np.array([np.cos(a), np.sin(a)])
        tip = joint + r * rng.uniform(0.3, 0.7) * np.array([np.cos(a), np.sin(a)])
        limb = shape(rng, *((joint + tip) / 2), r * rng.uniform(0.25, 0.5), int(rng.choice([0, 1, 2, 8])))
        limb[...] = np.maximum(limb, 0)
        tone = np.clip(coat + rng.normal(0, rng.choice([5, 40]), 3), 0, 255) if rng.random() < 0.7 else pick()
        how = (swing * rng.uniform(0.3, 1), w, phase + rng.uniform(0, 3) * i)
        layers.append((rgba(surface(rng, tone, limb, pick), limb), joint, how))
    body = (rgba(surface(rng, coat, body, pick), body), None, None)
    at = int(rng.integers(0, len(layers) + 1))
    return Thing(layers[:at] + [body] + layers[at:], (c, c), r)


def cut_out(rng, still):
    """An object out of a still scene."""
    image, masks = still
    areas = masks.sum((1, 2))
    good = np.flatnonzero((areas > 250) & (areas < 20000))
    if not len(good):
        return None
    m = masks[rng.choice(good)].astype(np.float32)
    ys, xs = np.nonzero(m)
    centre = (xs.min() + xs.max()) / 2, (ys.min() + ys.max()) / 2
    alpha = cv2.GaussianBlur(m, (0, 0), 0.7)
    return Thing([(rgba(image, alpha), None, None)], centre, max(np.ptp(xs), np.ptp(ys)) / 2 + 1)


class Actor:
    """A thing with its motion over T frames."""

    def __init__(self, rng, thing, T, start, speed):
        self.thing = thing
        self.to = np.asarray(start) + path(rng, T, speed)
        calm = rng.random() < 0.35
        turn = 0 if calm else np.exp(rng.uniform(np.log(0.01), np.log(0.2)))
        self.angle = rng.uniform(0, 2 * np.pi) + turn * (
            np.arange(T) * rng.choice([-1, 1]) if rng.random() < 0.5 else T / 3 * smooth_noise(rng, T, 2)
        )
        grow = rng.choice([0.0, 0.15, 0.4])
        self.scale = np.exp(np.clip(grow * smooth_noise(rng, T, 1), -0.8, 0.8))
        self.scale /= self.scale[0]
        self.bend = rng.random() < 0.45
        k = int(rng.choice([3, 4, 5]))
        self.field = [
            cv2.resize(rng.normal(0, 1, (k, k, 2)).astype(np.float32), (S, S), interpolation=cv2.INTER_CUBIC)
            for _ in range(2)
        ]
        self.bend_reach = thing.radius * rng.uniform(0.02, 0.14)
        self.bend_w, self.bend_phase = rng.uniform(0.2, 1.2), rng.uniform(0, 6.3)
        self.glow = np.exp(rng.choice([0, 0.15]) * smooth_noise(rng, T, 2))
        self.owner = None

    def draw(self, t, camera, frame, owner, own):
        move = chain(camera, affine(self.scale[t], self.angle[t], self.thing.centre, self.to[t]))
        for image, joint, how in self.thing.layers:
            m = move
            if how is not None:
                m = chain(move, affine(1, how[0] * np.sin(how[1] * t + how[2]), joint, joint))
            if self.bend:
                s = self.bend_w * t + self.bend_phase
                # The inverse map, bent a little on the canvas of the frame.
                inv = cv2.invertAffineTransform(m).astype(np.float32)
                f = self.field[0] * np.float32(np.sin(s) * self.bend_reach) + self.field[1] * np.float32(np.cos(s) * self.bend_reach)
                x, y = GRID[..., 0] + f[..., 0], GRID[..., 1] + f[..., 1]
                mx, my = inv[0, 0] * x + inv[0, 1] * y + inv[0, 2], inv[1, 0] * x + inv[1, 1] * y + inv[1, 2]
                w = cv2.remap(image, mx, my, cv2.INTER_LINEAR)
            else:
                w = cv2.warpAffine(image, m, (S, S), flags=cv2.INTER_LINEAR)
            a = w[..., 3]
            rows = np.flatnonzero(a.max(1))
            if not len(rows):
                continue
            cols = np.flatnonzero(a.max(0))
            box = slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)
            f = a[box][..., None].astype(np.float32) / 255
            frame[box] = frame[box] * (1 - f) + w[box][..., :3] * (f * np.float32(self.glow[t]))
            owner[box][a[box] > 127] = own


GRID = np.stack(np.meshgrid(np.arange(S), np.arange(S)), -1).astype(np.float32)


# --------------------------------------------------------------------------------------------------- camera


def camera_path(rng, T):
    """T affine maps from the world (its centre in the middle of the big background) to the frame."""
    style = rng.choice(["still", "shake", "pan", "free"], p=[0.3, 0.15, 0.3, 0.25])
    shift, zoom, roll = np.zeros((T, 2)), np.zeros(T), np.zeros(T)
    if style == "shake":
        shift = rng.normal(0, rng.uniform(0.5, 3), (T, 2))
    if style in ("pan", "free"):
        shift = path(rng, T, np.exp(rng.uniform(np.log(0.5), np.log(10))))
    if style == "free":
        zoom = rng.uniform(0, 0.25) * smooth_noise(rng, T, 1)
        roll = rng.uniform(0, 0.15) * smooth_noise(rng, T, 1)
    c = np.array([S / 2, S / 2])
    return [affine(np.exp(np.clip(zoom[t], -0.5, 0.7)), roll[t], c, c + shift[t]) for t in range(T)]


def develop(rng, frames):
    """Light, lens and sensor over a whole clip."""
    T = len(frames)
    gain = np.exp(rng.choice([0, 0.06, 0.2]) * smooth_noise(rng, T, 2))
    gamma = np.exp(rng.normal(0, 0.25))
    tint = rng.uniform(0.6, 1.1, 3) if rng.random() < 0.3 else np.ones(3)
    veil = rng.uniform(0, 60, 3) if rng.random() < 0.2 else np.zeros(3)
    blur = rng.uniform(0.3, 1.5) if rng.random() < 0.5 else 0
    noise = rng.choice([0, 2, 5, 12])
    jpeg = int(rng.integers(35, 95)) if rng.random() < 0.5 else 0
    shade = (0.5 + cached_noise(rng) * 0.8)[..., None] if rng.random() < 0.3 else 1.0
    grey = rng.random() < 0.1
    field = (rng.standard_normal((BIG, BIG, 3)) * noise).astype(np.float32) if noise else None
    table_x = np.arange(256) / 255
    out = np.empty((T, S, S, 3), np.uint8)
    for t, x in enumerate(frames):
        if blur:
            x = cv2.GaussianBlur(x, (0, 0), blur)
        x = x * (tint * gain[t] * shade).astype(np.float32) + veil.astype(np.float32)
        if grey:
            x = np.repeat(x.mean(2, keepdims=True), 3, 2)
        if noise:
            a, b = rng.integers(0, S, 2)
            x = x + field[a : a + S, b : b + S]
        x = np.clip(x, 0, 255).astype(np.uint8)
        x = (255 * table_x**gamma).astype(np.uint8)[x]
        if jpeg:
            x = cv2.imdecode(cv2.imencode(".jpg", x, [cv2.IMWRITE_JPEG_QUALITY, jpeg])[1], 1)
        out[t] = x
    return out


# ----------------------------------------------------------------------------------------------------- clip


def background(rng, still, colour):
    if still is not None and rng.random() < 0.6:
        base = still[0]
    else:
        base = texture(rng, colour, rng.choice([8, 25, 60]))
        if rng.random() < 0.5:
            other = texture(rng, np.clip(colour + rng.normal(0, 60, 3), 0, 255), 40)
            t = np.clip((fbm(rng, octaves=3) if rng.random() < 0.5 else ramp(rng)) * 6 - rng.uniform(1, 5), 0, 1)
            base = base * (1 - t[..., None]) + other * t[..., None]
        base = np.clip(base, 0, 255).astype(np.uint8)
    return np.pad(base, ((S // 2, S // 2), (S // 2, S // 2), (0, 0)), mode="reflect")


def clip(seed, T=8, K=3):
    """-> frames TxSxSx3 uint8, masks KxTxSxS bool. Rows of `masks` beyond the objects there are stay empty."""
    rng = np.random.default_rng(seed)
    still = None
    if rng.random() < 0.55:
        image, masks, h, w = scene(int(rng.integers(1 << 40)) * 2 + int(seed >= TRAINING_SEED), 6)
        h, w = min(h, w), min(h, w)
        image = cv2.resize(image[:h, :w], (S, S))
        masks = np.stack([cv2.resize(m[:h, :w].astype(np.uint8), (S, S), interpolation=cv2.INTER_NEAREST) for m in masks])
        still = image, masks > 0
    camera = camera_path(rng, T)
    if still is not None and rng.random() < 0.36:
        return moving_still(rng, still, T, K)

    palette = rng.uniform(0, 255, (int(rng.integers(2, 6)), 3))
    low = rng.random() < 0.35

    def pick():
        c = palette[rng.integers(len(palette))] + rng.normal(0, 25, 3)
        if low:
            c = palette[0] + rng.normal(0, 1, 3) * rng.uniform(12, 70)
        return np.clip(c, 0, 255)

    back = background(rng, still, palette[0])
    n = int(rng.choice([1, 2, 3, 4, 6], p=[0.2, 0.3, 0.25, 0.15, 0.1]))
    actors, lead = [], None
    for i in range(n):
        r = np.exp(rng.uniform(np.log(12), np.log(110)) if i == 0 else rng.uniform(np.log(9), np.log(60)))
        thing = cut_out(rng, still) if still is not None and rng.random() < 0.25 else None
        if thing is None:
            thing = (jointed if r > 16 and rng.random() < 0.5 else simple)(rng, r, pick)
        speed = np.exp(rng.uniform(np.log(0.3), np.log(12)))
        at = rng.uniform(0.15 * S, 0.85 * S, 2)
        actors.append(Actor(rng, thing, T, at, speed))
        if rng.random() < 0.35 and len(actors) < 7:  # look-alikes
            for _ in range(int(rng.integers(1, 3))):
                actors.append(Actor(rng, thing, T, rng.uniform(0, S, 2), speed * rng.uniform(0.5, 1.5)))
    order = rng.permutation(len(actors))
    actors = [actors[i] for i in order]
    if rng.random() < 0.35:  # an occluder crosses one of them
        lead = actors[rng.integers(len(actors))]
        wide = np.exp(rng.uniform(np.log(12), np.log(60)))
        bar = Actor(rng, simple(rng, wide, pick), T, (0, 0), 0)
        a, v = rng.uniform(0, 6.3), rng.uniform(4, 25)
        when = rng.uniform(0.2, 0.8) * T
        bar.to = lead.to + (np.arange(T) - when)[:, None] * v * np.array([np.cos(a), np.sin(a)])
        actors.append(bar)
    if rng.random() < 0.25:  # clutter fixed to the background
        for _ in range(int(rng.integers(1, 6))):
            thing = simple(rng, np.exp(rng.uniform(np.log(6), np.log(40))), pick)
            fixed = Actor(rng, thing, T, rng.uniform(-0.2 * S, 1.2 * S, 2), 0)
            fixed.angle[:], fixed.scale[:], fixed.bend = fixed.angle[0], 1, False
            actors.insert(0, fixed)
    frames, owners = [], np.zeros((T, S, S), np.int16)
    lift = affine(1, 0, (S, S), (S / 2, S / 2))  # the big background's middle to the world's
    for t in range(T):
        frame = cv2.warpAffine(back, chain(camera[t], lift), (S, S), borderMode=cv2.BORDER_REFLECT).astype(np.float32)
        for i, a in enumerate(actors):
            a.draw(t, camera[t], frame, owners[t], i + 1)
        frames.append(frame)
    area = np.stack([(owners == i + 1).sum((1, 2)) for i in range(len(actors))])
    good = np.flatnonzero((area > MIN_AREA).sum(1) >= 2)
    if not len(good):
        return clip(seed + 7919, T, K)
    # Moving, large and often visible objects first, at random.
    weight = (area[good] > MIN_AREA).mean(1) * rng.uniform(0.3, 1, len(good))
    chosen = good[np.argsort(-weight)[:K]]
    masks = np.zeros((K, T, S, S), bool)
    for k, i in enumerate(chosen):
        masks[k] = owners == i + 1
    return develop(rng, frames), masks


def moving_still(rng, still, T, K):
    """A still scene under a moving, slightly bent camera."""
    image, masks = still
    masks = np.stack(list({m.tobytes(): m for m in masks}.values())[:K])
    quiet = rng.random() < 0.5
    shift = path(rng, T, np.exp(rng.uniform(np.log(0.5), np.log(9))))
    zoom, roll = rng.uniform(0, 0.3) * smooth_noise(rng, T, 1), rng.uniform(0, 0.3) * smooth_noise(rng, T, 1)
    shear = rng.uniform(0, 0.1) * smooth_noise(rng, T, 1)
    field = cv2.resize(rng.normal(0, 1, (3, 3, 2)).astype(np.float32), (S, S), interpolation=cv2.INTER_CUBIC)
    reach = 0 if quiet else rng.uniform(1, 6)
    c = np.array([S / 2, S / 2])
    stack = np.concatenate([image, (masks.transpose(1, 2, 0) * 255).astype(np.uint8)], 2)
    frames, out = [], np.zeros((K, T, S, S), bool)
    for t in range(T):
        m = chain(affine(np.exp(np.clip(zoom[t] - zoom[0], -0.4, 0.6)), roll[t] - roll[0], c, c + shift[t]), np.array([[1, shear[t] - shear[0], 0], [0, 1, 0]]))
        inv = cv2.invertAffineTransform(m).astype(np.float32)
        f = field * np.float32(reach * np.sin(0.5 * t))
        x, y = GRID[..., 0] + f[..., 0], GRID[..., 1] + f[..., 1]
        mx, my = inv[0, 0] * x + inv[0, 1] * y + inv[0, 2], inv[1, 0] * x + inv[1, 1] * y + inv[1, 2]
        w = np.concatenate(
            [
                cv2.remap(np.ascontiguousarray(stack[..., i : i + 3]), mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT).reshape(S, S, -1)
                for i in range(0, stack.shape[2], 3)
            ],
            2,
        )
        inside = (mx >= 0) & (mx <= S - 1) & (my >= 0) & (my <= S - 1)
        frames.append(w[..., :3].astype(np.float32))
        for k in range(len(masks)):
            out[k, t] = (w[..., 3 + k] > 127) & inside
    return develop(rng, frames), out


def main():
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    start, rows = time.time(), []
    for i in range(10):
        frames, masks = clip(first + i)
        row = []
        for t in range(len(frames)):
            image = frames[t].copy()
            for m, colour in zip(masks[:, t], ((255, 0, 0), (0, 255, 0), (255, 255, 0))):
                outline = cv2.findContours(m.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]
                cv2.drawContours(image, outline, -1, colour, 1)
            row.append(image[..., ::-1])
        rows.append(np.hstack(row))
    print(f"{(time.time() - start) / 10 * 1000:.0f} ms a clip")
    cv2.imwrite(sys.argv[1], np.vstack(rows))


if __name__ == "__main__":
    main()
