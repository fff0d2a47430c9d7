"""Reference masks of label maps: test/oracle/datasets/labels.json.gz.

Files are written by Pillow, h5py and scipy, and masks are told by numpy alone: 500 random files per format, and every image
of the miniatures whose masks are label maps or mask files, found by names spelled out here.

    python scripts/oracle/datasets_labels.py
"""

import base64
import glob
import hashlib
import io
import json
import os
import zlib

import h5py
import numpy as np
import PIL
import scipy.io
from PIL import Image

import packed

CASES = 500
HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = os.path.join(HERE, "../../datasets/samples")


def digest(mask):
    return hashlib.sha256(np.packbits(mask.astype(bool)).tobytes()).hexdigest()[:16]


def told(labels, rules):
    """[value, area, digest or why it is dropped] by value, and the digest of ignored pixels."""
    labels = labels.astype(np.int64)
    out = []
    for value in sorted(set(labels.ravel().tolist())):
        if value in rules.get("background", [0]) or value in rules.get("ignore", []):
            continue
        factor = rules.get("classFactor")
        of_class = value // factor if factor and value >= factor else value
        mask = labels == value
        if of_class in rules.get("exclude", []):
            out.append([value, int(mask.sum()), "excluded"])
        elif value in rules.get("crowd", []):
            out.append([value, int(mask.sum()), "crowd"])
        else:
            out.append([value, int(mask.sum()), digest(mask)])
    ignored = np.isin(labels, rules.get("ignore", []))
    return out, digest(ignored) if ignored.any() else None


def rules_for(rng, labels):
    values = sorted(set(labels.astype(np.int64).ravel().tolist()))
    rules = {}
    pick = lambda k: sorted(int(v) for v in rng.choice(values, size=min(k, len(values)), replace=False))
    if rng.random() < 0.3:
        rules["background"] = [v for v in pick(2) if v >= -1] or [0]
    if rng.random() < 0.4:
        rules["ignore"] = [v for v in pick(1) if v >= -1 and v not in rules.get("background", [0])]
    if rng.random() < 0.2:
        rules["crowd"] = [v for v in pick(2) if v >= 0]
    if rng.random() < 0.3 and max(values) >= 10:
        rules["classFactor"] = 10
    if rng.random() < 0.2:
        factor = rules.get("classFactor")
        rules["exclude"] = [v // factor if factor and v >= factor else v for v in pick(1) if v >= 0]
    return rules


def labels_for(rng, low, high):
    height, width = int(rng.integers(1, 9)), int(rng.integers(1, 41))
    few = rng.integers(low, high + 1, size=int(rng.integers(1, 9)))
    blocks = rng.choice(few, size=(height, width))
    # Runs, as real label maps have them.
    return np.repeat(blocks[:, ::3], 3, axis=1)[:, :width]


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def voc_palette():
    palette = np.zeros((256, 3), np.uint8)
    for index in range(256):
        rest = index
        for bit in range(7, -1, -1):
            for channel in range(3):
                palette[index, channel] |= ((rest >> channel) & 1) << bit
            rest >>= 3
    return palette


def png(rng):
    kind = rng.choice(["palette", "grey", "grey16", "one", "voc", "id", "rgba", "triple"])
    if kind == "palette":
        labels = labels_for(rng, 0, 255)
        image = Image.fromarray(labels.astype(np.uint8), "L").convert("P")
        image = Image.fromarray(labels.astype(np.uint8), "P")
        image.putpalette(rng.integers(0, 256, 768).astype(np.uint8).tobytes())
        return saved(image, "PNG", bits=8), labels, {}
    if kind == "grey":
        labels = labels_for(rng, 0, 255)
        return saved(Image.fromarray(labels.astype(np.uint8)), "PNG"), labels, {}
    if kind == "grey16":
        labels = labels_for(rng, 0, 65535)
        return saved(Image.fromarray(labels.astype(np.uint16)), "PNG"), labels, {}
    if kind == "one":
        bits = int(rng.choice([1, 2, 4]))
        labels = labels_for(rng, 0, 2**bits - 1)
        image = Image.fromarray(labels.astype(np.uint8), "P")
        image.putpalette(rng.integers(0, 256, 3 * 2**bits).astype(np.uint8).tobytes())
        return saved(image, "PNG", bits=bits), labels, {}
    if kind == "voc":
        labels = labels_for(rng, 0, 255)
        return saved(Image.fromarray(voc_palette()[labels]), "PNG"), labels, {"colours": "voc"}
    if kind == "id":
        labels = labels_for(rng, 0, 2**24 - 1)
        labels.ravel()[0] = 0x010203
        rgb = np.stack([labels & 255, (labels >> 8) & 255, labels >> 16], axis=-1).astype(np.uint8)
        return saved(Image.fromarray(rgb), "PNG"), labels, {"colours": "id"}
    labels = labels_for(rng, 0, 255)
    channels = [labels] * 3 + ([np.full(labels.shape, 255)] if kind == "rgba" else [])
    return saved(Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8)), "PNG"), labels, {}


