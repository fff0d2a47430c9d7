"""SAM-Med2D's contract (OpenGVLab/SAM-Med2D, predictor_sammed.py and utils.py re-stated) on SamModel's random weights: 256
pixels, pictures normalised and then resized by OpenCV's INTER_NEAREST to the whole square, earlier masks fed through a
sigmoid, masks enlarged in two bilinear steps without a crop. Its adapters in the encoder are not there: they change no port.

    venv/bin/python scripts/oracle/families/sam_med2d.py
"""
import cv2
import numpy as np
import torch
from torch.nn.functional import interpolate

from common import MODELS, SIZES, candidates, case, export, prompts, tiny_image, write
from sam_family import MEAN, META, META_OUT, NUM_POINTS, STD, Decoder, Encoder, forward, sam_model

SIDE, LOW = 256, 64


class Med2dDecoder(Decoder):
    def upscale(self, masks, orig_im_size):
        size = orig_im_size.to(torch.int64)
        return enlarged(masks, (size[0], size[1]))


def enlarged(masks, size):
    masks = interpolate(masks, (SIDE, SIDE), mode="bilinear", align_corners=False)
    return interpolate(masks, size, mode="bilinear", align_corners=False)


def preprocess(image):
    """SammedPredictor.set_image; albumentations' Resize is cv2.resize with the given filter."""
    x = (image - MEAN.numpy()) / STD.numpy()
    x = cv2.resize(x, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
    return torch.as_tensor(x).permute(2, 0, 1)[None]


def cases(sam):
    for number, (w, h) in enumerate(SIZES):
        embeddings = sam.vision_encoder(preprocess(tiny_image(number, w, h))).last_hidden_state
        fed = None
        for name, clicks, corners, feedback in prompts(number, w, h):
            scaled = [(x * (SIDE / w), y * (SIDE / h), label) for x, y, label in clicks]
            sides = corners and [v * (SIDE / (w, h)[i % 2]) for i, v in enumerate(corners)]
            scores, low = forward(sam, embeddings, scaled, sides, fed if feedback is not None else None)
            multimask = len(clicks) == 1
            scores, low = candidates(scores, low, multimask)
            if name == "one":
                fed = torch.sigmoid(torch.as_tensor(low[0]))[None, None]
            full = enlarged(torch.as_tensor(low)[None], (h, w))[0]  # cut by the authors at a sigmoid of 0.5
            yield case(number, (w, h), name, clicks, corners, feedback, multimask, scores, low, full.numpy())


def main():
    sam = sam_model(SIDE, seed=16, side=SIDE)
    folder = MODELS / "sam-med2d"
    export(Encoder(sam), (torch.zeros(1, 3, SIDE, SIDE),), folder / "encoder.onnx", ["input_image"], ["image_embeddings"])
    meta = (torch.randn(1, 16, 16, 16), torch.rand(1, 5, 2) * SIDE, torch.tensor([[1.0, 0, -1, 2, 3]]),
            torch.randn(1, 1, LOW, LOW), torch.tensor([1.0]), torch.tensor([150.0, 225.0]))
    export(Med2dDecoder(sam), meta, folder / "decoder.onnx", META, META_OUT, NUM_POINTS)
    write("sam-med2d", list(cases(sam)))


if __name__ == "__main__":
    main()
