"""Exports a checkpoint of the tiny video model to ONNX, and checks the files against torch.

    python export.py ckpt.pt OUT_DIR            the image encoder stays that of models/tiny, which training leaves as it is

Writes mask_decoder.onnx, memory_encoder.onnx, memory_attention.onnx (opset 17, plain ONNX operators) and
constants.json: what the host adds by itself, and the sizes.
"""

import argparse
import json
import os
import warnings

import numpy as np
import onnx
import onnxruntime as ort
import torch
import torch.nn as nn

import still  # noqa: F401
from clips import HELD_OUT_SEED, clip
from image_model import MEAN, STD, E, S
from model import C, CP, H, M, MAX_POINTERS, NUM_MASKMEM
from propagate import encoder_of
from train import load

DECODER_IN = ["image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input"]
DECODER_OUT = ["low_res_masks", "iou_predictions", "object_score_logits", "object_pointers"]
ATTENTION_IN = ["curr", "memory_1", "memory_2", "memory_pos_1", "memory_pos_2"]


class MemoryEncoderGraph(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.m, self.keys = model.memory_encoder, model.keys

    def forward(self, pix_feat, masks):
        return self.m(self.keys, pix_feat, masks)


class MemoryAttentionGraph(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.m, self.keys = model.memory_attention, model.keys

    def forward(self, curr, memory_1, memory_2, memory_pos_1, memory_pos_2):
        return self.m(self.keys, curr, memory_1[None], memory_pos_1, memory_2[None], memory_pos_2)


def examples(n=3, m=4, p=2, points=3):
    g = torch.Generator().manual_seed(0)
    emb = torch.randn(1, C, E, E, generator=g) * 0.15
    decoder = (emb, torch.rand(p, points, 2, generator=g) * S, torch.randint(-1, 4, (p, points), generator=g).float(), torch.randn(p, 1, E, E, generator=g) * 5, torch.ones(p))  # fmt: skip
    encoder = (emb, torch.rand(1, 1, S, S, generator=g) * 20 - 10)
    attention = (emb, torch.randn(n, M, H, H, generator=g), torch.randn(m, CP, generator=g), torch.randint(0, NUM_MASKMEM, (n,), generator=g), torch.rand(m, generator=g))  # fmt: skip
    return decoder, encoder, attention


def session(path):
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def constants(model):
    def value(t):
        return {"shape": list(t.shape), "data": [float(str(v)) for v in t.detach().numpy().astype(np.float32).flatten()]}

    return {
        "image_size": S,
        "embedding": [C, E, E],
        "low_res_size": E,
        "memory": [M, H, H],
        "pointer": CP,
        "num_maskmem": NUM_MASKMEM,
        "max_obj_ptrs_in_encoder": MAX_POINTERS,
        "sigmoid_scale_for_mem_enc": 20.0,
        "sigmoid_bias_for_mem_enc": -10.0,
        "no_obj_score": -1024.0,
        "tensors": {
            "no_mem_embed": value(model.no_mem_embed),
            "no_obj_ptr": value(model.no_obj_ptr),
            "no_obj_embed_spatial": value(model.no_obj_embed_spatial),
            "mask_downsample_weight": value(model.mask_downsample_weight),
            "mask_downsample_bias": value(model.mask_downsample_bias),
            "maskmem_tpos_enc": value(model.memory_attention.tpos),
        },
    }


def export(model, out):
    model.memory_attention.fused = False
    decoder, encoder, attention = examples()
    how = {"opset_version": 17, "dynamo": False}
    axes = {k: {0: "num_prompts"} for k in DECODER_IN[1:] + DECODER_OUT}
    axes["point_coords"][1] = axes["point_labels"][1] = "num_points"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model.decoder, decoder, f"{out}/mask_decoder.onnx", input_names=DECODER_IN, output_names=DECODER_OUT, dynamic_axes=axes, **how)  # fmt: skip
        torch.onnx.export(MemoryEncoderGraph(model).eval(), encoder, f"{out}/memory_encoder.onnx", input_names=["pix_feat", "masks"], output_names=["vision_features"], **how)  # fmt: skip
        axes = {"memory_1": {0: "num_memories"}, "memory_pos_1": {0: "num_memories"}, "memory_2": {0: "num_pointers"}, "memory_pos_2": {0: "num_pointers"}}  # fmt: skip
        torch.onnx.export(MemoryAttentionGraph(model).eval(), attention, f"{out}/memory_attention.onnx", input_names=ATTENTION_IN, output_names=["pix_feat"], dynamic_axes=axes, **how)  # fmt: skip
    # The tracer leaves some output sizes unknown that are in truth fixed: write them in.
    fixed = {"mask_decoder": {"low_res_masks": [None, 4, E, E], "iou_predictions": [None, 4], "object_score_logits": [None, 1], "object_pointers": [None, 4, CP]}, "memory_encoder": {"vision_features": [1, M, H, H]}, "memory_attention": {"pix_feat": [1, C, E, E]}}  # fmt: skip
    for name, outputs in fixed.items():
        graph = onnx.load(f"{out}/{name}.onnx")
        for o in graph.graph.output:
            for d, v in zip(o.type.tensor_type.shape.dim, outputs[o.name]):
                if v is not None:
                    d.Clear()
                    d.dim_value = v
        onnx.save(graph, f"{out}/{name}.onnx")
    with open(f"{out}/constants.json", "w") as f:
        json.dump(constants(model), f)


@torch.no_grad()
def check(model, out):
    files = ["image_encoder", "mask_decoder", "memory_encoder", "memory_attention"]
    total = 0
    for name in files:
        path = encoder_of(out) if name == "image_encoder" else f"{out}/{name}.onnx"
        graph = onnx.load(path)
        onnx.checker.check_model(graph, full_check=True)
        assert all(n.domain in ("", "ai.onnx") for n in graph.graph.node)
        size = os.path.getsize(path)
        total += size

        def show(values):
            return ", ".join(f"{v.name} {[d.dim_value or d.dim_param for d in v.type.tensor_type.shape.dim]}" for v in values)

        print(f"{name}.onnx: {size} bytes, opset {graph.opset_import[0].version}: {show(graph.graph.input)} -> {show(graph.graph.output)}")
    print(f"all files: {total} bytes")
    assert total <= 14_000_000
    model.memory_attention.fused = True
    dec, enc, att = (session(f"{out}/{n}.onnx") for n in files[1:])
    worst = {}
    # Real features and memories: the first frames of held-out clips.
    look = session(encoder_of(out))
    real = []
    for seed in range(3):
        frames, masks = clip(HELD_OUT_SEED + seed, 4)
        for t in range(4):
            x = ((frames[t].astype(np.float32) - np.float32(MEAN)) / np.float32(STD)).transpose(2, 0, 1)[None]
            emb = torch.from_numpy(look.run(None, {"images": np.ascontiguousarray(x)})[0])
            m = torch.from_numpy(masks[0, t]).float()[None, None] * 20 - 10
            real.append((emb, model.remember(emb, m, torch.ones(1))[0]))

    def far(name, got, want):
        d = max(float(np.abs(g - w.numpy()).max()) for g, w in zip(got, want))
        worst[name] = max(worst.get(name, 0), d)
        assert all(np.isfinite(g).all() for g in got)

    for n, m, p, points in ((1, 1, 1, 1), (1, 0, 1, 2), (2, 3, 2, 2), (7, 16, 1, 2), (9, 18, 3, 5)):
        decoder, encoder, attention = examples(n, m, p, points)
        emb = real[n][0]
        decoder, encoder = (emb, *decoder[1:]), (emb, *encoder[1:])
        attention = (emb, torch.stack([real[i][1] for i in range(n)]), *attention[2:])
        wanted = MemoryAttentionGraph(model)(*attention)
        got = att.run(None, dict(zip(ATTENTION_IN, (v.numpy() for v in attention))))
        far("memory_attention", got, [wanted])
        far("mask_decoder", dec.run(None, dict(zip(DECODER_IN, (v.numpy() for v in decoder)))), model.decoder(*decoder))
        tracked = (wanted, torch.zeros(1, 2, 2), -torch.ones(1, 2), torch.zeros(1, 1, E, E), torch.zeros(1))
        far("mask_decoder, tracked frame", dec.run(None, dict(zip(DECODER_IN, (v.numpy() for v in tracked)))), model.decoder(*tracked))
        far("memory_encoder", enc.run(None, dict(zip(["pix_feat", "masks"], (v.numpy() for v in encoder)))), [MemoryEncoderGraph(model)(*encoder)])
    for name, d in worst.items():
        print(f"{name}: torch to onnxruntime {d:.1e}")
        assert d < 1e-4 or (name.startswith("mask_decoder") and d < 1e-3), name


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("checkpoint")
    ap.add_argument("out")
    args = ap.parse_args()
    torch.set_num_threads(1)
    model = load(args.checkpoint)
    export(model, args.out)
    check(model, args.out)


if __name__ == "__main__":
    main()
