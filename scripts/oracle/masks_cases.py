"""Deterministic shapes for the oracle of src/masks. test/masks/cases.ts draws the same pictures from the same numbers."""

import json
import sys

import numpy as np

import packed

MASK = 0xFFFFFFFF


class Random:
    """mulberry32; `many` gives the next n numbers at once, as its state is a plain counter."""

    def __init__(self, seed):
        self.state = seed & MASK

    def many(self, n):
        steps = np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x6D2B79F5)
        a = ((steps + np.uint64(self.state)) & np.uint64(MASK)).astype(np.uint32)
        self.state = (self.state + n * 0x6D2B79F5) & MASK
        t = (a ^ (a >> np.uint32(15))) * (a | np.uint32(1))
        t = (t + (t ^ (t >> np.uint32(7))) * (t | np.uint32(61))) ^ t
        return t ^ (t >> np.uint32(14))

    def below(self, n):
        return int(self.many(1)[0]) % n


KINDS = 15


def shape(kind, width, height, seed):
    """A picture of 0 and 1, (height, width), uint8."""
    r = Random(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    m = np.zeros((height, width), bool)

    def disc(longest):
        cx, cy, radius = r.below(width), r.below(height), 1 + r.below(max(1, longest))
        return (x - cx) ** 2 + (y - cy) ** 2 <= radius * radius

    half = max(width, height) >> 1
    if kind == 0:  # noise
        density = 1 + r.below(99)
        m = (r.many(width * height) % np.uint32(100) < density).reshape(height, width)
    elif kind == 1:  # discs
        for _ in range(1 + r.below(4)):
            m |= disc(half)
    elif kind == 2:  # rectangles
        for _ in range(1 + r.below(3)):
            x0, y0, w, h = r.below(width), r.below(height), 1 + r.below(width), 1 + r.below(height)
            m |= (x >= x0) & (x < x0 + w) & (y >= y0) & (y < y0 + h)
    elif kind == 3:  # one pixel
        m[r.below(height), r.below(width)] = True
    elif kind == 4:  # one row
        m[r.below(height), :] = True
    elif kind == 5:  # one column
        m[:, r.below(width)] = True
    elif kind == 6:  # empty
        pass
    elif kind == 7:  # full
        m[:] = True
    elif kind == 8:  # full with holes
        m[:] = True
        for _ in range(1 + r.below(5)):
            m &= ~disc(half >> 2)
    elif kind == 9:  # checkerboard
        c = 1 + r.below(4)
        m = ((x // c + y // c) & 1) == 1
    elif kind == 10:  # stripes
        period = 2 + r.below(6)
        thick = 1 + r.below(period - 1)
        along = (x, y, x + y)[r.below(3)]
        m = along % period < thick
    elif kind == 11:  # disc with salt and pepper
        m = disc(half) ^ disc(half)
        m ^= (r.many(width * height) % np.uint32(100) < 5).reshape(height, width)
    elif kind == 12:  # frame
        t = 1 + r.below(3)
        m = (x < t) | (y < t) | (x >= width - t) | (y >= height - t)
    elif kind == 13:  # rings
        for _ in range(1 + r.below(3)):
            cx, cy, radius = r.below(width), r.below(height), 2 + r.below(max(1, half))
            inner = r.below(radius)
            d = (x - cx) ** 2 + (y - cy) ** 2
            m |= (d <= radius * radius) & (d > inner * inner)
    else:  # triangle
        m = x * height <= y * width
        if r.below(2):
            m = m[:, ::-1]
    return np.ascontiguousarray(m, dtype=np.uint8)


def logits(style, width, height, seed):
    """Row-major float32. 0: noise; 1: a smooth hill; 2: whole numbers (ties); 3: hill with noise; 4: constant."""
    r = Random(seed)
    amplitude = 1 + r.below(20)
    noise = (r.many(width * height).astype(np.float64) / 4294967296 - 0.5).reshape(height, width) * (2 * amplitude)
    cx, cy, radius = r.below(width), r.below(height), 1 + r.below(max(width, height))
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    hill = (1 - ((x - cx) ** 2 + (y - cy) ** 2) / (radius * radius)) * amplitude
    hill = np.maximum(hill, -amplitude)
    values = (noise, hill, np.floor(noise / 4), hill + noise / 8, np.full((height, width), amplitude - 10.0))[style]
    return values.astype(np.float32)


def picture(style, width, height, channels, seed):
    """Interleaved 8-bit image. 0: noise; 1: gradients; 2: black and white noise; 3: constant."""
    r = Random(seed)
    n = width * height * channels
    if style == 0:
        values = r.many(n) & np.uint32(255)
    elif style == 1:
        step = 1 + r.below(37)
        values = (np.arange(n) * step) & 255
    elif style == 2:
        values = (r.many(n) & np.uint32(1)) * 255
    else:
        values = np.full(n, r.below(256))
    return values.astype(np.uint8).reshape(height, width, channels)


def sizes(seed):
    """Endless (width, height): mostly 1 to 70, often around word borders, now and then up to 500."""
    r = Random(seed)
    borders = (1, 2, 31, 32, 33, 63, 64, 65)

    def side():
        pick = r.below(100)
        if pick < 3:
            return 71 + r.below(430)
        if pick < 35:
            return borders[r.below(len(borders))]
        return 1 + r.below(70)

    while True:
        yield side(), side()


def write_cases(generator, folder, versions, makers, facts=lambda name: {}):
    """Writes test/oracle/<folder>/<name>.json.gz for the names of the command line, or all: a case a line, below who made them."""
    print(json.dumps(versions))
    for name in sys.argv[1:] or makers:
        head = {"generator": f"scripts/oracle/{generator}", "versions": versions, **facts(name)}
        packed.write_cases(f"{folder}/{name}", head, makers[name]())
