"""Turns exported graphs back into a checkpoint, so that training can go on from the committed files.

    python checkpoint.py MODEL_DIR out.pt

The export folds every BatchNorm into the convolution before it. Here the folded weights go into the convolution,
and its BatchNorm is set to add the bias alone, which is the same function. Convolutions are matched by the order
in which they run; the other layers keep their names in the graph.
"""

import sys

import numpy as np
import onnx
import torch
import torch.nn as nn
from onnx import numpy_helper

from export import INPUTS, session
from model import Decoder, E, Encoder, S


def restore(module, path, prefix, *example):
    graph = onnx.load(path).graph
    values = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in graph.initializer}
    nodes = [n for n in graph.node if n.op_type == "Conv"]
    order, layers = [], list(module.modules())
    after = {}  # convolution -> the BatchNorm that follows it
    for parent in layers:
        children = list(parent.children()) if isinstance(parent, nn.Sequential) else []
        for a, b in zip(children, children[1:]):
            if isinstance(a, nn.Conv2d) and isinstance(b, nn.BatchNorm2d):
                after[a] = b
    hooks = [m.register_forward_hook(lambda m, *_: order.append(m)) for m in layers if isinstance(m, nn.Conv2d)]
    with torch.no_grad():
        module(*example)
    for hook in hooks:
        hook.remove()
    assert len(order) == len(nodes), (len(order), len(nodes))
    for conv, node in zip(order, nodes):
        weight = values[node.input[1]]
        assert weight.shape == conv.weight.shape
        conv.weight.data = weight
        bias = values[node.input[2]]
        if conv in after:
            bn = after[conv]
            bn.running_mean.zero_()
            bn.running_var.fill_(1)
            bn.weight.data.fill_((1 + bn.eps) ** 0.5)
            bn.bias.data = bias
        else:
            conv.bias.data = bias
    for name, layer in module.named_modules():
        if isinstance(layer, nn.Linear):
            layer.weight.data, layer.bias.data = (values[f"{prefix}{name}.{v}"] for v in ("weight", "bias"))


def main():
    folder, out = sys.argv[1:]
    encoder, decoder = Encoder().eval(), Decoder().eval()
    rng = np.random.default_rng(0)
    feed = [
        rng.normal(0, 1, (1, 32, E, E)),
        rng.uniform(0, 255, (2, 3, 2)),
        rng.integers(0, 4, (2, 3)),
        rng.normal(0, 5, (2, 1, E, E)),
        np.ones(2),
    ]
    feed = [np.ascontiguousarray(v, np.float32) for v in feed]
    image = rng.normal(0, 1, (1, 3, S, S)).astype(np.float32)
    restore(encoder, f"{folder}/encoder.onnx", "", torch.from_numpy(image))
    restore(decoder, f"{folder}/decoder.onnx", "decoder.", *map(torch.from_numpy, feed))
    with torch.no_grad():
        emb, logits = encoder(torch.from_numpy(image)).numpy(), decoder(*map(torch.from_numpy, feed))[0].numpy()
    a = session(f"{folder}/encoder.onnx").run(None, {"images": image})[0]
    b = session(f"{folder}/decoder.onnx").run(["low_res_masks"], dict(zip(INPUTS, feed)))[0]
    far = max(np.abs(a - emb).max(), np.abs(b - logits).max())
    print(f"largest difference between the graphs and the checkpoint: {far:.1e}")
    assert far < 1e-2
    torch.save({"enc": encoder.state_dict(), "dec": decoder.state_dict()}, out)


if __name__ == "__main__":
    main()
