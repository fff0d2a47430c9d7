"""SAM-HQ on Transformers' SamHQModel with random weights, exported with the ports of SysCV/sam-hq's own script (one mask:
token 0 plus the HQ token). The reference is SamHQModel's own prompt encoder and decoder.

    venv/bin/python scripts/oracle/families/hq_sam.py
"""
import numpy as np
import torch
from torch import nn
from transformers import SamHQConfig, SamHQMaskDecoderConfig, SamHQModel, SamHQPromptEncoderConfig, SamHQVisionConfig

from common import MODELS, SIDE, SIZES, case, export, prompts, randomise, tiny_image, write
from sam_family import LOW, META, META_OUT, NUM_POINTS, Decoder, postprocess, preprocess, resized_size


def model():
    vision = SamHQVisionConfig(hidden_size=4, output_channels=16, num_hidden_layers=3, num_attention_heads=2,
                               image_size=SIDE, patch_size=16, window_size=4, global_attn_indexes=[0, 2], num_pos_feats=8)
    prompt = SamHQPromptEncoderConfig(hidden_size=16, image_size=SIDE, patch_size=16, mask_input_channels=16)
    decoder = SamHQMaskDecoderConfig(hidden_size=16, mlp_dim=8, num_hidden_layers=1, num_attention_heads=2,
                                     iou_head_hidden_dim=8, vit_dim=4)
    config = SamHQConfig(vision_config=vision, prompt_encoder_config=prompt, mask_decoder_config=decoder, attn_implementation="eager")
    return randomise(SamHQModel(config), 3)


class Encoder(nn.Module):
    """stacked: interm_embeddings, L x 1 x h x w x C; else one output for each block of global attention."""

    def __init__(self, sam, stacked):
        super().__init__()
        self.sam, self.stacked = sam, stacked

    def forward(self, x):
        out = self.sam.vision_encoder(x)
        features = out.intermediate_embeddings
        return (out.last_hidden_state, torch.stack(list(features))) if self.stacked else (out.last_hidden_state, *features)


class HqDecoder(Decoder):
    def forward(self, image_embeddings, interm_embeddings, point_coords, point_labels, mask_input, has_mask_input, orig_im_size):
        masks, scores = self.sam.mask_decoder(
            image_embeddings, self.sam.get_image_wide_positional_embeddings(), self.points(point_coords, point_labels)[None],
            self.masks(mask_input, has_mask_input), False, False, [interm_embeddings[0]])
        return self.upscale(masks[0], orig_im_size), scores[0], masks[0]


def cases(sam):
    for number, (w, h) in enumerate(SIZES):
        vision = sam.vision_encoder(preprocess(tiny_image(number, w, h), False))
        nw, nh = resized_size(w, h, SIDE)
        fed = None
        for name, clicks, corners, feedback in prompts(number, w, h):
            if name == "mask":
                continue  # SamHQModel has no prompt of a mask alone
            points = torch.tensor([[[[x * (nw / w), y * (nh / h)] for x, y, _ in clicks]]]).float() if clicks else None
            labels = torch.tensor([[[label for _, _, label in clicks]]]) if clicks else None
            box = corners and [v * ((nw / w, nh / h)[i % 2]) for i, v in enumerate(corners)]
            boxes = torch.tensor([[box]]).float() if box else None
            sparse, dense = sam.prompt_encoder(points, labels, boxes, fed if feedback is not None else None)
            pe = sam.get_image_wide_positional_embeddings()
            masks, scores = sam.mask_decoder(vision.last_hidden_state, pe, sparse, dense, False, False, vision.intermediate_embeddings)
            low = masks[0, 0].numpy()
            if name == "one":
                fed = torch.as_tensor(low)[None]
            yield case(number, (w, h), name, clicks, corners, feedback, len(clicks) == 1, scores[0, 0].numpy(), low, postprocess(low, w, h, SIDE))


def main():
    sam = model()
    folder = MODELS / "sam-hq"
    image = torch.zeros(1, 3, SIDE, SIDE)
    export(Encoder(sam, True), (image,), folder / "encoder.onnx", ["input_image"], ["image_embeddings", "interm_embeddings"])
    export(Encoder(sam, False), (image,), folder / "encoder-several.onnx", ["input_image"], ["image_embeddings", "features_0", "features_1"])
    args = (torch.randn(1, 16, 8, 8), torch.randn(2, 1, 8, 8, 4), torch.rand(1, 5, 2) * SIDE, torch.tensor([[1.0, 0, -1, 2, 3]]),
            torch.randn(1, 1, LOW, LOW), torch.tensor([1.0]), torch.tensor([150.0, 225.0]))
    export(HqDecoder(sam), args, folder / "decoder.onnx", [META[0], "interm_embeddings", *META[1:]], META_OUT, NUM_POINTS)
    write("sam-hq", list(cases(sam)))


if __name__ == "__main__":
    main()
