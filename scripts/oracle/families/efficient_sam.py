"""EfficientSAM's contract (yformer/EfficientSAM, efficient_sam.py and onnx_models.py re-stated) on SamModel's random
weights: pictures of any size as values of 0 to 1, clicks in pixels of the picture, six points, masks enlarged bicubically.

    venv/bin/python scripts/oracle/families/efficient_sam.py
"""
import torch
from torch import nn
from torch.nn.functional import interpolate

from common import MODELS, SIDE, SIZES, case, export, prompts, tiny_image, write
from sam_family import LOW, Decoder, sam_model

MEAN, STD = torch.tensor([0.485, 0.456, 0.406])[:, None, None], torch.tensor([0.229, 0.224, 0.225])[:, None, None]
MOST = 6


class Encoder(nn.Module):
    def __init__(self, sam):
        super().__init__()
        self.sam = sam

    def forward(self, batched_images):
        x = interpolate(batched_images, (SIDE, SIDE), mode="bilinear")
        return self.sam.vision_encoder((x - MEAN) / STD).last_hidden_state


class Split(Decoder):
    def rows(self, coords, labels, size):
        """B x Q x N: rescaled, filled up to six points with label -1 or cut off there."""
        scale = SIDE / size.flip(0).float()
        coords = (coords * scale)[:, :, :MOST]
        labels = labels[:, :, :MOST]
        room = torch.full((1, coords.shape[1], MOST, 2), -1.0)
        coords = torch.cat([coords, room], 2)[:, :, :MOST]
        labels = torch.cat([labels, room[..., 0]], 2)[:, :, :MOST]
        return self.points(coords[0], labels[0])

    def forward(self, image_embeddings, batched_point_coords, batched_point_labels, orig_im_size):
        sparse = self.rows(batched_point_coords, batched_point_labels, orig_im_size)
        dense = self.masks(torch.zeros(1, 1, LOW, LOW), 0.0)
        masks, scores = self.predict(image_embeddings, sparse, dense)
        masks, scores = masks[:, 1:], scores[:, 1:]
        full = interpolate(masks, (orig_im_size[0], orig_im_size[1]), mode="bicubic")
        return full[None], scores[None], masks


class Whole(nn.Module):
    def __init__(self, sam):
        super().__init__()
        self.encoder, self.decoder = Encoder(sam), Split(sam)

    def forward(self, batched_images, batched_point_coords, batched_point_labels):
        size = torch._shape_as_tensor(batched_images)[2:]
        return self.decoder(self.encoder(batched_images), batched_point_coords, batched_point_labels, size)


def cases(sam):
    model = Whole(sam)
    for number, (w, h) in enumerate(SIZES):
        image = torch.as_tensor(tiny_image(number, w, h)).permute(2, 0, 1)[None].float() / 255
        for name, clicks, corners, _ in prompts(number, w, h, mask=False, most=MOST):
            rows = [*([(*corners[:2], 2), (*corners[2:], 3)] if corners else []), *clicks]
            points = torch.tensor([[[[x, y] for x, y, _ in rows]]]).float()
            labels = torch.tensor([[[label for *_, label in rows]]]).float()
            full, scores, _ = model(image, points, labels)
            full = full[0, 0].numpy()
            yield case(number, (w, h), name, clicks, corners, None, len(clicks) == 1, scores[0, 0].numpy(), full, full)


def main():
    sam = sam_model(seed=4)
    folder = MODELS / "efficient-sam"
    points = {"batched_point_coords": {1: "num_queries", 2: "num_points"}, "batched_point_labels": {1: "num_queries", 2: "num_points"}}
    picture = {"batched_images": {2: "height", 3: "width"}}
    args = (torch.rand(1, 2, 3, 2) * 50, torch.ones(1, 2, 3))
    out = ["output_masks", "iou_predictions", "low_res"]
    names = ["batched_point_coords", "batched_point_labels"]
    export(Encoder(sam), (torch.rand(1, 3, 90, 70),), folder / "encoder.onnx", ["batched_images"], ["image_embeddings"], picture)
    export(Split(sam), (torch.randn(1, 16, 8, 8), *args, torch.tensor([90, 70])), folder / "decoder.onnx",
           ["image_embeddings", *names, "orig_im_size"], out, points)
    export(Whole(sam), (torch.rand(1, 3, 90, 70), *args), folder / "model.onnx", ["batched_images", *names], out, {**picture, **points})
    write("efficient-sam", list(cases(sam)))


if __name__ == "__main__":
    main()
