"""The SAM fixture (families/sam_family.py) stored otherwise: with its weights beside the graph, and in float16 with ports of
float16. Writes test/fixtures/models/sam-external/ and sam-float16/.

    venv/bin/python scripts/oracle/stored_models.py
"""
import pathlib
import shutil

import onnx
from onnx.external_data_helper import set_external_data
from onnxruntime.transformers.float16 import convert_float_to_float16

MODELS = pathlib.Path(__file__).resolve().parents[2] / "test" / "fixtures" / "models"


def empty(name):
    folder = MODELS / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def external():
    """The encoder's weights in one file, as torch writes large models; the decoder's four largest tensors in a file each.
    Small ones stay inside, as exporters do it: without them onnxruntime cannot infer shapes."""
    folder = empty("sam-external")
    onnx.save_model(onnx.load(MODELS / "sam" / "encoder.onnx"), folder / "encoder.onnx", save_as_external_data=True,
                    all_tensors_to_one_file=True, location="encoder.onnx_data", size_threshold=1024)
    decoder = onnx.load(MODELS / "sam" / "decoder.onnx")
    for tensor in sorted(decoder.graph.initializer, key=lambda one: -len(one.raw_data))[:4]:
        set_external_data(tensor, f"t{tensor.name}")
    onnx.save_model(decoder, folder / "decoder.onnx")


def half():
    folder = empty("sam-float16")
    for part in ("encoder", "decoder"):
        model = convert_float_to_float16(onnx.load(MODELS / "sam" / f"{part}.onnx"), keep_io_types=False)
        onnx.save_model(model, folder / f"{part}.onnx")


external()
half()
for path in sorted(MODELS.glob("sam-external/*")) + sorted(MODELS.glob("sam-float16/*")):
    print(path.relative_to(MODELS), path.stat().st_size)
