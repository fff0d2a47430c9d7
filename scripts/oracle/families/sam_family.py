"""SAM and its relatives on Transformers' SamModel with random weights: official decoder and variants, samexporter,
EdgeSAM, EfficientViT-SAM, and the layout of Optimum. The reference is SamModel's own forward pass, between Pillow's
resizing and the two bilinear steps of Sam.postprocess_masks (facebookresearch/segment-anything).

    venv/bin/python scripts/oracle/families/sam_family.py
"""
import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn.functional import interpolate, pad
from transformers import SamConfig, SamMaskDecoderConfig, SamModel, SamPromptEncoderConfig, SamVisionConfig

from common import MODELS, SIDE, SIZES, candidates, case, export, prompts, randomise, tiny_image, write

MEAN, STD = torch.tensor([123.675, 116.28, 103.53]), torch.tensor([58.395, 57.12, 57.375])
LOW = 32


def sam_model(prompt_side=SIDE, seed=1, side=SIDE):
    cells = side // 16
    vision = SamVisionConfig(hidden_size=4, output_channels=16, num_hidden_layers=2, num_attention_heads=2,
                             image_size=side, patch_size=16, window_size=4, global_attn_indexes=[1], num_pos_feats=8)
    prompt = SamPromptEncoderConfig(hidden_size=16, image_size=prompt_side, patch_size=prompt_side // cells, mask_input_channels=16)
    decoder = SamMaskDecoderConfig(hidden_size=16, mlp_dim=8, num_hidden_layers=1, num_attention_heads=2, iou_head_hidden_dim=8)
    config = SamConfig(vision_config=vision, prompt_encoder_config=prompt, mask_decoder_config=decoder, attn_implementation="eager")
    return randomise(SamModel(config), seed)


# ------------------------------------------------------------------------------------------------ exported graphs


class Encoder(nn.Module):
    def __init__(self, sam):
        super().__init__()
        self.sam = sam

    def forward(self, x):
        return self.sam.vision_encoder(x).last_hidden_state


class RawEncoder(Encoder):
    """samexporter --use-preprocess: H x W x 3 of 0..255; normalises and pads."""

    def forward(self, x):
        x = ((x - MEAN) / STD).permute(2, 0, 1)[None]
        h, w = x.shape[2], x.shape[3]
        return super().forward(pad(x, (0, SIDE - w, 0, SIDE - h)))


class Decoder(nn.Module):
    """SamOnnxModel of segment_anything/utils/onnx.py over SamModel's weights."""

    def __init__(self, sam, multimask=True):
        super().__init__()
        self.sam = sam
        self.multimask = multimask

    def points(self, coords, labels):
        e = self.sam.prompt_encoder
        side = e.input_image_size
        embedded = e.shared_embedding((coords + 0.5)[:, None], (side, side))[:, 0]
        labels = labels[..., None].expand_as(embedded)
        embedded = embedded * (labels != -1) + e.not_a_point_embed.weight * (labels == -1)
        for i in range(4):
            embedded = embedded + e.point_embed[i].weight * (labels == i)
        return embedded

    def masks(self, mask_input, has_mask_input):
        e = self.sam.prompt_encoder
        return has_mask_input * e.mask_embed(mask_input) + (1 - has_mask_input) * e.no_mask_embed.weight.reshape(1, -1, 1, 1)

    def predict(self, embeddings, sparse, dense):
        pe = self.sam.get_image_wide_positional_embeddings()
        parts = [self.sam.mask_decoder(embeddings, pe, sparse[None], dense, multimask_output=m) for m in (False, True)]
        return torch.cat([p[0] for p in parts], 2)[0], torch.cat([p[1] for p in parts], 2)[0]

    def upscale(self, masks, orig_im_size):
        masks = interpolate(masks, size=(SIDE, SIDE), mode="bilinear", align_corners=False)
        size = orig_im_size.to(torch.float64)
        scale = SIDE / torch.max(size)
        cut = torch.floor(scale * size + 0.5).to(torch.int64)
        masks = masks[..., : cut[0], : cut[1]]
        orig = orig_im_size.to(torch.int64)
        return interpolate(masks, size=(orig[0], orig[1]), mode="bilinear", align_corners=False)

    def forward(self, image_embeddings, point_coords, point_labels, mask_input, has_mask_input, orig_im_size):
        masks, scores = self.predict(image_embeddings, self.points(point_coords, point_labels),
                                     self.masks(mask_input, has_mask_input))
        if not self.multimask:
            weight = torch.tensor([[1000.0] + [0.0] * 3])
            best = torch.argmax(scores + (point_coords.shape[1] - 2.5) * weight, dim=1)
            masks, scores = masks[[0], best][:, None], scores[[0], best][:, None]
        return self.upscale(masks, orig_im_size), scores, masks


class ExtraMetrics(Decoder):
    """--return-extra-metrics, whose five outputs the exporter gives three names."""

    def forward(self, *args):
        upscaled, scores, masks = super().forward(*args)
        stable = (upscaled > 1).sum((-1, -2)) / (upscaled > -1).sum((-1, -2))
        areas = (upscaled > 0).sum((-1, -2))
        return upscaled, scores, stable, areas, masks


class PointsOnly(Decoder):
    def __init__(self, sam, scores_first):
        super().__init__(sam)
        self.scores_first = scores_first

    def forward(self, image_embeddings, point_coords, point_labels):
        dense = self.masks(torch.zeros(1, 1, LOW, LOW), 0.0)
        masks, scores = self.predict(image_embeddings, self.points(point_coords, point_labels), dense)
        return (scores, masks) if self.scores_first else (masks, scores)


class VisionEncoder(Encoder):
    def forward(self, x):
        return super().forward(x), self.sam.get_image_wide_positional_embeddings().repeat(x.shape[0], 1, 1, 1)


class PromptDecoder(nn.Module):
    """SAMModelPatcher of Optimum."""

    def __init__(self, sam):
        super().__init__()
        self.sam = sam

    def forward(self, image_positional_embeddings, image_embeddings, input_points, input_labels):
        sparse, dense = self.sam.prompt_encoder(input_points, input_labels, None, None)
        masks, scores = self.sam.mask_decoder(image_embeddings, image_positional_embeddings, sparse, dense, multimask_output=True)
        return scores, masks


class Whole(nn.Module):
    def __init__(self, sam):
        super().__init__()
        self.encoder, self.decoder = VisionEncoder(sam), PromptDecoder(sam)

    def forward(self, pixel_values, input_points, input_labels):
        embeddings, positions = self.encoder(pixel_values)
        return self.decoder(positions, embeddings, input_points, input_labels)


# ------------------------------------------------------------------------------------------------ the reference


def resized_size(width, height, side):
    scale = side * 1.0 / max(height, width)
    return int(width * scale + 0.5), int(height * scale + 0.5)


def preprocess(image, unit):
    h, w, _ = image.shape
    size = resized_size(w, h, SIDE)
    x = torch.as_tensor(np.array(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR))).permute(2, 0, 1).float()
    if unit:
        mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        x = (x / 255 - mean[:, None, None]) / std[:, None, None]
    else:
        x = (x - MEAN[:, None, None]) / STD[:, None, None]
    return pad(x, (0, SIDE - size[0], 0, SIDE - size[1]))[None]


