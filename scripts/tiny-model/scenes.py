"""Procedural scenes: images with exact instance masks. No photograph is used anywhere.

`scene(seed)` draws one 256 x 256 RGB scene and up to K visible-part masks of its objects. Seven kinds of
scene are mixed: general ones (few, mixed, dense, array) and three that resemble the looks of microscopy,
plants and underwater footage (nuclei, rosette, haze).

Seeds below 1,000,000 are held out for scoring (0...) and validation (500,000...); training starts at 1,000,000.

    python scenes.py sheet.png [first_seed]      draws a contact sheet
"""

import sys
import time

import cv2
import numpy as np

S = 256  # side of the canvas in pixels
HELD_OUT_SEED = 0
VALIDATION_SEED = 500_000
TRAINING_SEED = 1_000_000

KINDS = ["mixed", "dense", "few", "array", "nuclei", "rosette", "haze"]
KIND_SHARES = [0.24, 0.12, 0.12, 0.05, 0.16, 0.13, 0.18]
MIN_AREA = 14  # visible pixels a target must have


# ---------------------------------------------------------------------------------------------- textures


def fbm(rng, n=S, octaves=5, base=None):
    """Fractal noise in 0..1, n x n."""
    out = np.zeros((n, n), np.float32)
    amplitude = 1.0
    first = base or int(rng.choice([2, 3, 4, 6, 8, 16]))
    for octave in range(octaves):
        k = min(n, first * 2**octave)
        grid = rng.standard_normal((k, k)).astype(np.float32)
        out += amplitude * cv2.resize(grid, (n, n), interpolation=cv2.INTER_CUBIC)
        amplitude *= rng.uniform(0.35, 0.7)
        if k >= n:
            break
    out -= out.min()
    return out / (out.max() + 1e-6)


NOISE = [fbm(np.random.default_rng(i), 2 * S, octaves=3) for i in range(32)]
FINE = [fbm(np.random.default_rng(100 + i), 2 * S, octaves=4, base=48) for i in range(16)]
YY, XX = np.mgrid[0:S, 0:S].astype(np.float32)


def cached_noise(rng, bank=NOISE):
    """A random window of a noise field out of a small bank: much cheaper than a new field."""
    y, x = rng.integers(0, S, 2)
    window = bank[rng.integers(0, len(bank))][y : y + S, x : x + S]
    return window.T if rng.random() < 0.5 else window


def ramp(rng):
    """A linear ramp 0..1 in a random direction."""
    a = rng.uniform(0, 2 * np.pi)
    t = np.cos(a) * XX + np.sin(a) * YY
    t -= t.min()
    return t / (t.max() + 1e-6)


def texture(rng, colour, spread):
    """S x S x 3 colour field around `colour` whose variation is about `spread` (0..255)."""
    kind = rng.integers(0, 7)
    field = np.empty((S, S, 3), np.float32)
    field[:] = colour
    other = np.clip(colour + rng.normal(0, spread, 3), 0, 255)
    if kind == 0:
        t = np.zeros((S, S), np.float32)
    elif kind == 1:
        t = fbm(rng, octaves=rng.integers(1, 6))
    elif kind == 2:
        t = ramp(rng)
    elif kind == 3:  # stripes
        a, period = rng.uniform(0, np.pi), rng.uniform(3, 40)
        warp = cached_noise(rng) * rng.uniform(0, 12)
        t = 0.5 + 0.5 * np.sin((np.cos(a) * XX + np.sin(a) * YY + warp) * 2 * np.pi / period)
        if rng.random() < 0.4:
            t = (t > 0.5).astype(np.float32)
    elif kind == 4:  # cells
        k = int(rng.integers(4, 40))
        how = cv2.INTER_NEAREST if rng.random() < 0.4 else cv2.INTER_LINEAR
        t = cv2.resize(rng.random((k, k)).astype(np.float32), (S, S), interpolation=how)
    elif kind == 5:  # patches
        t = np.clip(fbm(rng, octaves=3) * 3 - 1, 0, 1)
    else:  # grain
        t = cv2.GaussianBlur(rng.random((S, S)).astype(np.float32), (0, 0), rng.uniform(0.4, 2.0))
        t = np.clip((t - 0.5) * 3 + 0.5, 0, 1)
    field += t[..., None] * (other - colour)
    if rng.random() < 0.5:
        field += (cached_noise(rng) - 0.5)[..., None] * rng.uniform(0, 60)
    return field


