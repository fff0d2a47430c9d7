"""Writes test/fixtures/models/foreign/*.onnx: tiny graphs that are no promptable segmentation models.

    venv/bin/python scripts/oracle/families/foreign.py
"""
import pathlib

from onnx import TensorProto, checker, helper, save

OUT = pathlib.Path(__file__).resolve().parents[3] / "test" / "fixtures" / "models" / "foreign"
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def value(spec):
    name, shape, *kind = spec
    return helper.make_tensor_value_info(name, kind[0] if kind else FLOAT, shape)


def write(name, inputs, outputs):
    """Every output is random: only the ports matter."""
    nodes = [
        helper.make_node("RandomUniform", [], [out[0]], shape=[d if isinstance(d, int) else 1 for d in out[1]], seed=1.0)
        for out in outputs
    ]
    graph = helper.make_graph(nodes, name, [value(i) for i in inputs], [value(o) for o in outputs])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="foreign")
    checker.check_model(model)
    save(model, OUT / f"{name}.onnx")


IMAGE = ("images", [1, 3, 224, 224])
OUT.mkdir(parents=True, exist_ok=True)
write("classifier", [IMAGE], [("logits", [1, 1000])])
write("detector", [("image", [1, 3, 640, 640])], [("boxes", [1, 100, 4]), ("scores", [1, 100]), ("labels", [1, 100])])
write("yolo", [("images", [1, 3, 640, 640])], [("output0", [1, 84, 8400])])
write("embedding", [("pixel_values", ["batch", 3, 224, 224])], [("image_embeds", ["batch", 512])])
write("semantic", [("input", [1, 3, 512, 512])], [("logits", [1, 21, 512, 512])])
write("depth", [("image", [1, 3, 518, 518])], [("depth", [1, 518, 518])])
write("language", [("input_ids", ["batch", "n"], INT64), ("attention_mask", ["batch", "n"], INT64)], [("logits", ["batch", "n", 32])])
write("speech", [("audio", [1, "samples"])], [("features", [1, "frames", 80])])
write("tabular", [("x", ["batch", 12])], [("y", ["batch", 1])])
write("super-resolution", [("lr", [1, 3, 64, 64])], [("hr", [1, 3, 256, 256])])
write("keypoints", [("image", [1, 3, 256, 192])], [("heatmaps", [1, 17, 64, 48])])
write("renamed-decoder", [("image_embeddings", [1, 256, 64, 64]), ("points", [1, "n", 2]), ("point_labels", [1, "n"]),
                          ("mask_input", [1, 1, 256, 256]), ("has_mask_input", [1])],
      [("iou_predictions", [1, 4]), ("low_res_masks", [1, 4, 256, 256])])