def tif(rng):
    kind = rng.choice([np.uint8, np.uint16])
    labels = labels_for(rng, 0, np.iinfo(kind).max)
    compression = rng.choice(["raw", "tiff_lzw", "tiff_adobe_deflate"])
    return saved(Image.fromarray(labels.astype(kind)), "TIFF", compression=compression), labels, {}


def bmp(rng):
    kind = rng.choice(["grey", "one", "rgb", "palette"])
    if kind == "grey":
        labels = labels_for(rng, 0, 255)
        return saved(Image.fromarray(labels.astype(np.uint8)), "BMP"), labels, {}
    if kind == "one":
        labels = labels_for(rng, 0, 1)
        return saved(Image.fromarray(labels.astype(bool)), "BMP"), labels, {}
    labels = labels_for(rng, 0, 2**24 - 1)
    labels.ravel()[0] = 0x010203
    rgb = np.stack([labels & 255, (labels >> 8) & 255, labels >> 16], axis=-1).astype(np.uint8)
    image = Image.fromarray(rgb)
    if kind == "palette":
        image = image.convert("P", palette=Image.Palette.ADAPTIVE, colors=256)
        colours = np.array(image.convert("RGB")).astype(np.int64)
        labels = colours[..., 0] + 256 * colours[..., 1] + 65536 * colours[..., 2]
    return saved(image, "BMP"), labels, {"colours": "id"}


NUMBERS = [np.uint8, np.int8, np.uint16, np.int16, np.int32, np.int64, np.float32, np.float64]


def range_of(kind):
    if np.issubdtype(kind, np.floating):
        return -1, 60000
    return max(-1, np.iinfo(kind).min), min(100000, np.iinfo(kind).max)


def hdf5(rng):
    kind = NUMBERS[rng.integers(len(NUMBERS))]
    labels = labels_for(rng, *range_of(kind)).astype(kind)
    member = str(rng.choice(["dataset", "a/b"]))
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver=str(rng.choice(["earliest", "latest"]))) as file:
        options = {"compression": "gzip", "shuffle": bool(rng.random() < 0.5)} if rng.random() < 0.7 else {}
        file.create_dataset(member, data=labels, **options)
        file["other"] = np.arange(3)
    return buffer.getvalue(), labels, {"member": member}


def mat(rng):
    kind = NUMBERS[rng.integers(len(NUMBERS))]
    labels = labels_for(rng, *range_of(kind)).astype(kind)
    other = scipy.sparse.csc_matrix(np.eye(3))
    way = rng.choice(["plain", "struct", "cell"])
    if way == "plain":
        content, member = {"before": "text", "labels": labels}, "labels"
    elif way == "struct":
        struct = {"Boundaries": np.array([[other], [other]], dtype=object), "Segmentation": labels, "Categories": [[1.0]]}
        content, member = {"GTinst": struct}, "GTinst.Segmentation"
    else:
        cells = np.empty((1, 3), dtype=object)
        for i in range(3):
            cells[0, i] = {"Segmentation": labels if i == 1 else labels + 1, "Boundaries": labels > 0}
        content, member = {"groundTruth": cells}, "groundTruth.1.Segmentation"
    buffer = io.BytesIO()
    scipy.io.savemat(buffer, content, do_compression=bool(rng.random() < 0.6))
    return buffer.getvalue(), labels, {"member": member}


def cases(suffix, make, seed):
    rng = np.random.default_rng(seed)
    files, rows = [], []
    for _ in range(CASES):
        content, labels, reading = make(rng)
        rules = rules_for(rng, labels)
        targets, ignored = told(labels, rules)
        height, width = labels.shape
        # One digest for all masks of a file: all are compared bit for bit, and areas tell them apart.
        digests = [target.pop() for target in targets if target[2] not in ("excluded", "crowd")]
        together = hashlib.sha256("".join(digests).encode()).hexdigest()[:16]
        row = {"bytes": len(content), "size": [width, height], "rules": {**reading, **rules}, "targets": targets, "masks": together}
        if ignored:
            row["ignore"] = ignored
        rows.append(row)
        files.append(content)
    blob = base64.b64encode(zlib.compress(b"".join(files), 9)).decode()
    return {"suffix": suffix, "files": blob, "cases": rows}


def picture(*names):
    return np.array(Image.open(os.path.join(SAMPLES, *names)))


