"""Writes half-precision, quantised and pruned exports of a model beside their cards, to compare with the original.

    python variants.py ../../models/tiny ../../models/variants
    python variants.py ../../models/tiny ../../models/variants --only int8-static --calibration 32

OUT/tiny-KIND.yaml is the card, OUT/KIND/encoder.onnx and decoder.onnx the graphs. All take and give float32, so the
family `sam` opens them as it opens the original. KIND is one of

    fp16          weights and arithmetic in half precision, casts at both ends; what overflows in half stays float32
    int8-dynamic  weights in 8 bits, activations quantised as they come (ONNX Runtime's quantize_dynamic)
    int8-static   weights and activations of Conv, MatMul and Gemm in 8 bits by ranges seen on procedural scenes
                  (quantize_static, QDQ, weights per channel); everything else stays float32
    pruned-10     the smallest 10 % of the weights of every Conv, MatMul and Gemm set to 0, each tensor for itself;
                  nothing is trained on after it, and the zeros are stored as they are
    pruned-30     the same with 30 %

Calibration plays two rounds of clicks and a box on scenes of the validation seeds: no photograph.
"""

import argparse
import os
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers.float16 import convert_float_to_float16

from scenes import VALIDATION_SEED, scene
from score import Model, score_image

PARTS = ("encoder", "decoder")
WEIGHTED = ["Conv", "MatMul", "Gemm"]
# Coordinates, squared distances and mask logits up to 1e4 leave the range of half precision.
KEPT_FLOAT = {
    "encoder": ["Resize"],
    "decoder": ["Resize", "Pow", "Exp", "Log", "ReduceSum", "ReduceL2", "Div", "Clip", "Sub", "Mul", "Add", "ReduceMean", "ReduceMax"],
}
PRUNED = {"pruned-10": 0.1, "pruned-30": 0.3}
TITLES = {
    "fp16": "Tiny, half precision",
    "int8-dynamic": "Tiny, 8 bits dynamic",
    "int8-static": "Tiny, 8 bits static",
    "pruned-10": "Tiny, 10 % pruned",
    "pruned-30": "Tiny, 30 % pruned",
}


class Recorder:
    """Stands in for a session and keeps what it is fed."""

    def __init__(self, session):
        self.session, self.feeds = session, []

    def run(self, outputs, feed):
        self.feeds.append({name: value.copy() for name, value in feed.items()})
        return self.session.run(outputs, feed)


class Feeds(CalibrationDataReader):
    def __init__(self, feeds):
        self.left = iter(feeds)

    def get_next(self):
        return next(self.left, None)


def calibration(folder, scenes):
    """What encoder and decoder are fed while scenes are segmented."""
    model = Model(folder)
    model.encoder, model.decoder = Recorder(model.encoder), Recorder(model.decoder)
    for i in range(scenes):
        image, masks, h, w = scene(VALIDATION_SEED + i)
        kept = [m[:h, :w] for m in masks if m[:h, :w].any()]
        if kept:
            score_image(model, np.ascontiguousarray(image[:h, :w]), kept[:4], 2)
    return {"encoder": model.encoder.feeds, "decoder": model.decoder.feeds}


def half(source, target, part):
    graph = convert_float_to_float16(
        onnx.load(source), keep_io_types=True, op_block_list=KEPT_FLOAT[part], max_finite_val=65504
    )
    # A value with several readers in full precision is cast once for each, under one name.
    seen, kept = set(), []
    for node in graph.graph.node:
        if node.output[0] not in seen:
            kept.append(node)
        seen.add(node.output[0])
    del graph.graph.node[:]
    graph.graph.node.extend(kept)
    onnx.save(graph, target)


def dynamic(source, target):
    quantize_dynamic(source, target, op_types_to_quantize=WEIGHTED, weight_type=QuantType.QUInt8)


def static(source, target, feeds):
    with tempfile.TemporaryDirectory() as place:
        prepared = f"{place}/prepared.onnx"
        quant_pre_process(source, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            target,
            Feeds(feeds),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=WEIGHTED,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )


def prune(source, target, share):
    model = onnx.load(source)
    read = {name for node in model.graph.node if node.op_type in WEIGHTED for name in node.input[1:2]}
    for tensor in model.graph.initializer:
        if tensor.name not in read:
            continue
        values = numpy_helper.to_array(tensor).copy()
        size = np.abs(values)
        values[size < np.sort(size, axis=None)[int(share * size.size)]] = 0
        tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    onnx.save(model, target)


def card(kind):
    return f"""name: tiny-{kind}
title: {TITLES[kind]}
description: The bundled model as scripts/tiny-model/variants.py writes it, to be compared with the original.
family: sam
files:
  encoder: {kind}/encoder.onnx
  decoder: {kind}/decoder.onnx
image:
  size: 256
licence: MIT
source: scripts/tiny-model/variants.py in this repository
"""


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("model", help="folder with encoder.onnx and decoder.onnx")
    ap.add_argument("out")
    ap.add_argument("--only", nargs="+", choices=list(TITLES), default=list(TITLES))
    ap.add_argument("--calibration", type=int, default=24, help="scenes")
    args = ap.parse_args()
    feeds = calibration(args.model, args.calibration) if "int8-static" in args.only else None
    for kind in args.only:
        os.makedirs(f"{args.out}/{kind}", exist_ok=True)
        for part in PARTS:
            source, target = f"{args.model}/{part}.onnx", f"{args.out}/{kind}/{part}.onnx"
            if kind == "fp16":
                half(source, target, part)
            elif kind == "int8-dynamic":
                dynamic(source, target)
            elif kind in PRUNED:
                prune(source, target, PRUNED[kind])
            else:
                static(source, target, feeds[part])
            before, after = os.path.getsize(source), os.path.getsize(target)
            print(f"{kind} {part}: {before} -> {after} bytes", flush=True)
        with open(f"{args.out}/tiny-{kind}.yaml", "w") as file:
            file.write(card(kind))


if __name__ == "__main__":
    main()
