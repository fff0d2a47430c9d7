"""Expected tensors of the SAM contract from Pillow, PyTorch and Python's onnxruntime: what goes into the graphs, what
the bundled tiny model answers, and the masks at the original size.

    venv/bin/python scripts/oracle/pipeline.py [NAME ...]

Needs onnxruntime 1.30.0 beside requirements.txt. Writes test/oracle/models/<name>.json.gz; pictures are drawn again by
test/masks/cases.ts. Everything is seeded: a second run on the same processor changes nothing.
"""

import base64
import hashlib
import json
import pathlib
import platform

import numpy as np
import onnxruntime as ort
import PIL
import torch
from PIL import Image
from torch.nn.functional import interpolate, pad

from masks_cases import Random, picture, shape, write_cases

ROOT = pathlib.Path(__file__).resolve().parents[2]
TINY = ROOT / "models" / "tiny"
VERSIONS = {
    "python": platform.python_version(),
    "numpy": np.__version__,
    "pillow": PIL.__version__,
    "torch": torch.__version__,
    "onnxruntime": ort.__version__,
}
MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]


def digest(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:12]


def spread(array, n):
    """n values at equal steps of the flattened array."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat[:: max(1, flat.size // n)][:n]


def float32_text(values):
    return base64.b64encode(np.ascontiguousarray(values, np.float32).tobytes()).decode()


def preprocess_shape(width, height, side):
    """ResizeLongestSide.get_preprocess_shape, segment_anything/utils/transforms.py."""
    scale = side * 1.0 / max(height, width)
    return int(width * scale + 0.5), int(height * scale + 0.5)


# ------------------------------------------------------------------------------------------------ encoder input

VARIANTS = {
    "sam": {},
    "bicubic": {"filter": "bicubic"},
    "bgr": {"channels": "bgr"},
    "nhwc": {"layout": "nhwc"},
    "chw": {"layout": "chw"},
    "scale-255": {"scale": 255, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
    "inside": {"normalise": "inside"},
    "inside-255": {"normalise": "inside", "scale": 255},
    "unpadded": {"padding": "none"},
    "raw-hwc": {"dtype": "uint8", "normalise": "inside", "padding": "none", "layout": "hwc"},
    "raw-bgr-padded": {"dtype": "uint8", "normalise": "inside", "channels": "bgr", "layout": "nhwc"},
}
SIZES = ((320, 213), (213, 320), (97, 97), (1, 1), (37, 1), (1, 23), (301, 199), (5, 7), (64, 64), (65, 64), (500, 33))


def encoder_tensor(image, side, filter="bilinear", channels="rgb", layout="nchw", scale=1, mean=MEAN, std=STD,
                   normalise="outside", padding="bottom-right", dtype="float32"):
    h, w, _ = image.shape
    size = preprocess_shape(w, h, side)
    resample = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}[filter]
    pixels = torch.as_tensor(np.array(Image.fromarray(image, "RGB").resize(size, resample)))
    x = pixels.permute(2, 0, 1).contiguous()
    if channels == "bgr":
        x = x.flip(0)
    if dtype == "float32":
        x = x.to(torch.float32) / scale
        if normalise == "outside":  # Sam.preprocess, segment_anything/modeling/sam.py
            x = (x - torch.Tensor(mean).view(-1, 1, 1)) / torch.Tensor(std).view(-1, 1, 1)
    if padding == "bottom-right":
        x = pad(x, (0, side - size[0], 0, side - size[1]))
    if layout in ("nhwc", "hwc"):
        x = x.permute(1, 2, 0)
    x = x.contiguous().numpy()
    return x[None] if layout.startswith("n") else x


def encoder_input():
    """picture style, width, height, seed, side, variant, its card fields, dims, digest of the bytes, 12 values."""
    for i, (name, fields) in enumerate(VARIANTS.items()):
        for j, (w, h) in enumerate(SIZES):
            side, style, seed = (64, 96, 52)[(i + j) % 3], (0, 1, 2, 0)[j % 4], 900_000 + 100 * i + j
            x = encoder_tensor(picture(style, w, h, 3, seed), side, **fields)
            values = [float(v) for v in spread(x, 12)]
            yield [style, w, h, seed, side, name, json.dumps(fields), json.dumps(x.shape), digest(x), *values]


# ------------------------------------------------------------------------------------------------ points


def apply_coords(points, width, height, side):
    """ResizeLongestSide.apply_coords: in double; the predictor then makes float32 of it."""
    new_w, new_h = preprocess_shape(width, height, side)
    coords = np.array(points, float)
    coords[:, 0] = coords[:, 0] * (new_w / width)
    coords[:, 1] = coords[:, 1] * (new_h / height)
    return coords.astype(np.float32)


def points():
    """width, height, side, x0, y0, x1, y1 of a box, x, y of a click, and the three scaled points."""
    r = Random(91)
    for _ in range(600):
        w, h = 1 + r.below(4000), 1 + r.below(4000)
        if max(w, h) > 200 * min(w, h):
            continue
        side = (64, 256, 512, 1024)[r.below(4)]
        box = [r.below(64 * w) / 64, r.below(64 * h) / 64, r.below(64 * w) / 64, r.below(64 * h) / 64]
        click = [r.below(w), r.below(h)]
        scaled = apply_coords([box[:2], box[2:], click], w, h, side)
        yield [w, h, side, *box, *click, *(float(v) for v in scaled.reshape(-1))]


# ------------------------------------------------------------------------------------------------ the tiny model


def tiny_image(number, width, height):
    """A shape in one colour on a gradient with noise."""
    base = picture(1, width, height, 3, 700 + number).astype(int) // 2
    noise = picture(0, width, height, 3, 710 + number).astype(int) // 8
    object_ = shape(1, width, height, 720 + number)[..., None].astype(int)
    return np.clip(base + noise + object_ * np.array([90, 40, 10]), 0, 255).astype(np.uint8)


def session(name):
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    return ort.InferenceSession(str(TINY / name), options, providers=["CPUExecutionProvider"])


def simd():
    """What onnxruntime chooses its kernels by: other processors round differently."""
    flags = pathlib.Path("/proc/cpuinfo").read_text().split("\n\n")[0].split()
    return [name for name in ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_tile") if name in flags]


def tiny():
    """image number, width, height, prompt, then: scores, digest of the wanted logits, 32 of them, area and digest of the
    best mask (none where a pixel is closer than 1e-4 to the threshold)."""
    side = 256
    encoder, decoder = session("encoder.onnx"), session("decoder.onnx")
    low = decoder.get_inputs()[[i.name for i in decoder.get_inputs()].index("mask_input")].shape[-1]
    takes_size = any(i.name == "orig_im_size" for i in decoder.get_inputs())
    for number, (w, h) in enumerate(((200, 150), (120, 256), (256, 256))):
        image = tiny_image(number, w, h)
        x = encoder_tensor(image, side)
        embedding = encoder.run(None, {encoder.get_inputs()[0].name: x})[0]
        fed_back = None
        cx, cy = w // 2, h // 3
        for name in ("click", "two clicks", "box", "box and click", "clicks and mask"):
            clicks = {"click": [(cx, cy, 1)], "box": []}.get(name, [(cx, cy, 1), (w // 5, h // 2, 0)])
            clicks = clicks[:1] if name == "box and click" else clicks
            box = [(10, 20, 2), (w - 7, h - 31, 3)] if name.startswith("box") else []
            given = [*box, *clicks]
            coords = apply_coords([p[:2] for p in given], w, h, side)
            labels = [p[2] for p in given]
            if not box:
                coords, labels = np.concatenate([coords, [[0, 0]]]), [*labels, -1]
            with_mask = name == "clicks and mask"
            feeds = {
                "image_embeddings": embedding,
                "point_coords": coords[None].astype(np.float32),
                "point_labels": np.array([labels], np.float32),
                "mask_input": fed_back[None, None] if with_mask else np.zeros((1, 1, low, low), np.float32),
                "has_mask_input": np.array([1 if with_mask else 0], np.float32),
                **({"orig_im_size": np.array([h, w], np.float32)} if takes_size else {}),
            }
            scores, masks = decoder.run(["iou_predictions", "low_res_masks"], feeds)
            wanted = [1, 2, 3] if name == "click" else [0]
            scores, masks = scores[0, wanted], masks[0, wanted]
            best = masks[int(np.argmax(scores))]
            if name == "click":
                fed_back = best
            # Sam.postprocess_masks, segment_anything/modeling/sam.py
            up = interpolate(torch.as_tensor(best)[None, None], (side, side), mode="bilinear", align_corners=False)
            new_w, new_h = preprocess_shape(w, h, side)
            full = interpolate(up[..., :new_h, :new_w], (h, w), mode="bilinear", align_corners=False)[0, 0].numpy()
            bits = (full > 0).astype(np.uint8)
            sure = "" if (np.abs(full) < 1e-4).any() else digest(bits)
            yield [number, w, h, name, *(float(v) for v in (*scores, *[0, 0])[:3]), digest(masks),
                   float32_text(spread(masks, 32)), int(bits.sum()), sure]


FACTS = {"tiny": lambda: {
    "simd": simd(),
    "models": {name: hashlib.sha256((TINY / name).read_bytes()).hexdigest() for name in ("encoder.onnx", "decoder.onnx")},
}}
NAMES = {"encoder-input": encoder_input, "points": points, "tiny": tiny}


if __name__ == "__main__":
    write_cases("pipeline.py", "models", VERSIONS, NAMES, lambda name: FACTS.get(name, dict)())