def below(pattern):
    return sorted(glob.glob(os.path.join(SAMPLES, pattern), recursive=True))


def stem(path):
    return os.path.basename(path).rsplit(".", 1)[0]


def miniatures():
    """Set -> image id -> [target id, area, digest] of what is scored."""
    out = {}

    def add(name, image, labels, rules):
        targets, _ = told(labels, rules)
        scored = [[str(value), area, text] for value, area, text in targets if text not in ("crowd", "excluded")]
        out.setdefault(name, {})[image] = scored

    plants = "ppdls/Plant_Phenotyping_Datasets/Plant_Phenotyping_Datasets/Plant"
    for folder in ("Ara2012", "Tobacco"):
        for path in below(f"{plants}/{folder}/*_rgb.png"):
            labels = np.array(Image.open(path.replace("_rgb", "_label")))
            add("ppdls", f"{folder}/{stem(path)}", labels, {})
    for path in below("cityscapes/leftImg8bit/val/*/*_leftImg8bit.png"):
        labels = np.array(Image.open(path.replace("leftImg8bit.png", "gtFine_instanceIds.png").replace("leftImg8bit/", "gtFine/")))
        labels = labels.astype(np.int64)
        rules = {
            "background": [0, 1, 2, 3, 4, 5, 6],
            "crowd": list(range(24, 34)),
            "exclude": [9, 10, 14, 15, 16, 18, 29, 30],
            "classFactor": 1000,
        }
        add("cityscapes", stem(path), labels, rules)
    for path in below("doors/DOORS/Segmentation/DS1/DS/img/*.png"):
        mask = np.array(Image.open(path.replace("/img/", "/mask/"))) > 0
        out.setdefault("doors", {})[stem(path)] = [[stem(path), int(mask.sum()), digest(mask)]] if mask.any() else []
    for path in below("egohos/data/train/image/*.jpg"):
        if not stem(path).startswith(("ego4d_", "thu_")):
            continue
        labels = np.array(Image.open(path.replace("/image/", "/label/").replace(".jpg", ".png")))
        add("egohos", stem(path), labels if labels.ndim == 2 else labels[..., 0], {})
    for path in below("gtea/hand2K_dataset/GTEA/Images/*.jpg"):
        labels = np.array(Image.open(path.replace("/Images/", "/Masks/").replace(".jpg", ".png"))).astype(np.int64)
        if labels.ndim == 3:
            labels = labels[..., 0] + 256 * labels[..., 1] + 65536 * labels[..., 2]
        add("gtea", stem(path), labels, {})
    for path in below("hypersim/ai_0*/images/*_final_preview/*.tonemap.jpg"):
        parts = path.split("/")
        if parts[-4] == "ai_020_001":
            continue
        labels = path.replace("_final_preview", "_geometry_hdf5").replace("tonemap.jpg", "semantic_instance.hdf5")
        with h5py.File(labels) as file:
            add("hypersim", f"{parts[-4]}/{parts[-2]}/{stem(path)}", file["dataset"][:], {"background": [-1, 0]})
    classes = [3, 4, 5, 8, 9, 10, 12, 13, 15, 16, 17]
    for path in below("dram/DRAM_processed/test/**/*.jpg"):
        parts = path.split("/")
        image = Image.open(path.replace("/test/", "/labels/").replace(".jpg", ".png"))
        labels = np.array(image).astype(np.int64)
        if labels.ndim == 3:
            colours = {tuple(colour): index for index, colour in enumerate(voc_palette().tolist())}
            labels = np.array([[colours[tuple(p)] for p in row] for row in labels.tolist()])
        rules = {"ignore": [v for v in range(1, 256) if v not in classes]}
        add("dram", "/".join([*parts[-3:-1], stem(path)]), labels, rules)
    for path in below("ade20k/ADE20K_2021_17_01/images/ADE/validation/**/*.jpg"):
        rows = []
        for mask in sorted(glob.glob(f"{path[:-4]}/instance_*.png")):
            seen = np.array(Image.open(mask)) == 255
            if seen.any():
                rows.append([stem(mask), int(seen.sum()), digest(seen)])
        out.setdefault("ade20k", {})[stem(path)] = rows
    return out


formats = [
    cases("png", png, 1),
    cases("tif", tif, 2),
    cases("bmp", bmp, 3),
    cases("hdf5", hdf5, 4),
    cases("mat", mat, 5),
]
head = {
    "generator": "scripts/oracle/datasets_labels.py",
    "versions": {"numpy": np.__version__, "pillow": PIL.__version__, "h5py": h5py.__version__, "scipy": scipy.__version__},
}
packed.write_text("datasets/labels", json.dumps({**head, "formats": formats, "miniatures": miniatures()}, separators=(",", ":")) + "\n")