def postprocess(low, width, height, side):
    w, h = resized_size(width, height, side)
    up = interpolate(torch.as_tensor(low)[None], (side, side), mode="bilinear", align_corners=False)[..., :h, :w]
    return interpolate(up, (height, width), mode="bilinear", align_corners=False)[0].numpy()


def forward(sam, embeddings, clicks, box, mask, pads=True):
    """SamModel on one prompt: scores (4), logits (4, 32, 32)."""
    points = torch.tensor([[[[x, y] for x, y, _ in clicks]]]).float() if clicks else None
    labels = torch.tensor([[[label for _, _, label in clicks]]]) if clicks else None
    boxes = torch.tensor([[box]]).float() if box else None
    if not clicks and not box:  # a padding point alone
        points, labels = torch.zeros(1, 1, 1, 2), -torch.ones(1, 1, 1)
        pads = False
    e = sam.prompt_encoder
    sparse = [] if points is None else [e._embed_points(points, labels, pad=pads and box is None)]
    if boxes is not None:
        sparse.append(e._embed_boxes(boxes))
    dense = e.mask_embed(mask) if mask is not None else e.no_mask_embed.weight.reshape(1, -1, 1, 1).expand(1, -1, *e.image_embedding_size)
    pe = sam.get_image_wide_positional_embeddings()
    parts = [sam.mask_decoder(embeddings, pe, torch.cat(sparse, 2), dense, multimask_output=m) for m in (False, True)]
    scores = torch.cat([p[1] for p in parts], 2)[0, 0].numpy()
    return scores, torch.cat([p[0] for p in parts], 2)[0, 0].numpy()


