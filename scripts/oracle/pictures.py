"""Label maps, masks and pictures of every kind of file and type of sample: test/oracle/formats/pictures.json.gz.

Files are written by tifffile, Pillow and OpenCV. What they hold is told by a reader: labels by tifffile (TIFF) and by
Pillow, masks of 8 bits and less by Pillow and OpenCV, which must agree, CMYK by Pillow.

    python -m venv /tmp/pictures && /tmp/pictures/bin/pip install -r scripts/oracle/pictures-requirements.txt
    /tmp/pictures/bin/python scripts/oracle/pictures.py
"""

import base64
import io
import json
import struct
import zlib

import cv2
import imagecodecs
import numpy as np
import PIL
import tifffile
from PIL import Image

import packed

RNG = np.random.default_rng(15)
SHAPE = (11, 18)
cases = []


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(array, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **{"photometric": "minisblack", **options})
    return buffer.getvalue()


def values(dtype):
    """Random values; the first ones are the type's limits, as far as JavaScript's numbers go."""
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return RNG.integers(0, 2, SHAPE).astype(bool)
    low, high = (-2000, 2001) if kind.kind == "f" else (max(np.iinfo(kind).min, -(2**53) + 1), min(np.iinfo(kind).max, 2**53 - 1))
    array = RNG.integers(low, high, SHAPE, dtype=np.int64 if low < 0 else np.uint64).astype(kind)
    array.ravel()[:2] = low, high
    return array


def case(name, data, label=None, mask=None, refused=None, **more):
    """`label`: values as stored; `mask`: grey or RGB; `refused`: how the sentence begins that refuses it as labels."""
    told = lambda array: None if array is None else [float(v) if array.dtype.kind == "f" else int(v) for v in array.ravel()]
    cases.append({"name": name, "file": base64.b64encode(data).decode(), "label": told(label), "mask": told(mask), "refused": refused, **more})


def grey(data):
    """As Pillow and OpenCV have it, which must agree."""
    by_pillow = np.array(Image.open(io.BytesIO(data)).convert("L"))
    by_opencv = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if by_opencv is not None:
        assert (by_pillow == by_opencv).all()
    return by_pillow


def rgb(data):
    return np.array(Image.open(io.BytesIO(data)).convert("RGB"))