def quick(rng, colour, spread=40):
    """A cheap texture for small objects."""
    return (colour + (cached_noise(rng)[..., None] - 0.5) * rng.uniform(0, spread)).astype(np.float32)


# ------------------------------------------------------------------------------------------------ shapes


def rotation(a):
    return np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])


def fill(mask, polygon, value=255):
    """Antialiased polygon; 4 fractional bits."""
    cv2.fillPoly(mask, [np.round(polygon * 16).astype(np.int32)], value, cv2.LINE_AA, 4)


def blob(rng, cx, cy, r, rough, squash=0.4):
    """Outline of a rough ellipse: n x 2."""
    th = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    rad = np.ones(64)
    for k in range(1, 7):
        rad += rough * rng.normal() / k * np.cos(k * th + rng.uniform(0, 6.3))
    rad = np.clip(rad, 0.25, 2.5)
    e = rng.uniform(squash, 1.0)
    p = np.stack([r * rad * np.cos(th), r * rad * e * np.sin(th)], 1)
    return p @ rotation(rng.uniform(0, np.pi)) + [cx, cy]


def leaf_outline(length, width, tip=1.0):
    """A lens from (0, 0) to (length, 0); `tip` < 1 moves the widest place outwards."""
    t = np.linspace(0, 1, 24)
    w = 0.5 * width * np.sin(np.pi * t ** (1 / tip))
    return np.concatenate([np.stack([t * length, w], 1), np.stack([t[::-1] * length, -w[::-1]], 1)])


def stroke(rng, mask, cx, cy, r, thickness):
    """A bent stroke of about 2 r in length."""
    p = [np.array([cx, cy]) + rng.normal(0, r * 0.6, 2)]
    d = rng.normal(0, 1, 2)
    for _ in range(rng.integers(2, 5)):
        d = d / (np.linalg.norm(d) + 1e-6) + rng.normal(0, 0.5, 2)
        d /= np.linalg.norm(d) + 1e-6
        p.append(p[-1] + d * r * 0.8)
    cv2.polylines(mask, [np.round(np.array(p) * 16).astype(np.int32)], False, 255, thickness, cv2.LINE_AA, 4)


def shape(rng, cx, cy, r, kind=None):
    """Coverage 0..1 of one shape of radius about r."""
    m = np.zeros((S, S), np.uint8)
    if kind is None:
        kind = rng.choice(10, p=[0.22, 0.14, 0.13, 0.12, 0.1, 0.08, 0.06, 0.05, 0.05, 0.05])
    if kind == 0:
        fill(m, blob(rng, cx, cy, r, rng.uniform(0, 0.35)))
    elif kind == 1:
        fill(m, blob(rng, cx, cy, r, 0))
    elif kind == 2:  # rectangle
        w, h = r * rng.uniform(0.4, 1.0), r * rng.uniform(0.4, 1.0)
        p = np.array([[-w, -h], [w, -h], [w, h], [-w, h]])
        fill(m, p @ rotation(rng.choice([0.0, rng.uniform(0, np.pi)])) + [cx, cy])
    elif kind == 3:  # polygon
        k = rng.integers(3, 9)
        th, rr = np.sort(rng.uniform(0, 2 * np.pi, k)), r * rng.uniform(0.5, 1.1, k)
        fill(m, np.stack([cx + rr * np.cos(th), cy + rr * np.sin(th)], 1))
    elif kind == 4:
        stroke(rng, m, cx, cy, r, max(2, int(r * rng.uniform(0.12, 0.45))))
    elif kind == 5:  # ring
        fill(m, blob(rng, cx, cy, r, rng.uniform(0, 0.2)))
        fill(m, blob(rng, cx, cy, r * rng.uniform(0.4, 0.7), 0.1), 0)
    elif kind == 6:  # star
        k = rng.integers(4, 9)
        th = np.linspace(0, 2 * np.pi, 2 * k, endpoint=False) + rng.uniform(0, 6)
        rr = np.where(np.arange(2 * k) % 2, r * rng.uniform(0.3, 0.6), r)
        fill(m, np.stack([cx + rr * np.cos(th), cy + rr * np.sin(th)], 1))
    elif kind == 7:  # union of two
        fill(m, blob(rng, cx, cy, r * 0.8, 0.2))
        fill(m, blob(rng, cx + rng.normal(0, r * 0.6), cy + rng.normal(0, r * 0.6), r * 0.6, 0.2))
    elif kind == 8:  # leaf
        p = leaf_outline(2 * r, r * rng.uniform(0.4, 1.0)) - [r, 0]
        fill(m, p @ rotation(rng.uniform(0, 2 * np.pi)) + [cx, cy])
    else:  # body with thin limbs
        fill(m, blob(rng, cx, cy, r * rng.uniform(0.35, 0.6), 0.15))
        for _ in range(rng.integers(1, 6)):
            a, reach = rng.uniform(0, 2 * np.pi), r * rng.uniform(0.7, 1.3)
            bend = rng.normal(0, r * 0.2, 2)
            p = np.array([[cx, cy], [cx + reach * 0.5 * np.cos(a), cy + reach * 0.5 * np.sin(a)] + bend,
                          [cx + reach * np.cos(a), cy + reach * np.sin(a)]])  # fmt: skip
            width = max(2, int(r * rng.uniform(0.06, 0.25)))
            cv2.polylines(m, [np.round(p * 16).astype(np.int32)], False, 255, width, cv2.LINE_AA, 4)
    return m.astype(np.float32) / 255


