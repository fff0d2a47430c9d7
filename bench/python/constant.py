"""Writes a model of the SAM contract that gives the same answer to everything: what is left is the harness.

    python constant.py FOLDER

encoder.onnx reduces the picture (1 x 3 x 256 x 256) to one number, added to a constant embedding; decoder.onnx gives four masks
of 64 x 64 for each prompt: three disks and a square.
"""

import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)


def save(name, nodes, inputs, outputs, constants):
    value = lambda one: helper.make_tensor_value_info(*one)
    graph = helper.make_graph(nodes, name, [value(i) for i in inputs], [value(o) for o in outputs],
                              [numpy_helper.from_array(v, k) for k, v in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, folder / f"{name}.onnx")


save(
    "encoder",
    [
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=1),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["embedding", "nothing"], ["image_embeddings"]),
    ],
    [("images", TensorProto.FLOAT, [1, 3, 256, 256])],
    [("image_embeddings", TensorProto.FLOAT, [1, 32, 16, 16])],
    {"zero": np.float32(0).reshape(1), "embedding": np.zeros((1, 32, 16, 16), np.float32)},
)

y, x = np.mgrid[:64, :64].astype(np.float32)
disks = [r - np.hypot(x - 32, y - 32) for r in (8, 12, 20)]
masks = np.stack([disks[1], *disks[:2], 10 - np.maximum(abs(x - 30), abs(y - 30))])[None].astype(np.float32)
flat = lambda of, name: [
    helper.make_node("ReduceMean", [of], [f"{name}_mean"], axes=None, keepdims=0),
    helper.make_node("Mul", [f"{name}_mean", "zero"], [f"{name}_nothing"]),
]
save(
    "decoder",
    [
        # Every input is read, so that none is optimised away.
        *flat("image_embeddings", "e"), *flat("mask_input", "m"), *flat("has_mask_input", "h"),
        helper.make_node("ReduceMean", ["point_coords"], ["c"], axes=[1, 2], keepdims=1),
        helper.make_node("ReduceMean", ["point_labels"], ["l"], axes=[1], keepdims=1),
        helper.make_node("Squeeze", ["c", "last"], ["cs"]),
        helper.make_node("Add", ["cs", "l"], ["both"]),
        helper.make_node("Mul", ["both", "zero"], ["p"]),
        helper.make_node("Sum", ["p", "e_nothing", "m_nothing", "h_nothing", "scores"], ["iou_predictions"]),
        helper.make_node("Reshape", ["p", "four"], ["p4"]),
        helper.make_node("Add", ["p4", "masks"], ["low_res_masks"]),
    ],
    [
        ("image_embeddings", TensorProto.FLOAT, [1, 32, 16, 16]),
        ("point_coords", TensorProto.FLOAT, ["prompts", "points", 2]),
        ("point_labels", TensorProto.FLOAT, ["prompts", "points"]),
        ("mask_input", TensorProto.FLOAT, ["prompts", 1, 64, 64]),
        ("has_mask_input", TensorProto.FLOAT, ["prompts"]),
    ],
    [("iou_predictions", TensorProto.FLOAT, ["prompts", 4]), ("low_res_masks", TensorProto.FLOAT, ["prompts", 4, 64, 64])],
    {
        "zero": np.float32(0).reshape(1), "scores": np.float32([[0.5, 0.6, 0.7, 0.8]]), "masks": masks,
        "last": np.int64([2]), "four": np.int64([-1, 1, 1, 1]),
    },
)
print("{}")
