"""Writes test/oracle/families/sam3-bits.json: what the small SAM 3 graphs (test/fixtures/models/sam3) answer by Python's onnxruntime, one thread, as digests of float32 bytes.

    venv/bin/python scripts/oracle/families/sam3_bits.py

Inputs are made of numbers that both sides write down alike. onnxruntime chooses kernels by the processor: `simd` says what this one has, and equal bits are asked on such.
"""

import hashlib
import json
import pathlib

import numpy as np
import onnxruntime

from common import MODELS, packed

FOLDER = MODELS / "sam3"
FEATURES = ["fpn_feat_0", "fpn_feat_1", "fpn_feat_2", "fpn_pos_2"]


def simd():
    """Instruction sets that onnxruntime chooses by, as pipeline.py tells them."""
    asked = ["avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_tile", "asimddp", "i8mm", "bf16"]
    words = set(pathlib.Path("/proc/cpuinfo").read_text().split())
    return [name for name in asked if name in words]


def session(name):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(FOLDER / f"{name}.onnx"), options, providers=["CPUExecutionProvider"])


def run(one, feeds):
    return dict(zip((port.name for port in one.get_outputs()), one.run(None, feeds), strict=True))


def main():
    at = np.arange(3 * 56 * 56, dtype=np.int64)
    images = ((at * 7919 % 509 - 254) / 256).astype(np.float32).reshape(1, 3, 56, 56)
    seen = run(session("vision-encoder"), {"images": images})
    ids = np.full((1, 32), 599)
    ids[0, :4] = 598, 513, 520, 599
    text = run(session("text-encoder"), {"input_ids": ids, "attention_mask": (np.arange(32) < 4).astype(np.int64)[None]})
    boxes, labels = np.array([[[0.25, 0.5, 0.5, 0.75], [0.625, 0.25, 0.25, 0.125]]], np.float32), np.array([[1, 0]])
    prompt = {"input_boxes": boxes, "input_boxes_labels": labels}
    answers = run(session("geo-encoder-mask-decoder"), {**{name: seen[name] for name in FEATURES}, **text, **prompt})
    digests = {name: hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()[:16] for name, value in {**seen, **text, **answers}.items()}
    head = {"generator": "scripts/oracle/families/sam3_bits.py", "versions": {"onnxruntime": onnxruntime.__version__, "numpy": np.__version__}, "simd": simd()}
    packed.write_text("families/sam3-bits", json.dumps({**head, "digests": digests}, indent=1) + "\n", f"{len(digests)} outputs")


if __name__ == "__main__":
    main()
