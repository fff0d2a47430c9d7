"""SAM 2 on Transformers' Sam2Model with random weights: samexporter, sam-cpp-macos, and the layout of Transformers.js.
The reference is Sam2Model's own forward pass; sam2's transforms (a float tensor resized, antialiased) for the former
two, Transformers' Sam2ImageProcessor (bytes) for the last; masks by one bilinear step.

    venv/bin/python scripts/oracle/families/sam2_family.py
"""
import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn.functional import interpolate
from transformers import Sam2Config, Sam2HieraDetConfig, Sam2MaskDecoderConfig, Sam2Model, Sam2PromptEncoderConfig, Sam2VisionConfig

from common import MODELS, SIDE, SIZES, candidates, case, export, prompts, randomise, tiny_image, write

MEAN, STD = torch.tensor([0.485, 0.456, 0.406])[:, None, None], torch.tensor([0.229, 0.224, 0.225])[:, None, None]
LOW = 32


def sam2_model():
    backbone = Sam2HieraDetConfig(hidden_size=4, image_size=[SIDE, SIDE], blocks_per_stage=[1, 1, 2, 1], embed_dim_per_stage=[4, 6, 8, 12],
                                  num_attention_heads_per_stage=[1, 1, 2, 2], window_size_per_stage=[4, 4, 4, 4], global_attention_blocks=[3])
    vision = Sam2VisionConfig(backbone_config=backbone, backbone_channel_list=[12, 8, 6, 4],
                              backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]], fpn_hidden_size=16)
    prompt = Sam2PromptEncoderConfig(hidden_size=16, image_size=SIDE, mask_input_channels=16)
    decoder = Sam2MaskDecoderConfig(hidden_size=16, mlp_dim=8, num_hidden_layers=1, num_attention_heads=2, iou_head_hidden_dim=8,
                                    dynamic_multimask_via_stability=False)
    config = Sam2Config(vision_config=vision, prompt_encoder_config=prompt, mask_decoder_config=decoder, attn_implementation="eager")
    return randomise(Sam2Model(config), 2)


class Encoder(nn.Module):
    def __init__(self, sam, order):
        super().__init__()
        self.sam, self.order = sam, order

    def forward(self, x):
        levels = self.sam.get_image_embeddings(x)
        return tuple(levels[i] for i in self.order)


class Decoder(nn.Module):
    """samexporter's SAM2ImageDecoder (all=False: three masks, clamped), sam-cpp-macos's (all=True: four, enlarged)."""

    def __init__(self, sam, all):
        super().__init__()
        self.sam, self.all = sam, all

    def forward(self, embed, high0, high1, coords, labels, mask_input, has_mask_input, orig_im_size=None):
        e = self.sam.prompt_encoder
        n = coords.shape[0]
        coords = torch.cat([coords, torch.zeros(n, 1, 2)], 1)
        labels = torch.cat([labels, -torch.ones(n, 1)], 1)
        points = e.shared_embedding((coords + 0.5)[:, None], (SIDE, SIDE))[:, 0]
        labels = labels[..., None].expand_as(points)
        points = points * (labels != -1) + e.not_a_point_embed.weight * (labels == -1)
        for i in range(4):
            points = points + e.point_embed.weight[i] * (labels == i)
        dense = has_mask_input * e.mask_embed(mask_input) + (1 - has_mask_input) * e.no_mask_embed.weight.reshape(1, -1, 1, 1)
        one = torch.ones(n, 1, 1, 1)
        pe = self.sam.get_image_wide_positional_embeddings() * one
        feats = [high0 * one, high1 * one]
        parts = [self.sam.mask_decoder(embed * one, pe, points[:, None], dense, m, feats) for m in ((False, True) if self.all else (True,))]
        masks, scores = torch.cat([p[0] for p in parts], 2)[:, 0], torch.cat([p[1] for p in parts], 2)[:, 0]
        if not self.all:
            return torch.clamp(masks, -32, 32), scores
        size = orig_im_size.to(torch.int64)
        full = interpolate(masks, size=(size[0], size[1]), mode="bilinear", align_corners=False)
        return full, scores, torch.clamp(masks, -32, 32)


