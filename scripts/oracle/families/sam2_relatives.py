"""EdgeTAM and SAM 3's tracker on Transformers' EdgeTamModel and Sam3TrackerModel with random weights, in the layout of
Transformers.js; EdgeTAM also with the ports of samexporter's SAM 2, which take a mask. The backbones are the models' own,
made small: timm's RepViT-M1 and SAM 3's ViT of patches of 14. The reference is each model's own forward pass, as for SAM 2.

    venv/bin/python scripts/oracle/families/sam2_relatives.py

Needs timm 1.0.29 and torchvision as well.
"""
import functools

import torch
from transformers import (
    EdgeTamConfig, EdgeTamMaskDecoderConfig, EdgeTamModel, EdgeTamPromptEncoderConfig, EdgeTamVisionConfig, Sam3TrackerConfig,
    Sam3TrackerMaskDecoderConfig, Sam3TrackerModel, Sam3TrackerPromptEncoderConfig, Sam3ViTConfig, Sam3VisionConfig, TimmWrapperConfig,
)

from common import MODELS, SIDE, export, randomise, write
from sam2_family import LOW, Decoder, Encoder, byte_input, cases, export_transformers_js, float_input

NECK = {"backbone_feature_sizes": [[32, 32], [16, 16], [8, 8]], "fpn_hidden_size": 16}
DECODER = {"hidden_size": 16, "mlp_dim": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "iou_head_hidden_dim": 8,
           "dynamic_multimask_via_stability": False}
TRACKER_SIDE = 112


def edgetam():
    EdgeTamVisionConfig.has_no_defaults_at_init = True  # its default would ask the web for the pretrained backbone
    backbone = TimmWrapperConfig(architecture="repvit_m1", model_args={
        "in_chans": 3, "features_only": True, "out_indices": [0, 1, 2, 3], "embed_dim": (4, 4, 8, 8), "depth": (1, 1, 2, 1)})
    vision = EdgeTamVisionConfig(backbone_config=backbone, backbone_channel_list=[8, 8, 4, 4], **NECK)
    prompt = EdgeTamPromptEncoderConfig(hidden_size=16, image_size=SIDE, mask_input_channels=16)
    return made(EdgeTamModel, EdgeTamConfig, EdgeTamMaskDecoderConfig, vision, prompt, 8)


def tracker():
    backbone = Sam3ViTConfig(hidden_size=8, intermediate_size=8, num_hidden_layers=2, num_attention_heads=2, image_size=TRACKER_SIDE,
                             patch_size=14, window_size=4, global_attn_indexes=[1], pretrain_image_size=56)
    prompt = Sam3TrackerPromptEncoderConfig(hidden_size=16, image_size=TRACKER_SIDE, mask_input_channels=16)
    return made(Sam3TrackerModel, Sam3TrackerConfig, Sam3TrackerMaskDecoderConfig, Sam3VisionConfig(backbone_config=backbone, **NECK), prompt, 9)


def made(model, config, decoder, vision, prompt, seed):
    parts = {"vision_config": vision, "prompt_encoder_config": prompt, "mask_decoder_config": decoder(**DECODER)}
    return randomise(model(config(**parts, attn_implementation="eager")), seed)


def main():
    edge = edgetam()
    export_transformers_js(edge, MODELS / "edgetam")
    write("edgetam", list(cases(edge, byte_input, mask=False, clamp=False)))
    export_samexporter(edge, MODELS / "edgetam")
    write("edgetam-masks", list(cases(edge, float_input)))

    sam3 = tracker()
    half = torch.full((3, 1, 1), 0.5)
    export_transformers_js(sam3, MODELS / "sam3-tracker", TRACKER_SIDE)
    pictures = functools.partial(byte_input, side=TRACKER_SIDE, mean=half, std=half)
    write("sam3-tracker", list(cases(sam3, pictures, mask=False, clamp=False, side=TRACKER_SIDE)))


def export_samexporter(sam, folder):
    features = ["high_res_feats_0", "high_res_feats_1", "image_embed"]
    export(Encoder(sam, (0, 1, 2)), (torch.zeros(1, 3, SIDE, SIDE),), folder / "encoder.onnx", ["image"], features)
    args = (torch.randn(1, 16, 8, 8), torch.randn(1, 2, 32, 32), torch.randn(1, 4, 16, 16), torch.rand(2, 3, 2) * SIDE,
            torch.tensor([[1.0, 0, 1], [2, 3, 1]]), torch.randn(2, 1, LOW, LOW), torch.tensor([1.0]))
    names = ["point_coords", "point_labels", "mask_input", "has_mask_input"]
    axes = {"point_coords": {0: "num_labels", 1: "num_points"}, "point_labels": {0: "num_labels", 1: "num_points"},
            "mask_input": {0: "num_labels"}, "has_mask_input": {0: "num_labels"}}
    export(Decoder(sam, False), args, folder / "decoder.onnx", ["image_embed", *features[:2], *names], ["masks", "iou_predictions"], axes)


if __name__ == "__main__":
    main()