# ------------------------------------------------------------------------------------------------ canvas


class Canvas:
    """The image so far, and the visible coverage of everything painted."""

    def __init__(self, rng, image):
        self.rng, self.image, self.masks = rng, image, []

    def paint(self, coverage, colours, soft=0.6, where=(slice(None), slice(None))):
        a = coverage[where]
        if self.rng.random() < soft:
            a = cv2.GaussianBlur(a, (0, 0), self.rng.uniform(0.3, 1.2))
        a = a[..., None]
        self.image[where] = self.image[where] * (1 - a) + colours[where] * a

    def add(self, m, colours, parts=(), shadow=0.0, outline=0.2, soft=0.6):
        """Paints object m (S x S, 0..1) over what is there; `parts` are (coverage, colours) inside it."""
        rng = self.rng
        rows, cols = np.nonzero(m.max(1))[0], np.nonzero(m.max(0))[0]
        if len(rows) == 0:
            return
        box = (slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1))
        visible = 1 - m[box]
        for v in self.masks:
            v[box] *= visible
        if rng.random() < shadow:
            dark = np.roll(m, tuple(rng.integers(-6, 7, 2)), (0, 1))
            dark = cv2.GaussianBlur(dark, (0, 0), rng.uniform(1, 5))
            self.image *= (1 - rng.uniform(0.2, 0.6) * dark)[..., None]
        near = (slice(max(0, rows[0] - 4), rows[-1] + 5), slice(max(0, cols[0] - 4), cols[-1] + 5))
        self.paint(m, colours, soft, near)
        self.masks.append(m.copy())
        if rng.random() < outline:
            edge = cv2.morphologyEx((m > 0.5).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
            line = np.broadcast_to(rng.uniform(0, 255, 3).astype(np.float32), (S, S, 3))
            self.paint(edge.astype(np.float32) * rng.uniform(0.4, 1), line, 0, near)
        for part, part_colours in parts:
            part = part * m
            if part.sum() > 25:
                self.paint(part, part_colours)
                self.masks.append(part)


def two_tone(rng, m, a, b):
    """Splits the field of an object in two along a random line or noise contour: one object, two looks."""
    t = ramp(rng) if rng.random() < 0.6 else cached_noise(rng)
    inside = t[m > 0.5]
    cut = np.quantile(inside, rng.uniform(0.25, 0.75)) if len(inside) else 0.5
    return np.where((t > cut)[..., None], a, b)


# ----------------------------------------------------------------------------------------- kinds of scene


def palette_picker(rng, palette, background, low):
    """Colours that differ from the background, by little where `low`."""

    def pick():
        c = palette[rng.integers(0, len(palette))] + rng.normal(0, 25, 3)
        if low:
            c = background + rng.normal(0, 1, 3) * rng.uniform(12, 70)
        if np.abs(c - background).max() < 14:
            c = c + rng.choice([-1, 1]) * rng.uniform(16, 50)
        return np.clip(c, 0, 255)

    return pick


def general(rng, kind):
    palette, low = rng.uniform(0, 255, (int(rng.integers(2, 6)), 3)), rng.random() < 0.4
    background = palette[0]
    canvas = Canvas(rng, texture(rng, background, rng.choice([5, 20, 60])))
    pick = palette_picker(rng, palette, background, low)
    if kind == "dense":
        n, r0, base = int(rng.integers(8, 60)), rng.uniform(4, 22), pick()
        what, spread = rng.choice([0, 1, 2, 3, 8]), rng.choice([4, 12, 40])
        for _ in range(n):
            c, r = np.clip(base + rng.normal(0, spread, 3), 0, 255), r0 * rng.uniform(0.6, 1.5)
            look = texture(rng, c, rng.choice([4, 15, 30])) if n < 14 else quick(rng, c)
            canvas.add(shape(rng, *rng.uniform(0, S, 2), r, what), look, shadow=0.25 if n < 20 else 0)
    elif kind == "array":
        g = int(rng.integers(3, 8))
        what, base, step = rng.choice([0, 1, 2, 3, 6]), pick(), S / g
        for i in range(g):
            for j in range(g):
                if rng.random() < 0.25:
                    continue
                c = np.clip(base + rng.normal(0, rng.choice([5, 40]), 3), 0, 255)
                x, y = (np.array([i, j]) + 0.5 + rng.normal(0, 0.08, 2)) * step
                canvas.add(shape(rng, x, y, step * rng.uniform(0.3, 0.48), what), quick(rng, c))
    else:
        few = kind == "few"
        for _ in range(int(rng.integers(1, 4)) if few else int(rng.integers(3, 13))):
            add_object(rng, canvas, pick, np.exp(rng.uniform(np.log(6), np.log(100 if few else 60))), 0.25)
    return canvas


def add_object(rng, canvas, pick, r, shadow, low=0.0, high=S):
    """One object of radius about r with, at times, two looks or parts of its own."""
    cx, cy = rng.uniform(0, S), rng.uniform(low, high)
    m, c, parts = shape(rng, cx, cy, r), pick(), []
    look = texture(rng, c, rng.choice([4, 15, 40])) if r > 14 else quick(rng, c)
    if rng.random() < 0.2:
        look = two_tone(rng, m, look, quick(rng, pick()))
    if r > 22 and rng.random() < 0.4:
        for _ in range(rng.integers(1, 4)):
            part = shape(rng, *(np.array([cx, cy]) + rng.normal(0, r * 0.35, 2)), r * rng.uniform(0.2, 0.5))
            parts.append((part, texture(rng, np.clip(c + rng.normal(0, 60, 3), 0, 255), 15)))
    canvas.add(m, look, parts, shadow=shadow)


def nuclei(rng):
    """Many small, similar, often faint blobs: bright on dark, dark on light, or stained tissue."""
    style = rng.choice(["bright", "dark", "stain"], p=[0.55, 0.2, 0.25])
    if style == "bright":
        background = np.full(3, rng.uniform(0, 45))
        base = background + np.exp(rng.uniform(np.log(15), np.log(190)))
        tint = rng.uniform(0, 1, 3) if rng.random() < 0.25 else np.ones(3)
        field = quick(rng, background, 15)
    elif style == "dark":
        background = np.full(3, rng.uniform(140, 245)) + rng.normal(0, 6, 3)
        base, tint = background - np.exp(rng.uniform(np.log(18), np.log(120))), np.ones(3)
        field = quick(rng, background, 40)
    else:
        background = rng.uniform(130, 245, 3)
        base, tint = background * rng.uniform(0.35, 0.8, 3), np.ones(3)
        field = texture(rng, background, 25)
        field += (cached_noise(rng, FINE) - 0.5)[..., None] * rng.uniform(0, 60) * rng.uniform(0.5, 1, 3)
    canvas = Canvas(rng, np.clip(field * tint, 0, 255).astype(np.float32))
    r0 = np.exp(rng.uniform(np.log(3.0), np.log(24)))
    n = int(np.clip(rng.uniform(0.03, 0.4) * S * S / (np.pi * r0 * r0), 4, 90))
    rough, squash, spread = rng.uniform(0, 0.2), rng.uniform(0.45, 0.95), rng.uniform(0.0, 0.45)
    centres = rng.uniform(0, S, (max(1, n // int(rng.integers(3, 12))), 2))
    clustered, keep_apart = rng.random() < 0.5, rng.random() < 0.75
    taken = np.zeros((S, S), bool)
    soft = rng.uniform(0.2, 1.0)
    for _ in range(int(rng.integers(0, 12))):  # specks and faint blobs that are nobody's target
        m = shape(rng, *rng.uniform(0, S, 2), rng.uniform(1, 3) if rng.random() < 0.6 else r0, 1)
        canvas.paint(m * rng.uniform(0.05, 0.25), quick(rng, base * tint))
    for _ in range(n):
        p = centres[rng.integers(len(centres))] + rng.normal(0, 2.2 * r0, 2) if clustered else rng.uniform(0, S, 2)
        x, y = np.clip(p, 0, S - 1)
        if keep_apart and taken[int(y), int(x)]:
            continue
        m = np.zeros((S, S), np.uint8)
        fill(m, blob(rng, x, y, r0 * np.exp(rng.normal(0, 0.25)), rough, squash))
        m = m.astype(np.float32) / 255
        taken |= cv2.dilate(m, np.ones((3, 3))) > 0.3
        c = background + (base - background) * np.exp(rng.normal(0, spread))
        look = quick(rng, c * tint, 50)
        if rng.random() < 0.4:
            look = look + (cached_noise(rng, FINE) - 0.5)[..., None] * np.abs(base - background).max() * rng.uniform(0, 0.8)
        canvas.add(m, look.astype(np.float32), outline=0, soft=soft)
    if rng.random() < 0.5:
        canvas.image = cv2.GaussianBlur(canvas.image, (0, 0), rng.uniform(0.4, 1.5))
    return canvas


def rosette(rng):
    """Plants from above: leaves of nearly one colour around a centre, overlapping, on soil."""
    green = rng.random() < 0.75
    soil = rng.uniform(20, 130) * np.array([1.0, rng.uniform(0.7, 1), rng.uniform(0.5, 1)])
    if green:
        g = rng.uniform(60, 230)
        base = np.array([g * rng.uniform(0.3, 0.9), g, g * rng.uniform(0.1, 0.65)])
    else:
        base = rng.uniform(30, 240, 3)
    field = texture(rng, soil, rng.choice([10, 30, 60]))
    field += (cached_noise(rng, FINE) - 0.5)[..., None] * rng.uniform(10, 110)
    canvas = Canvas(rng, np.clip(field, 0, 255).astype(np.float32))
    if rng.random() < 0.3:  # moss or a pot's rim, nobody's target
        kind = 5 if rng.random() < 0.5 else 0
        canvas.paint(shape(rng, S / 2, S / 2, rng.uniform(60, 150), kind), texture(rng, base * rng.uniform(0.4, 1), 30))
    plants = 1 if rng.random() < 0.7 else int(rng.integers(2, 5))
    for _ in range(plants):
        cx, cy = (S / 2 + rng.normal(0, 18, 2)) if plants == 1 else rng.uniform(30, S - 30, 2)
        reach = rng.uniform(30, 125) if plants == 1 else rng.uniform(15, 60)
        n, a0 = int(rng.integers(4, 20)), rng.uniform(0, 6.3)
        stem, width, tip = rng.uniform(0.1, 0.6), rng.uniform(0.35, 0.95), rng.uniform(0.6, 1.3)
        spread, young = rng.uniform(3, 16), rng.uniform(0.2, 0.9)
        for i in range(n):
            a = a0 + i * 2.39996 + rng.normal(0, 0.25)
            length = reach * (1 - young * i / n) * rng.uniform(0.7, 1.1)
            start = np.array([cx, cy]) + rng.normal(0, 2, 2)
            turn = rotation(a)
            blade = leaf_outline(length * (1 - stem), length * (1 - stem) * width * rng.uniform(0.8, 1.2), tip)
            blade = (blade + [length * stem, rng.normal(0, 1)]) @ turn + start
            m = np.zeros((S, S), np.uint8)
            fill(m, blade)
            axis = np.array([[0, 0], [length * (stem + 0.15), 0]]) @ turn + start
            cv2.line(m, *[tuple(int(v) for v in np.round(p * 16)) for p in axis], 255, max(1, int(length * 0.05)), cv2.LINE_AA, 4)
            m = m.astype(np.float32) / 255
            c = np.clip(base * rng.uniform(0.8, 1.2) + rng.normal(0, spread, 3), 0, 255)
            look = quick(rng, c, 60)
            along = ((XX - start[0]) * np.cos(a) + (YY - start[1]) * np.sin(a)) / (length + 1e-6)
            look *= (1 + rng.uniform(-0.1, 0.5) * (np.clip(along, 0, 1) - 0.5))[..., None]
            if rng.random() < 0.5:  # a darker rim tells a leaf from the leaf beneath
                inner = cv2.GaussianBlur(m, (0, 0), max(0.8, length * 0.03))
                look *= (1 - rng.uniform(0.1, 0.5) * (1 - inner))[..., None]
            if rng.random() < 0.5:
                vein = np.zeros((S, S), np.uint8)
                ends = np.array([[length * stem, 0], [length * 0.95, 0]]) @ turn + start
                cv2.line(vein, *[tuple(int(v) for v in np.round(p * 16)) for p in ends], 255, 1, cv2.LINE_AA, 4)
                look += (vein / 255.0)[..., None] * rng.uniform(-30, 50)
            canvas.add(m, look.astype(np.float32), shadow=0.5, outline=0.04)
    return canvas


def haze(rng):
    """Objects seen through water: a colour veil, a lamp's cone, drifting specks, little contrast."""
    hue = rng.choice(["blue", "green", "teal", "grey"])
    water = {"blue": [20, 70, 130], "green": [40, 110, 70], "teal": [20, 100, 110], "grey": [80, 85, 90]}[hue]
    water = np.clip(np.array(water) * rng.uniform(0.3, 1.6) + rng.normal(0, 12, 3), 0, 255)
    bed = np.clip(water * rng.uniform(0.5, 1.5) + rng.normal(0, 25, 3), 0, 255)
    field = texture(rng, bed, rng.choice([10, 25, 50]))
    field += (cached_noise(rng, FINE) - 0.5)[..., None] * rng.uniform(0, 70)
    horizon = 0.0
    if rng.random() < 0.45:  # open water above the bed
        horizon = rng.uniform(0.2, 0.8) * S
        edge = horizon + (cached_noise(rng)[0] - 0.5) * rng.uniform(0, 60)
        t = 1 / (1 + np.exp((YY - edge[None]) / rng.uniform(1, 20)))
        field = field * (1 - t[..., None]) + (water + ramp(rng)[..., None] * rng.uniform(-40, 40)) * t[..., None]
    canvas = Canvas(rng, np.clip(field, 0, 255).astype(np.float32))
    for _ in range(int(rng.integers(0, 10))):  # stones and tufts of the bed's own colour, nobody's target
        m = shape(rng, rng.uniform(0, S), rng.uniform(horizon, S), rng.uniform(3, 25), 0)
        canvas.paint(m, quick(rng, bed * rng.uniform(0.6, 1.3)))
    palette = np.concatenate([rng.uniform(0, 255, (3, 3)), np.repeat(rng.uniform(0, 255, (2, 1)), 3, 1)])
    pick = palette_picker(rng, palette, bed, rng.random() < 0.35)
    for _ in range(int(rng.integers(1, 9))):
        r = np.exp(rng.uniform(np.log(5), np.log(90)))
        add_object(rng, canvas, pick, r, 0.35, 0 if rng.random() < 0.5 else horizon)
    clear = np.clip(rng.uniform(0.25, 1.0) + ramp(rng) * rng.uniform(-0.3, 0.3), 0.2, 1)[..., None]
    image = canvas.image * clear + water * (1 - clear)
    if rng.random() < 0.45:  # a lamp: bright in one place, dark at the rim
        x, y, reach = rng.uniform(0, S), rng.uniform(0, S), rng.uniform(60, 220)
        lamp = np.exp(-((XX - x) ** 2 + (YY - y) ** 2) / (2 * reach * reach))
        image = image * (rng.uniform(0.15, 0.7) + lamp * rng.uniform(0.3, 1.2))[..., None]
    for _ in range(int(rng.integers(0, 40))):
        x, y = rng.integers(1, S - 1, 2)
        image[y : y + rng.integers(1, 3), x : x + rng.integers(1, 3)] += rng.uniform(10, 90)
    if rng.random() < 0.5:
        image = cv2.GaussianBlur(image.astype(np.float32), (0, 0), rng.uniform(0.4, 1.8))
    canvas.image = image.astype(np.float32)
    return canvas


# ------------------------------------------------------------------------------------------------- scene


def camera(rng, image):
    if rng.random() < 0.4:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.6))
    if rng.random() < 0.3:
        image = image * (0.5 + cached_noise(rng) * 0.8)[..., None]
    if rng.random() < 0.2:
        image = image * rng.uniform(0.4, 1, 3) + rng.uniform(0, 60, 3)
    if rng.random() < 0.2:
        image = np.repeat(image.mean(2, keepdims=True), 3, 2)
    if rng.random() < 0.12:
        image = 255 - image
    image = 255 * (np.clip(image, 0, 255) / 255) ** np.exp(rng.normal(0, 0.3))
    image = image + rng.normal(0, rng.choice([0, 2, 6, 14]), image.shape)
    image = np.clip(image, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 96))])[1]
        image = cv2.imdecode(packed, 1)
    return image