class PromptDecoder(nn.Module):
    """Points, labels and boxes, each possibly without elements; corners become points of labels 2 and 3."""

    def __init__(self, sam):
        super().__init__()
        self.sam = sam

    def forward(self, e0, e1, e2, input_points, input_labels, input_boxes):
        b, n = input_points.shape[0], input_points.shape[1]
        per = 2 * input_boxes.shape[1] // n
        corners = torch.cat([input_boxes, torch.zeros(b, n, 4)], 1)[:, :n].reshape(b, n, 2, 2)[:, :, :per]
        numbers = torch.tensor([2, 3])[:per].expand(b, n, per)
        e = self.sam.prompt_encoder
        sparse = e._embed_points(torch.cat([corners, input_points], 2), torch.cat([numbers, input_labels], 2), pad=True)
        dense = e.no_mask_embed.weight.reshape(1, -1, 1, 1).expand(1, -1, 8, 8)
        pe = self.sam.get_image_wide_positional_embeddings()
        masks, scores, _, presence = self.sam.mask_decoder(e2, pe, sparse, dense, True, [e0, e1])
        return scores, masks, presence


def float_input(image):
    """SAM2Transforms: ToTensor, Resize (antialiased bilinear on floats), Normalize."""
    x = torch.as_tensor(image).permute(2, 0, 1).float() / 255
    x = interpolate(x[None], (SIDE, SIDE), mode="bilinear", align_corners=False, antialias=True)[0]
    return ((x - MEAN) / STD)[None]


def byte_input(image, side=SIDE, mean=MEAN, std=STD):
    """Sam2ImageProcessor with Pillow's bytes. Its own resize is torch's kernel for bytes, whose weights have fewer bits and
    depend on the processor: `apart` prints by how much they differ."""
    x = torch.as_tensor(np.array(Image.fromarray(image).resize((side, side), Image.Resampling.BILINEAR))).permute(2, 0, 1)
    return ((x.float() / 255 - mean) / std)[None]


def apart(image):
    """Pixels of another value, and the largest difference, between Pillow's and torch's resized bytes."""
    x = torch.as_tensor(image).permute(2, 0, 1)[None]
    torchs = interpolate(x, (SIDE, SIDE), mode="bilinear", align_corners=False, antialias=True)[0].permute(1, 2, 0).int().numpy()
    pillows = np.array(Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.BILINEAR)).astype(int)
    return float((torchs != pillows).mean()), int(np.abs(torchs - pillows).max())


def forward(sam, levels, clicks, box, mask, multimask):
    points = torch.tensor([[[[x, y] for x, y, _ in clicks]]]).float() if clicks else None
    labels = torch.tensor([[[label for _, _, label in clicks]]]) if clicks else None
    boxes = torch.tensor([[box]]).float() if box else None
    if points is None and boxes is None:  # the exports' own padding point alone; Sam2Model would send two
        e = sam.prompt_encoder
        sparse = e._embed_points(torch.zeros(1, 1, 1, 2), -torch.ones(1, 1, 1, dtype=torch.int32), pad=False)
        pe = sam.get_image_wide_positional_embeddings()
        masks, scores, _, _ = sam.mask_decoder(levels[2], pe, sparse, e.mask_embed(mask), multimask, list(levels[:2]))
        return scores[0, 0].numpy(), masks[0, 0].numpy()
    out = sam(image_embeddings=list(levels), input_points=points, input_labels=labels, input_boxes=boxes, input_masks=mask,
              multimask_output=multimask)
    return out.iou_scores[0, 0].numpy(), out.pred_masks[0, 0].numpy()