def tiffs():
    for kind in ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float16", "float32", "float64", "int64", "uint64"]:
        for order in "<>":
            for compression, predictor, tile in [(None, False, None), ("deflate", True, (16, 16)), ("lzw", True, None), ("zstd", False, None), ("packbits", False, (16, 16))]:
                predictor = predictor and "64" not in kind.replace("float64", "")
                array = values(kind)
                data = tiff(array, byteorder=order, compression=compression, predictor=predictor, tile=tile)
                read = tifffile.imread(io.BytesIO(data))
                assert (read == array).all()
                name = f"{kind}{'le' if order == '<' else 'be'}-{compression}{'-predictor' if predictor else ''}{'-tiles' if tile else ''}.tif"
                case(name, data, read, read)
    one = values("bool")
    for compression in [None, "packbits"]:
        data = tiff(one, compression=compression)
        case(f"bool-{compression}.tif", data, tifffile.imread(io.BytesIO(data)), grey(data))
    for compression in ["group3", "group4"]:
        data = saved(Image.fromarray(one), "TIFF", compression=compression)
        case(f"bool-{compression}.tif", data, one, grey(data))
    for array in [one, values("uint8"), values("uint16")]:
        data = tiff(array, photometric="miniswhite")
        wide = array.dtype == np.uint16
        case(f"white-{array.dtype}.tif", data, None, 65535 - array if wide else grey(data), "a label map cannot be told from a picture in which white is 0")
    indices = RNG.integers(0, 6, SHAPE).astype(np.uint8)
    for name, colours in [("grey", np.repeat(40 * np.arange(256) % 256, 3).reshape(256, 3)), ("colour", RNG.integers(0, 256, (256, 3)))]:
        data = tiff(indices, photometric="palette", colormap=(257 * colours.T).astype(np.uint16))
        case(f"palette-{name}.tif", data, tifffile.imread(io.BytesIO(data)), grey(data) if name == "grey" else rgb(data))
    for planar in ["contig", "separate"]:
        array = np.stack([values("uint8") for _ in range(3)])
        stored = array if planar == "separate" else np.moveaxis(array, 0, -1).copy()
        data = tiff(stored, photometric="rgb", planarconfig=planar, compression="deflate", predictor=True)
        case(f"rgb-{planar}.tif", data, np.moveaxis(array, 0, -1), rgb(data))
    bands = np.stack([values("uint16") for _ in range(8)], axis=-1)
    data = tiff(bands, planarconfig="contig", byteorder=">", compression="lzw", predictor=True)
    case("eight-bands.tif", data, bands)
    ink = np.stack([values("uint8") for _ in range(4)], axis=-1)
    for name, data in [("cmyk.tif", tiff(ink, photometric="separated")), ("cmyk.jpg", saved(Image.fromarray(ink, "CMYK"), "JPEG", quality=95))]:
        refused = "a lossy file holds no exact labels" if name.endswith("jpg") else "a label map cannot be told from a picture in which values are ink"
        case(name, data, None, rgb(data), refused, image=True, **({"within": 3, "lossy": "JPEG"} if name.endswith("jpg") else {}))
    data = saved(Image.fromarray(values("uint8")), "TIFF", compression="jpeg", quality=90)
    case("jpeg-in.tif", data, None, grey(data), "a lossy file holds no exact labels", lossy="JPEG in TIFF", within=1)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def interlaced(bits, samples, palette=None):
    """A PNG of few bits in Adam7's seven passes, which Pillow does not write."""
    lines = b""
    for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
        for row in samples[y0::dy, x0::dx]:
            if len(row):
                in_bits = (row[:, None] >> np.arange(bits - 1, -1, -1)) & 1
                lines += b"\0" + np.packbits(in_bits.ravel()).tobytes()
    height, width = samples.shape
    header = struct.pack(">IIBBBBB", width, height, bits, 3 if palette is not None else 0, 0, 0, 1)
    colours = b"" if palette is None else chunk(b"PLTE", palette.astype(np.uint8).tobytes())
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + colours + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def pngs():
    for bits in [1, 2, 4]:
        most = 2**bits - 1
        samples = RNG.integers(0, most + 1, SHAPE).astype(np.uint8)
        colours = np.repeat(np.linspace(255, 0, most + 1).astype(np.uint8), 3).reshape(-1, 3)
        image = Image.fromarray(samples, "P")
        image.putpalette(colours.ravel().tolist())
        for name, data in [("palette", saved(image, "PNG", bits=bits)), ("interlaced-palette", interlaced(bits, samples, colours))]:
            case(f"{name}-{bits}.png", data, np.array(Image.open(io.BytesIO(data)).convert("P") if bits > 1 else samples), grey(data))
        plain = interlaced(bits, samples)
        case(f"interlaced-grey-{bits}.png", plain, np.array(Image.open(io.BytesIO(plain)).convert("L")) // (255 // most), grey(plain))
    data = saved(Image.fromarray(values("bool")), "PNG")
    case("bool.png", data, np.array(Image.open(io.BytesIO(data))), grey(data))
    for kind in ["uint8", "uint16"]:
        data = saved(Image.fromarray(values(kind)), "PNG")
        read = np.array(Image.open(io.BytesIO(data)))
        case(f"{kind}.png", data, read, read)
    wide = np.stack([values("uint16") for _ in range(3)], axis=-1)
    read = cv2.imdecode(np.frombuffer(cv2.imencode(".png", wide)[1].tobytes(), np.uint8), cv2.IMREAD_UNCHANGED)[..., ::-1]
    case("rgb16.png", cv2.imencode(".png", wide)[1].tobytes(), read, read)
    for mode, channels in [("LA", 2), ("RGBA", 4)]:
        array = np.stack([values("uint8") for _ in range(channels)], axis=-1)
        data = saved(Image.fromarray(array, mode), "PNG")
        read = np.array(Image.open(io.BytesIO(data)))
        colours = read[..., 0] if channels == 2 else read[..., :3]
        case(f"{mode}.png", data, read, colours, alpha=read[..., -1].ravel().tolist())
    image = Image.fromarray(RNG.integers(0, 3, SHAPE).astype(np.uint8), "P")
    image.putpalette([0, 0, 0, 200, 0, 0, 0, 90, 255])
    data = saved(image, "PNG", transparency=b"\0\xff\x80", bits=8)
    case("transparent-palette.png", data, np.array(Image.open(io.BytesIO(data))), rgb(data), alpha=np.array(Image.open(io.BytesIO(data)).convert("RGBA"))[..., 3].ravel().tolist())


def others():
    few = RNG.integers(0, 200, SHAPE).astype(np.uint8)
    palettes = {"grey": np.repeat(np.arange(255, -1, -1), 3), "colour": RNG.integers(0, 256, 768)}
    for name, palette in palettes.items():
        image = Image.fromarray(few, "P")
        image.putpalette(palette.tolist())
        for kind in ["BMP", "GIF"]:
            for interlace in [0, 1] if kind == "GIF" else [0]:
                data = saved(image, kind, **({"interlace": interlace, "optimize": False} if kind == "GIF" else {}))
                read = Image.open(io.BytesIO(data))
                label = np.array(read)
                assert read.mode in "PL"
                case(f"palette-{name}-{interlace}.{kind.lower()}", data, label, grey(data) if name == "grey" and kind == "BMP" else np.array(read.convert("L")) if name == "grey" else rgb(data))
    for name, array in [("grey", few), ("bool", values("bool"))]:
        data = saved(Image.fromarray(array), "BMP")
        case(f"{name}.bmp", data, np.array(Image.open(io.BytesIO(data))), grey(data))
    image = Image.fromarray(few, "P")
    image.putpalette(palettes["colour"].tolist())
    data = saved(image, "GIF", transparency=7, optimize=False)
    case("transparent.gif", data, few, rgb(data), alpha=np.where(few == 7, 0, 255).ravel().tolist())
    colour = np.stack([values("uint8") for _ in range(3)], axis=-1)
    alpha = np.concatenate([colour, values("uint8")[..., None]], axis=-1)
    data = saved(Image.fromarray(colour), "BMP")
    case("rgb.bmp", data, colour, rgb(data))
    data = saved(Image.fromarray(alpha, "RGBA"), "BMP")
    read = np.array(Image.open(io.BytesIO(data)))
    # Pillow neither states the fourth byte's meaning nor reads it.
    case("rgbx.bmp", data, read, read)
    data = saved(Image.fromarray(few).convert("RGB"), "WEBP", lossless=True)
    case("lossless.webp", data, rgb(data), rgb(data))
    for kind, name in [("WEBP", "lossy WebP"), ("JPEG", "JPEG")]:
        data = saved(Image.fromarray(few).convert("RGB"), kind, quality=90)
        case(f"lossy.{kind.lower()}", data, None, rgb(data), "a lossy file holds no exact labels", lossy=name, within=2)


def pages():
    """Files of three pages or frames, and one with a smaller copy of its only page."""
    few = [Image.fromarray(RNG.integers(0, 6, SHAPE).astype(np.uint8)) for _ in range(3)]
    for kind, options in [("GIF", {}), ("TIFF", {})]:
        data = saved(few[0], kind, save_all=True, append_images=few[1:], **options)
        read = Image.open(io.BytesIO(data))
        case(f"pages.{kind.lower()}", data, np.array(read), np.array(read.convert("L")), pages=True)
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as file:
        file.write(np.array(few[0]), photometric="minisblack")
        file.write(np.array(few[0])[::2, ::2].copy(), photometric="minisblack", subfiletype=1)
    case("overview.tif", buffer.getvalue(), np.array(few[0]), np.array(few[0]))


tiffs()
pages()
pngs()
others()
versions = {"numpy": np.__version__, "pillow": PIL.__version__, "tifffile": tifffile.__version__, "imagecodecs": imagecodecs.__version__, "opencv": cv2.__version__}
packed.write_text("formats/pictures", json.dumps({"generator": "scripts/oracle/pictures.py", "versions": versions, "size": SHAPE[::-1], "cases": cases}, separators=(",", ":")) + "\n")
