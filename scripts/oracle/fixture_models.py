"""Writes test/fixtures/models/*.onnx: tiny graphs with the SAM contract, for tests of the seams (no weights worth the name).

Frame 64 x 64, low-resolution logits 16 x 16, embedding 1 x 3 x 16 x 16 (the average-pooled image).
Run: python scripts/oracle/fixture_models.py   (needs onnx 1.23 or newer)
"""
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OUT = pathlib.Path(__file__).resolve().parents[2] / "test" / "fixtures" / "models"
FLOAT = TensorProto.FLOAT
LOW = 16


def value(name, shape):
    return helper.make_tensor_value_info(name, FLOAT, shape)


def constant(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


def save(name, nodes, inputs, outputs, initializers=()):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(initializers))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, OUT / f"{name}.onnx")


def encoder():
    pool = helper.make_node("AveragePool", ["images"], ["image_embeddings"], kernel_shape=[4, 4], strides=[4, 4])
    save("encoder", [pool], [value("images", [1, 3, 64, 64])], [value("image_embeddings", [1, 3, LOW, LOW])])


def decoder_inputs(prompts, first="point_coords"):
    return [
        value("image_embeddings", [1, 3, LOW, LOW]),
        value(first, [prompts, "num_points", 2]),
        value("point_labels", [prompts, "num_points"]),
        value("mask_input", [prompts, 1, LOW, LOW]),
        value("has_mask_input", [prompts]),
    ]


def picture(masks):
    """A centred disk per mask, each a little larger than the last: logits M x 16 x 16."""
    y, x = np.mgrid[0:LOW, 0:LOW] - (LOW - 1) / 2
    distance = np.sqrt(x * x + y * y)
    return np.stack([4 + m - distance for m in range(masks)]).astype(np.float32)


def batch_nodes(points, masks):
    """Expands the constant logits and scores to the number of prompts."""
    nodes = [
        helper.make_node("Shape", [points], ["shape"]),
        helper.make_node("Gather", ["shape", "zero"], ["prompts"], axis=0),
        helper.make_node("Concat", ["prompts", "mask_tail"], ["mask_shape"], axis=0),
        helper.make_node("Concat", ["prompts", "score_tail"], ["score_shape"], axis=0),
        helper.make_node("Expand", ["picture", "mask_shape"], ["constant_masks"]),
        helper.make_node("Expand", ["scores", "score_shape"], ["constant_scores"]),
    ]
    initializers = [
        constant("zero", np.array([0], np.int64)),
        constant("mask_tail", np.array([masks, LOW, LOW], np.int64)),
        constant("score_tail", np.array([masks], np.int64)),
        constant("picture", picture(masks)[None]),
        constant("scores", np.linspace(0.9, 0.6, masks, dtype=np.float32)[None]),
    ]
    return nodes, initializers


def outputs(prompts, masks):
    return [value("iou_predictions", [prompts, masks]), value("low_res_masks", [prompts, masks, LOW, LOW])]


def constant_decoder(name, masks, prompts="num_prompts", first="point_coords", extra=()):
    nodes, initializers = batch_nodes(first, masks)
    nodes += [
        helper.make_node("Identity", ["constant_masks"], ["low_res_masks"]),
        helper.make_node("Identity", ["constant_scores"], ["iou_predictions"]),
    ]
    save(name, nodes, decoder_inputs(prompts, first) + list(extra), outputs(prompts, masks), initializers)


def not_a_number_decoder():
    """As constant-4, but logits and scores are NaN for prompts whose first point has x > 32."""
    nodes, initializers = batch_nodes("point_coords", 4)
    nodes += [
        helper.make_node("Slice", ["point_coords", "starts", "ends", "axes"], ["x"]),  # P x 1 x 1
        helper.make_node("Greater", ["x", "limit"], ["right"]),
        helper.make_node("Where", ["right", "nan", "nought"], ["poison"]),
        helper.make_node("Unsqueeze", ["poison", "last"], ["poison4"]),
        helper.make_node("Add", ["constant_masks", "poison4"], ["low_res_masks"]),
        helper.make_node("Squeeze", ["poison", "last_of_three"], ["poison2"]),
        helper.make_node("Add", ["constant_scores", "poison2"], ["iou_predictions"]),
    ]
    initializers += [
        constant("starts", np.array([0, 0], np.int64)),
        constant("ends", np.array([1, 1], np.int64)),
        constant("axes", np.array([1, 2], np.int64)),
        constant("limit", np.array(32, np.float32)),
        constant("nan", np.array(np.nan, np.float32)),
        constant("nought", np.array(0, np.float32)),
        constant("last", np.array([3], np.int64)),
        constant("last_of_three", np.array([2], np.int64)),
    ]
    save("decoder-nan", nodes, decoder_inputs("num_prompts"), outputs("num_prompts", 4), initializers)


OUT.mkdir(parents=True, exist_ok=True)
encoder()
for count in (1, 3, 4):
    constant_decoder(f"decoder-{count}", count)
constant_decoder("decoder-fixed", 4, prompts=1, extra=[value("orig_im_size", [2])])
constant_decoder("decoder-renamed", 4, first="points")
not_a_number_decoder()
print("onnx", onnx.__version__, sorted(path.name for path in OUT.glob("*.onnx")))