def cases(sam, pre, mask=True, all=False, clamp=True, side=SIDE):
    for number, (w, h) in enumerate(SIZES):
        levels = sam.get_image_embeddings(pre(tiny_image(number, w, h)))
        fed = None
        for name, clicks, corners, feedback in prompts(number, w, h, True, mask):
            scaled = [(x * (side / w), y * (side / h), label) for x, y, label in clicks]
            sides = corners and [v * (side / (w, h)[i % 2]) for i, v in enumerate(corners)]
            previous = fed if feedback is not None else None
            both = [forward(sam, levels, scaled, sides, previous, m) for m in ((False, True) if all else (True,))]
            scores, low = np.concatenate([b[0] for b in both]), np.concatenate([b[1] for b in both])
            multimask = len(clicks) == 1
            scores, low = candidates(scores, np.clip(low, -32, 32) if clamp else low, multimask)
            if name == "one":
                fed = torch.as_tensor(low[0])[None, None]
            full = interpolate(torch.as_tensor(low)[None], (h, w), mode="bilinear", align_corners=False)[0]
            yield case(number, (w, h), name, clicks, corners, feedback, multimask, scores, low, full.numpy())


def export_transformers_js(sam, folder, side=SIDE):
    levels = [f"image_embeddings.{i}" for i in range(3)]
    features = (torch.randn(1, 2, 32, 32), torch.randn(1, 4, 16, 16), torch.randn(1, 16, 8, 8))
    feeds = (torch.rand(1, 2, 3, 2) * side, torch.ones(1, 2, 3, dtype=torch.int64), torch.rand(1, 2, 4) * side)
    export(Encoder(sam, (0, 1, 2)), (torch.zeros(1, 3, side, side),), folder / "vision_encoder.onnx", ["pixel_values"], levels)
    export(PromptDecoder(sam), (*features, *feeds),
           folder / "prompt_encoder_mask_decoder.onnx", [*levels, "input_points", "input_labels", "input_boxes"],
           ["iou_scores", "pred_masks", "object_score_logits"],
           {"input_points": {1: "n", 2: "k"}, "input_labels": {1: "n", 2: "k"}, "input_boxes": {1: "boxes"}})


def main():
    sam = sam2_model()
    image = torch.zeros(1, 3, SIDE, SIDE)
    e0, e1, e2 = torch.randn(1, 2, 32, 32), torch.randn(1, 4, 16, 16), torch.randn(1, 16, 8, 8)
    points, labels = torch.rand(2, 3, 2) * SIDE, torch.tensor([[1.0, 0, 1], [2, 3, 1]])
    prompt = (points, labels, torch.randn(2, 1, LOW, LOW), torch.tensor([1.0]))
    names = ["point_coords", "point_labels", "mask_input", "has_mask_input"]
    axes = {"point_coords": {0: "num_labels", 1: "num_points"}, "point_labels": {0: "num_labels", 1: "num_points"},
            "mask_input": {0: "num_labels"}, "has_mask_input": {0: "num_labels"}}

    folder = MODELS / "sam2"
    ours = ["high_res_feats_0", "high_res_feats_1", "image_embed"]
    export(Encoder(sam, (0, 1, 2)), (image,), folder / "encoder.onnx", ["image"], ours)
    export(Decoder(sam, False), (e2, e0, e1, *prompt), folder / "decoder.onnx", ["image_embed", *ours[:2], *names],
           ["masks", "iou_predictions"], axes)
    write("sam2", list(cases(sam, float_input)))

    theirs = ["image_embeddings", "high_res_features1", "high_res_features2"]
    fixed = {"point_coords": {1: "num_points"}, "point_labels": {1: "num_points"}}
    one = (points[:1], labels[:1], torch.randn(1, 1, LOW, LOW), torch.tensor([1.0]), torch.tensor([30, 40]))
    export(Encoder(sam, (2, 0, 1)), (image,), folder / "macos-encoder.onnx", ["input"], theirs)
    export(Decoder(sam, True), (e2, e0, e1, *one), folder / "macos-decoder.onnx", [*theirs, *names, "orig_im_size"],
           ["masks", "iou_predictions", "low_res_masks"], fixed)
    write("sam2-four", list(cases(sam, float_input, all=True)))

    export_transformers_js(sam, MODELS / "hf-sam2")
    print("Pillow and torch apart:", [apart(tiny_image(number, *size)) for number, size in enumerate(SIZES)])
    write("hf-sam2", list(cases(sam, byte_input, mask=False, clamp=False)))


if __name__ == "__main__":
    main()
