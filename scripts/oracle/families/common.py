"""Pictures, prompts and files that the oracles of model families share.

Each family's script makes a small model of random, seeded weights, exports it with the ports of the public exports
(test/fixtures/models/<family>/), and writes what the reference implementation answers, computed by PyTorch and never by
the exported files (test/oracle/families/<family>.json.gz). Needs transformers and torchvision beside requirements.txt.
"""
import base64
import hashlib
import pathlib
import platform
import sys
import warnings
from importlib.metadata import version

import numpy as np
import onnx
import onnxruntime
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import packed  # noqa: E402
from masks_cases import Random, picture, shape  # noqa: E402

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
torch.set_grad_enabled(False)

ROOT = pathlib.Path(__file__).resolve().parents[3]
MODELS = ROOT / "test" / "fixtures" / "models"
SIDE = 128
# Of the largest logit: pixels nearer to the threshold may fall on either side.
UNDECIDED = 5e-5
# Wider, taller, square, odd and smaller, tiny, larger.
SIZES = ((200, 120), (90, 150), (128, 128), (97, 61), (45, 33), (301, 517))


def tiny_image(number, width, height):
    """A shape in one colour on a gradient with noise; test/models/cases.ts draws the same."""
    base = picture(1, width, height, 3, 700 + number).astype(int) // 2
    noise = picture(0, width, height, 3, 710 + number).astype(int) // 8
    object_ = shape(1, width, height, 720 + number)[..., None].astype(int)
    return np.clip(base + noise + object_ * np.array([90, 40, 10]), 0, 255).astype(np.uint8)


def prompts(number, width, height, box=True, mask=True, most=20):
    """Name, clicks (x, y, label), box or None, number of the earlier prompt whose first candidate is fed back or None."""
    r = Random(5000 + number)
    click = lambda i: (r.below(width), r.below(height), 1 if i == 0 else r.below(2))
    clicks = [click(i) for i in range(20)]
    x0, y0 = r.below(width // 2), r.below(height // 2)
    corners = (x0, y0, x0 + 1 + r.below(width - x0 - 1), y0 + 1 + r.below(height - y0 - 1))
    yield "one", clicks[:1], None, None
    yield "two", clicks[:2], None, None
    yield "many", clicks[:most], None, None
    if box:
        yield "box", [], corners, None
        yield "box-clicks", clicks[:2], corners, None
    if mask:
        yield "mask-click", clicks[:2], None, 0
        yield "mask", [], None, 0
    if box and mask:
        yield "mask-box", clicks[:1], corners, 0


def randomise(model, seed, gain=1.0):
    """Weights that give lively logits: fan-in scaled normals, norms near 1."""
    generator = torch.Generator().manual_seed(seed)
    for name, p in sorted(model.named_parameters()):
        noise = torch.randn(p.shape, generator=generator)
        if p.dim() < 2:
            p.copy_(0.1 * noise + (1.0 if name.endswith("weight") else 0.0))
        else:
            p.copy_(noise * gain / np.sqrt(max(1, p[0].numel())))
    for name, b in sorted(model.named_buffers()):
        if "positional_embedding" in name:
            b.copy_(torch.randn(b.shape, generator=generator))
    return model.eval()



def export(model, args, path, inputs, outputs, dynamic=None, opset=17):
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        model.eval(), args, str(path), input_names=inputs, output_names=outputs, dynamic_axes=dynamic or {},
        opset_version=opset, dynamo=False, do_constant_folding=True,
    )
    shrink(path)


def shrink(path):
    """Merges what is computed twice and shortens the inner names: the same ports and numbers in a smaller file."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    model = onnx.load(str(path))
    graph = model.graph
    ports = {port.name for port in [*graph.input, *graph.output]}
    short = {}
    name = lambda old: old if old in ports or old == "" else short.setdefault(old, np.base_repr(len(short), 36))
    for node in graph.node:
        node.ClearField("name")
        node.ClearField("doc_string")
        node.input[:] = [name(old) for old in node.input]
        node.output[:] = [name(old) for old in node.output]
        if any(a.HasField("g") for a in node.attribute):
            raise SystemExit(f"{path}: a graph within a node")
    for tensor in graph.initializer:
        tensor.name = name(tensor.name)
        tensor.ClearField("doc_string")
    del graph.value_info[:], graph.metadata_props[:], model.metadata_props[:]
    keep = {"", "ai.onnx", *(node.domain for node in graph.node)}
    for entry in [e for e in model.opset_import if e.domain not in keep]:
        model.opset_import.remove(entry)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def text(values):
    return base64.b64encode(np.ascontiguousarray(values, np.float32).tobytes()).decode()


def told(full, threshold, margin):
    """Area and first 12 hex digits of the SHA-256 of the mask's bytes with undecided pixels cleared; those outside; those inside."""
    undecided = np.abs(full.astype(np.float64) - threshold) < margin
    inside = full > threshold
    bits = (inside & ~undecided).astype(np.uint8)
    pixels = [np.flatnonzero(undecided & side).tolist() for side in (~inside, inside)]
    return [int(bits.sum()), hashlib.sha256(bits.tobytes()).hexdigest()[:12], *pixels]


def case(number, size, name, clicks, box, feedback, multimask, scores, low, full, threshold=0.0):
    """scores (M), low-resolution logits (M, h, w), logits of the picture's size (M, H, W)."""
    largest = float(np.abs(low).max())
    samples = [row.reshape(-1)[:: max(1, row[0].size * row.shape[0] // 48)][:48] for row in low]
    return {
        "image": [number, *size],
        "name": name,
        "clicks": clicks,
        "box": box,
        "feedback": feedback,
        "multimask": multimask,
        "low": list(low.shape[1:]),
        "scores": text(scores),
        "largest": largest,
        "logits": [text(sample) for sample in samples],
        "masks": [told(np.asarray(mask), threshold, UNDECIDED * largest) for mask in full],
    }


def write(name, cases, *packages, **facts):
    """`packages`: whose versions are told beside those of all."""
    import PIL
    import transformers

    versions = {"python": platform.python_version(), "numpy": np.__version__, "torch": torch.__version__,
                "pillow": PIL.__version__, "transformers": transformers.__version__, **{one: version(one) for one in packages}}
    generator = f"scripts/oracle/families/{pathlib.Path(sys.argv[0]).name}"
    packed.write_cases(f"families/{name}", {"generator": generator, "versions": versions, **facts}, cases)
    parts = [(area + len(b), len(a) + len(b), c["image"][1] * c["image"][2]) for c in cases for area, _, a, b in c["masks"]]
    area, undecided, pixels = np.sum(parts, 0)
    print("foreground", round(float(np.mean([a / n for a, _, n in parts])), 3), "undecided", undecided / pixels)


def candidates(scores, masks, multimask):
    """What a harness keeps of one prompt's M outputs: with four the last three are ambiguity-aware."""
    if len(scores) == 4:
        wanted = [1, 2, 3] if multimask else [0]
    else:
        wanted = list(range(len(scores)))
    return np.asarray(scores)[wanted], np.asarray(masks)[wanted]
