"""Exports a checkpoint as encoder.onnx and decoder.onnx, and checks the result.

    python export.py ckpt.pt OUT_DIR
    python export.py --check-only ckpt.pt OUT_DIR

The decoder follows the contract of SAM's ONNX export without the upscaling in the graph, and has a batch axis
over prompts: `image_embeddings` 1x32x128x128, `point_coords` PxNx2, `point_labels` PxN, `mask_input` Px1x128x128,
`has_mask_input` P -> `iou_predictions` Px4, `low_res_masks` Px4x128x128.
"""

import argparse
import os

import numpy as np
import onnx
import onnxruntime as ort
import torch
import torch.nn as nn

from model import Decoder, E, Encoder, S, load

INPUTS = ["image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input"]
OUTPUTS = ["iou_predictions", "low_res_masks"]


class Graph(nn.Module):
    def __init__(self, decoder):
        super().__init__()
        self.decoder = decoder

    def forward(self, image_embeddings, point_coords, point_labels, mask_input, has_mask_input):
        logits, iou = self.decoder(image_embeddings, point_coords, point_labels, mask_input, has_mask_input)
        return iou, logits


def export(encoder, decoder, out):
    axes = {n: {0: "num_prompts"} for n in INPUTS[1:] + OUTPUTS}
    axes["point_coords"][1] = axes["point_labels"][1] = "num_points"
    torch.onnx.export(
        encoder,
        torch.randn(1, 3, S, S),
        f"{out}/encoder.onnx",
        input_names=["images"],
        output_names=["image_embeddings"],
        opset_version=17,
        dynamo=False,
    )
    p, n = 3, 4  # any sizes: both axes are dynamic
    args = (
        torch.randn(1, 32, E, E),
        torch.rand(p, n, 2) * S,
        torch.ones(p, n),
        torch.randn(p, 1, E, E),
        torch.ones(p),
    )
    torch.onnx.export(
        Graph(decoder).eval(),
        args,
        f"{out}/decoder.onnx",
        input_names=INPUTS,
        output_names=OUTPUTS,
        opset_version=17,
        dynamo=False,
        dynamic_axes=axes,
    )


def session(path):
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def check(encoder, decoder, out):
    """Prints how far torch, batches and single prompts are apart; fails on anything that is not finite."""
    for name in ("encoder", "decoder"):
        graph = onnx.load(f"{out}/{name}.onnx")
        onnx.checker.check_model(graph, full_check=True)
        size = os.path.getsize(f"{out}/{name}.onnx")
        print(f"{name}.onnx: {size} bytes, opset {graph.opset_import[0].version}")
    enc, dec = session(f"{out}/encoder.onnx"), session(f"{out}/decoder.onnx")
    rng = np.random.default_rng(0)
    from scenes import scene
    from train import normalise

    image, masks, h, w = scene(0)
    x = normalise(image.astype(np.float32), h, w)[None]
    emb = enc.run(None, {"images": x})[0]
    with torch.no_grad():
        print(f"encoder, torch to onnxruntime: {np.abs(emb - encoder(torch.from_numpy(x)).numpy()).max():.1e}")

    def case(title, coords, labels, mask, has):
        feed = [emb, *(np.ascontiguousarray(v, np.float32) for v in (coords, labels, mask, has))]
        got = dec.run(None, dict(zip(INPUTS, feed)))
        with torch.no_grad():
            logits, iou = decoder(*(torch.from_numpy(v) for v in feed))
        assert all(np.isfinite(v).all() for v in got), title
        far = np.abs(got[1] - logits.numpy()).max()
        assert far < 1e-2, (title, far)
        apart = 0.0
        p = len(labels)
        for k in range(p):
            one = dec.run(None, dict(zip(INPUTS, [emb, *(v[k : k + 1] for v in feed[1:])])))
            apart = max(apart, np.abs(one[1][0] - got[1][k]).max(), np.abs(one[0][0] - got[0][k]).max())
        print(
            f"{title}: logits torch to onnxruntime {far:.1e}, iou {np.abs(got[0] - iou.numpy()).max():.1e}, "
            f"batch of {p} to singles {apart:.1e}, largest |logit| {np.abs(got[1]).max():.1f}, "
            f"mask 0 covers {(got[1][:, 0] > 0).mean():.3f}"
        )
        return got

    def coords(p, n):
        return rng.uniform(0, 255, (p, n, 2))

    zeros, noise = np.zeros((8, 1, E, E)), rng.normal(0, 5, (8, 1, E, E))
    none, all_ = np.zeros(8), np.ones(8)
    for n in (1, 2, 3, 9, 20):
        labels = rng.integers(0, 2, (8, n)).astype(np.float32)
        labels[:, 0] = 1
        at, pad = coords(8, n), np.zeros((8, 1, 2))
        case(f"{n} points", at, labels, zeros, none)
        case(f"{n} points, padding point and mask", np.concatenate([at, pad], 1), np.concatenate([labels, -np.ones((8, 1))], 1), noise, all_)  # fmt: skip
    corners = np.sort(coords(8, 2), 1)
    case("box", corners, np.tile([2.0, 3.0], (8, 1)), zeros, none)
    case("box and 3 clicks", np.concatenate([corners, coords(8, 3)], 1), np.tile([2.0, 3, 1, 0, 1], (8, 1)), noise, all_)
    flat = np.tile(coords(8, 1), (1, 2, 1))
    case("box of one pixel", flat, np.tile([2.0, 3.0], (8, 1)), zeros, none)
    gt = np.zeros((8, 1, E, E))
    gt[:, 0] = masks[0][::2, ::2] * 20.0 - 10
    got = case("padding point alone and mask", np.zeros((8, 1, 2)), -np.ones((8, 1)), gt, all_)
    a, b = got[1][0, 0] > 0, masks[0][::2, ::2]
    print(f"  the mask that comes back has IoU {(a & b).sum() / (a | b).sum():.3f} with the mask put in")
    case("padding point alone, no mask", np.zeros((8, 1, 2)), -np.ones((8, 1)), zeros, none)
    ignored = case("mask given but switched off", coords(8, 1), np.ones((8, 1)), zeros, none)
    assert np.isfinite(ignored[1]).all()
    for v in (1e4, -1e4):
        case(f"mask of {v:g}", coords(8, 2), np.ones((8, 2)), np.full((8, 1, E, E), v), all_)
    case("mask of +-1e4", coords(8, 2), np.ones((8, 2)), np.sign(noise) * 1e4, all_)
    case("clicks far outside", np.full((8, 1, 2), 1e4), np.ones((8, 1)), zeros, none)
    at = coords(8, 2)
    on = dec.run(None, dict(zip(INPUTS, [emb, *(np.float32(v) for v in (at, np.ones((8, 2)), noise, none))])))
    off = dec.run(None, dict(zip(INPUTS, [emb, *(np.float32(v) for v in (at, np.ones((8, 2)), zeros, none))])))
    print(f"has_mask_input 0: the mask's content changes the logits by {np.abs(on[1] - off[1]).max():.1e}")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("checkpoint")
    ap.add_argument("out")
    ap.add_argument("--check-only", action="store_true")
    args = ap.parse_args()
    encoder, decoder = Encoder().eval(), Decoder().eval()
    missing = load(args.checkpoint, encoder, decoder)
    if missing:
        print("not in the checkpoint, left as no-ops:", missing)
    os.makedirs(args.out, exist_ok=True)
    if not args.check_only:
        export(encoder, decoder, args.out)
    check(encoder, decoder, args.out)


if __name__ == "__main__":
    main()
