"""Writes a model the size of SAM ViT-B with random weights: encoder.onnx and decoder.onnx of the SAM contract.

    python vit_b.py FOLDER

For measuring time alone: 1024 x 1024 input, 12 blocks of 768 channels, windows of 14, the two-way mask decoder.
"""

import pathlib
import sys

import torch
from transformers import SamConfig, SamModel

torch.manual_seed(0)
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
model = SamModel(SamConfig()).eval()


class Encoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.vision = model.vision_encoder

    def forward(self, images):
        return self.vision(images).last_hidden_state


class Decoder(torch.nn.Module):
    """The official export's inputs; all prompts of a call belong to one image."""

    def __init__(self):
        super().__init__()
        self.prompts, self.masks = model.prompt_encoder, model.mask_decoder
        self.register_buffer("positions", model.get_image_wide_positional_embeddings().detach())

    def forward(self, image_embeddings, point_coords, point_labels, mask_input, has_mask_input):
        points = self.prompts._embed_points(point_coords[None], point_labels[None].long(), pad=False)
        p = point_coords.shape[0]
        no_mask = self.prompts.no_mask_embed.weight.reshape(1, -1, 1, 1)
        has = has_mask_input.reshape(-1, 1, 1, 1)
        dense = has * self.prompts.mask_embed(mask_input) + (1 - has) * no_mask
        # One prompt after another as a batch: every prompt has a dense embedding of its own.
        low, iou = self.masks(
            image_embeddings=image_embeddings.expand(p, -1, -1, -1),
            image_positional_embeddings=self.positions.expand(p, -1, -1, -1),
            sparse_prompt_embeddings=points[0][:, None],
            dense_prompt_embeddings=dense,
            multimask_output=True,
        )[:2]
        low, iou = low[:, 0], iou[:, 0]
        # The fourth mask costs nothing beside the rest; here it repeats the first.
        return torch.cat([iou[:, :1], iou], 1), torch.cat([low[:, :1], low], 1)


def save(module, name, inputs, names, outputs, dynamic):
    torch.onnx.export(
        module, inputs, str(folder / name), input_names=names, output_names=outputs, dynamic_axes=dynamic,
        opset_version=17, dynamo=False,
    )


with torch.no_grad():
    save(Encoder(), "encoder.onnx", (torch.zeros(1, 3, 1024, 1024),), ["images"], ["image_embeddings"], {})
    save(
        Decoder(),
        "decoder.onnx",
        (torch.zeros(1, 256, 64, 64), torch.rand(2, 3, 2) * 1000, torch.ones(2, 3), torch.zeros(2, 1, 256, 256), torch.zeros(2)),
        ["image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input"],
        ["iou_predictions", "low_res_masks"],
        {
            "point_coords": {0: "num_prompts", 1: "num_points"},
            "point_labels": {0: "num_prompts", 1: "num_points"},
            "mask_input": {0: "num_prompts"},
            "has_mask_input": {0: "num_prompts"},
            "iou_predictions": {0: "num_prompts"},
            "low_res_masks": {0: "num_prompts"},
        },
    )
print("{}")