def scene(seed, K=6, kind=None):
    """-> image SxSx3 uint8, masks KxSxS bool, height, width of the part in use (the rest is outside the picture).

    Where a scene has fewer than K targets some are repeated.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.choice(KINDS, p=KIND_SHARES)
    kind = kind or drawn
    if kind == "nuclei":
        canvas = nuclei(rng)
    elif kind == "rosette":
        canvas = rosette(rng)
    elif kind == "haze":
        canvas = haze(rng)
    else:
        canvas = general(rng, kind)
    image = camera(rng, canvas.image)
    h = w = S
    if rng.random() < 0.5:
        if rng.random() < 0.5:
            h = int(rng.integers(S // 2, S))
        else:
            w = int(rng.integers(S // 2, S))
    seen = [v for v in canvas.masks if np.count_nonzero(v[:h, :w] > 0.5) >= MIN_AREA]
    if not seen:
        return scene(seed + 7919, K, kind)
    order = rng.permutation(len(seen))[:K]
    if len(order) < K:
        order = np.concatenate([order, rng.choice(len(seen), K - len(order))])
    out = np.zeros((K, S, S), bool)
    for k, i in enumerate(order):
        b = np.zeros((S, S), np.uint8)
        b[:h, :w] = seen[i][:h, :w] > 0.5
        n, lab, stats, _ = cv2.connectedComponentsWithStats(b, connectivity=4)
        if n > 2 and (rng.random() < 0.8 or stats[1:, 4].max() < MIN_AREA):
            b = lab == 1 + np.argmax(stats[1:, 4])  # mostly one connected piece, the largest
        out[k] = b
    return image, out, h, w


def main():
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    start, tiles = time.time(), []
    for i in range(32):
        image, masks, h, w = scene(first + i)
        image = image.copy()
        image[h:] = 0
        image[:, w:] = 0
        for m, colour in zip(masks[:3], ((255, 0, 0), (0, 255, 0), (255, 255, 0))):
            outline = cv2.findContours(m.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]
            cv2.drawContours(image, outline, -1, colour, 1)
        tiles.append(image[..., ::-1])
    print(f"{(time.time() - start) / 32 * 1000:.0f} ms a scene")
    cv2.imwrite(sys.argv[1], np.vstack([np.hstack(tiles[i : i + 8]) for i in range(0, 32, 8)]))


if __name__ == "__main__":
    main()
