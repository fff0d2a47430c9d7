"""Expected values of drawn objects and of XML, for test/datasets/drawn-oracle.test.ts.

    venv/bin/python scripts/oracle/datasets_drawn.py

Writes test/oracle/datasets/drawn.json: `shapes`, rectangles as tools write them (two corners in any order, four corners in
any order, turned by an angle) and circles, each with the area and the first 12 hex digits of the SHA-256 of its mask, the
outline rasterised by pycocotools; the order of four corners is that of OpenCV's convex hull, Supervisely's oriented boxes
are turned as its SDK does. `xml`: documents in many encodings (base64) with the attribute and the text that lxml reads, or
null where it refuses. Everything is seeded.
"""

import base64
import hashlib
import json
import math
import random

import cv2
import lxml
import numpy as np
import pycocotools.mask as coco
from lxml import etree

import packed

WIDTH, HEIGHT = 61, 47


def fact(points):
    flat = [float(v) for point in points for v in point]
    mask = coco.decode(coco.frPyObjects([flat], HEIGHT, WIDTH))[:, :, 0]
    data = np.ascontiguousarray(mask.astype(np.uint8))
    return [int(data.sum()), hashlib.sha256(data.tobytes()).hexdigest()[:12]]


def turned(points, angle):
    (cx, cy), (c, s) = np.mean(points, axis=0), (math.cos(angle), math.sin(angle))
    return [[cx + (x - cx) * c - (y - cy) * s, cy + (x - cx) * s + (y - cy) * c] for x, y in points]


def corners_of(x0, y0, x1, y1):
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]


def around(points):
    """From the first point along the hull, towards the neighbour that is given first."""
    hull = cv2.convexHull(np.array(points, np.float32)).reshape(-1, 2).tolist()
    order = [min(range(4), key=lambda i: math.dist(hull[i], p)) for p in points]
    at = order.index
    ring = [at(k) for k in range(4)]
    ring = ring[ring.index(0):] + ring[:ring.index(0)]
    return [points[i] for i in (ring if ring[1] < ring[3] else [ring[0], *reversed(ring[1:])])]


def shapes(rng):
    for i in range(40):
        number = (lambda a, b: rng.randint(a, b)) if i % 2 == 0 else (lambda a, b: round(rng.uniform(a, b), 3))
        x, y = sorted([number(0, 55), number(0, 55)]), sorted([number(0, 42), number(0, 42)])
        if x[1] - x[0] < 3 or y[1] - y[0] < 3:
            x, y = [4, 20.5], [7.25, 30]
        box = [x[0], y[0], x[1], y[1]]
        # Two corners: the outline starts at the first and goes along x.
        a, b = rng.choice([([0, 1], [2, 3]), ([2, 3], [0, 1]), ([0, 3], [2, 1]), ([2, 1], [0, 3])])
        two = [[box[k] for k in a], [box[k] for k in b]]
        yield {"kind": "rectangle", "points": two, "fact": fact(corners_of(*two[0], *two[1]))}
        angle = round(rng.uniform(-3, 3), 3)
        four = [[round(v, 3) for v in point] for point in turned(corners_of(*box), angle if i % 3 else 0)]
        given = rng.sample(four, 4)
        yield {"kind": "rotation" if i % 3 else "rectangle", "points": given, "fact": fact(around(given))}
        yield {"kind": "oriented_bbox", "points": [box[:2], box[2:]], "angle": angle,
               "fact": fact(turned(corners_of(*box), angle))}


TEXT = '<a n="caf\u00e9 &#233; &#xE9; &amp;#233; &lt;\u00a0{}"><b>x<![CDATA[<\u00e9>&amp;]]>y</b>&#8364;</a>'
DOCUMENTS = [
    # codec, declared, extra text, byte order mark
    ("utf-8", "UTF-8", "\u20ac\u0416\u732b", b""), ("utf-8", None, "\u20ac\U0001f600", b""),
    ("utf-8", None, "\u20ac", b"\xef\xbb\xbf"), ("utf-8", "utf-8", "", b"\xef\xbb\xbf"),
    ("utf-16-le", "UTF-16", "\u20ac\u732b", b"\xff\xfe"), ("utf-16-be", "UTF-16", "\u20ac\u732b", b"\xfe\xff"),
    ("utf-16-le", None, "\u732b", b"\xff\xfe"),
    ("latin-1", "ISO-8859-1", "\u00df", b""), ("latin-1", "iso-8859-1", "\u00ff", b""),
    ("iso-8859-2", "ISO-8859-2", "", b""), ("iso-8859-15", "ISO-8859-15", "\u20ac", b""),
    ("cp1252", "windows-1252", "\u20ac\u2019\u0160", b""), ("cp1250", "windows-1250", "\u0159", b""),
    ("latin-1", None, "", b""), ("latin-1", "UTF-8", "", b""), ("utf-8", "klingon", "", b""),
    ("utf-8", "UTF-16", "", b""),
]
SCRIPTS = [("cp1251", "windows-1251", "\u0416"), ("koi8-r", "KOI8-R", "\u0416"), ("shift_jis", "Shift_JIS", "\u732b"),
           ("gbk", "GBK", "\u732b"), ("euc-kr", "EUC-KR", "\uac00"), ("big5", "Big5", "\u8c93")]
PLAIN = ['<a n="&eacute;"/>', '<a n="x & y"/>', '<a n="1" n="2"/>', '<a n="1"><b></a>', '<a n="1"', "", "text",
         '<a n="&#0;"/>', '<a n="1"/><a/>', '<!DOCTYPE a SYSTEM "x.dtd"><a n="1"/>', '<a n="a\nb&#10;c"/>',
         '<!-- & < --><a n="&#x1F600;">&gt;<!-- no -->&quot;</a><!-- end -->', "<a n='\"&apos;'/>"]


def documents():
    for codec, declared, extra, mark in DOCUMENTS:
        encoding = "" if declared is None else f' encoding="{declared}"'
        yield mark + f'<?xml version="1.0"{encoding}?>{TEXT.format(extra)}'.encode(codec, "xmlcharrefreplace")
    for codec, declared, word in SCRIPTS:
        yield f'<?xml version="1.0" encoding="{declared}"?><a n="&#233;{word}"><b>{word}</b></a>'.encode(codec)
    yield from (text.encode() for text in PLAIN)


def read(document):
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError:
        return None
    return [root.get("n"), "".join(root.xpath("*/text()"))]


def main():
    versions = {"lxml": lxml.__version__, "opencv": cv2.__version__, "numpy": np.__version__}
    found = {
        "generator": "scripts/oracle/datasets_drawn.py", "versions": versions, "width": WIDTH, "height": HEIGHT, "shapes": list(shapes(random.Random(15))),
        "xml": [{"base64": base64.b64encode(one).decode(), "read": read(one)} for one in documents()],
    }
    packed.write_text("datasets/drawn", json.dumps(found, separators=(",", ":")) + "\n", f"{len(found['xml'])} documents")


main()