def cases(sam, prompt_side=SIDE, unit=False, box=True, mask=True, pads=True, three=False, most=20, single=False):
    for number, (w, h) in enumerate(SIZES):
        embeddings = sam.vision_encoder(preprocess(tiny_image(number, w, h), unit)).last_hidden_state
        nw, nh = resized_size(w, h, prompt_side)
        fed = None
        for name, clicks, corners, feedback in prompts(number, w, h, box, mask, most):
            scaled = [(x * (nw / w), y * (nh / h), label) for x, y, label in clicks]
            sides = corners and [corners[0] * (nw / w), corners[1] * (nh / h), corners[2] * (nw / w), corners[3] * (nh / h)]
            scores, low = forward(sam, embeddings, scaled, sides, fed if feedback is not None else None, pads)
            multimask = len(clicks) == 1
            if three:
                scores, low = scores[1:], low[1:]
            if single:  # best of the last three for up to two points, else the first
                count = len(clicks) + (2 if corners else 1)
                best = int(np.argmax(scores + (count - 2.5) * np.array([1000, 0, 0, 0])))
                scores, low = scores[[best]], low[[best]]
            scores, low = candidates(scores, low, multimask)
            if name == "one":
                fed = torch.as_tensor(low[0])[None, None]
            yield case(number, (w, h), name, clicks, corners, feedback, multimask, scores, low, postprocess(low, w, h, prompt_side))


META = ["image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input", "orig_im_size"]
META_OUT = ["masks", "iou_predictions", "low_res_masks"]
NUM_POINTS = {"point_coords": {1: "num_points"}, "point_labels": {1: "num_points"}}


def main():
    sam = sam_model()
    image, embedding = torch.zeros(1, 3, SIDE, SIDE), torch.randn(1, 16, 8, 8)
    points, labels = torch.rand(1, 5, 2) * SIDE, torch.tensor([[1.0, 0, -1, 2, 3]])
    meta = (embedding, points, labels, torch.randn(1, 1, LOW, LOW), torch.tensor([1.0]), torch.tensor([150.0, 225.0]))

    folder = MODELS / "sam"
    export(Encoder(sam), (image,), folder / "encoder.onnx", ["input_image"], ["image_embeddings"])
    export(RawEncoder(sam), (torch.zeros(100, 90, 3),), folder / "encoder-raw.onnx", ["input_image"], ["image_embeddings"],
           {"input_image": {0: "image_height", 1: "image_width"}})
    export(Decoder(sam), meta, folder / "decoder.onnx", META, META_OUT, NUM_POINTS)
    export(Decoder(sam, multimask=False), meta, folder / "decoder-single.onnx", META, META_OUT, NUM_POINTS)
    export(ExtraMetrics(sam), meta, folder / "decoder-extra.onnx", META, META_OUT, NUM_POINTS)
    write("sam", list(cases(sam)))
    write("sam-single", list(cases(sam, single=True)))

    clicks = (embedding, points, labels)
    names = ["image_embeddings", "point_coords", "point_labels"]
    export(PointsOnly(sam, True), clicks, MODELS / "edge-sam" / "decoder.onnx", names, ["scores", "masks"], NUM_POINTS)
    write("edge-sam", list(cases(sam, mask=False, pads=False)))

    wide = sam_model(prompt_side=1024)
    folder = MODELS / "efficientvit-sam"
    batch = {"point_coords": {0: "batch_size", 1: "num_points"}, "point_labels": {0: "batch_size", 1: "num_points"}}
    # Its encoder is the same as sam's, byte for byte.
    export(PointsOnly(wide, False), (embedding, points * 8, labels), folder / "decoder.onnx", names, ["masks", "iou_predictions"], batch)
    write("efficientvit-sam", list(cases(wide, prompt_side=1024, unit=True, mask=False, pads=False)))

    folder = MODELS / "hf-sam"
    axes = {"pixel_values": {0: "batch_size"}, "input_points": {0: "batch_size", 1: "point_batch_size", 2: "nb_points_per_image"},
            "input_labels": {0: "batch_size", 1: "point_batch_size", 2: "nb_points_per_image"}}
    hf_points = (torch.rand(1, 2, 3, 2) * SIDE, torch.ones(1, 2, 3, dtype=torch.int64))
    out = ["iou_scores", "pred_masks"]
    export(VisionEncoder(sam), (image,), folder / "vision_encoder.onnx", ["pixel_values"],
           ["image_embeddings", "image_positional_embeddings"], axes)
    export(PromptDecoder(sam), (torch.randn(1, 16, 8, 8), embedding, *hf_points), folder / "prompt_encoder_mask_decoder.onnx",
           ["image_positional_embeddings", "image_embeddings", "input_points", "input_labels"], out, axes)
    export(Whole(sam), (image, *hf_points), folder / "model.onnx", ["pixel_values", "input_points", "input_labels"], out, axes)
    write("hf-sam", list(cases(sam, unit=True, box=False, mask=False, three=True)))


if __name__ == "__main__":
    main()
