"""A click network with RITM's contract (saic-vul/ritm_interactive_segmentation: isegm/model/is_model.py, ops.DistMaps with
use_disks, inference/predictors/base.py re-stated), a few random convolutions wide.

    venv/bin/python scripts/oracle/families/ritm.py
"""
import math

import torch
from torch import nn
from torch.nn.functional import interpolate

from common import MODELS, SIZES, case, export, prompts, randomise, tiny_image, write

MEAN, STD = torch.tensor([0.485, 0.456, 0.406])[:, None, None], torch.tensor([0.229, 0.224, 0.225])[:, None, None]
RADIUS = 5.0
CUT = math.log(0.49 / 0.51)  # BasePredictor cuts the sigmoid at 0.49


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(6, 8, 5, padding=2)
        self.b = nn.Conv2d(8, 8, 5, stride=2, padding=2)
        self.c = nn.Conv2d(8, 1, 3, padding=1)

    def disks(self, points, height, width):
        """2 maps (foreground, background): 1 within the radius of a click (y, x, number); rows of -1 are none."""
        y = torch.arange(height).float()[:, None]
        x = torch.arange(width).float()[None]
        dy = y - points[:, :, 0, None, None]
        dx = x - points[:, :, 1, None, None]
        near = ((dy * dy + dx * dx) <= RADIUS * RADIUS).float() * (points.max(2).values >= 0).float()[..., None, None]
        half = points.shape[1] // 2
        return torch.stack([near[:, :half].max(1).values, near[:, half:].max(1).values], 1)

    def forward(self, image, points, prev_mask):
        height, width = image.shape[2], image.shape[3]
        x = torch.cat([(image - MEAN) / STD, prev_mask, self.disks(points, height, width)], 1)
        x = torch.relu(self.b(torch.relu(self.a(x))))
        return interpolate(self.c(x), (height, width), mode="bilinear", align_corners=True)


def rows(clicks):
    """BasePredictor.get_points_nd."""
    positive = [(y, x, i) for i, (x, y, label) in enumerate(clicks) if label == 1]
    negative = [(y, x, i) for i, (x, y, label) in enumerate(clicks) if label == 0]
    most = max(1, len(positive), len(negative))
    fill = lambda some: some + [(-1, -1, -1)] * (most - len(some))
    return torch.tensor([fill(positive) + fill(negative)]).float()


def cases(net):
    for number, (w, h) in enumerate(SIZES):
        image = torch.as_tensor(tiny_image(number, w, h)).permute(2, 0, 1)[None].float() / 255
        fed = None
        for name, clicks, _, feedback in prompts(number, w, h, box=False):
            previous = torch.sigmoid(fed) if feedback is not None else torch.zeros(1, 1, h, w)
            logits = net(image, rows(clicks), previous)
            if name == "one":
                fed = logits
            yield case(number, (w, h), name, clicks, None, feedback, len(clicks) == 1, [0.0], logits[0].numpy(), logits[0].numpy(), CUT)


def main():
    net = randomise(Net(), 5)
    net.c.bias.copy_(torch.tensor([0.1]))
    export(net, (torch.rand(1, 3, 40, 50), rows([(3, 4, 1), (9, 9, 0)]), torch.rand(1, 1, 40, 50)), MODELS / "ritm" / "model.onnx",
           ["image", "points", "prev_mask"], ["logits"],
           {"image": {2: "height", 3: "width"}, "points": {1: "rows"}, "prev_mask": {2: "height", 3: "width"}, "logits": {2: "height", 3: "width"}})
    write("ritm", list(cases(net)))


if __name__ == "__main__":
    main()
