"""SAM 3 for images on Transformers' Sam3Model with random weights, in the contracts of public exports (src/models/concept/families): with all scores (usls), without
presence (Transformers' names), and with the threshold in the graph, at 288-like resolution (osam) and at the image's (samexporter). The reference is a
forward pass on Pillow's bilinear picture, with masks by one bilinear step: where there is a box, and where the contract has the authors' prompt, in which a CLS token always
counts, of the authors' own model code (sam3_authors.py: the package sam3, CUDA's calls patched) with the same weights, which Transformers (one box labelled -10 where there is
none) is held to meet within 5e-6; of Transformers' model for a phrase alone, where that leaves the CLS token out.

Needs sam3-requirements.txt.

    venv/bin/python scripts/oracle/families/sam3_phrases.py

A case is an image, a phrase (null: boxes alone), boxes [x0, y0, x1, y1, positive], presence, and scores, boxes and masks of the candidates.
"""
import json

import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer
from torch import nn
from torch.nn.functional import interpolate
from transformers import CLIPTextConfig, Sam3Config, Sam3Model, Sam3VisionConfig, Sam3ViTConfig

import sam3_authors
from common import MODELS, SIZES, UNDECIDED, export, randomise, text, tiny_image, told, write

SIDE, HIDDEN, WORDS, CONTEXT = 56, 8, 600, 32
START, END = WORDS - 2, WORDS - 1
PHRASES = ("red circle", "dog", "the striped zebra on the left")


def sam3():
    backbone = Sam3ViTConfig(hidden_size=8, intermediate_size=8, num_hidden_layers=2, num_attention_heads=2, image_size=SIDE, patch_size=14, window_size=2,
                             global_attn_indexes=[1], pretrain_image_size=SIDE)
    vision = Sam3VisionConfig(backbone_config=backbone, backbone_feature_sizes=[[16, 16], [8, 8], [4, 4]], fpn_hidden_size=HIDDEN)
    words = CLIPTextConfig(vocab_size=WORDS, hidden_size=8, intermediate_size=8, projection_dim=8, num_hidden_layers=1, num_attention_heads=2,
                           max_position_embeddings=CONTEXT, hidden_act="gelu", bos_token_id=START, eos_token_id=END)
    layers = {"hidden_size": HIDDEN, "num_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    config = Sam3Config(
        vision_config=vision.to_dict(), text_config=words.to_dict(), geometry_encoder_config={**layers, "roi_size": 3}, detr_encoder_config=layers,
        detr_decoder_config={**layers, "num_queries": 5, "num_layers": 2}, mask_decoder_config={"hidden_size": HIDDEN, "num_attention_heads": 2, "num_upsampling_stages": 2})
    config._attn_implementation = "eager"
    model = randomise(Sam3Model(config), 3)
    scoring, decoder = model.dot_product_scoring, model.detr_decoder
    for one in (scoring.query_proj, scoring.text_proj):
        one.weight *= 2
    decoder.presence_head.layer3.weight *= 6
    decoder.presence_head.layer3.bias -= 1
    return model


class Vision(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixels):
        seen = self.model.vision_encoder(pixels)
        return *seen.fpn_hidden_states[:3], seen.fpn_position_encoding[2]


class Words(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, ids, mask):
        return self.model.get_text_features(input_ids=ids, attention_mask=mask, return_dict=True).pooler_output, mask > 0


class Seen:
    """Stands for what the vision encoder returns: only the position code of its last level is used."""

    def __init__(self, f0, f1, f2, p2):
        self.fpn_hidden_states, self.fpn_position_encoding = (f0, f1, f2, f2), (f0, f1, p2, p2)
        self.hidden_states = self.attentions = None


class Features:
    def __init__(self, pooler_output):
        self.pooler_output = pooler_output


class Decoder(nn.Module):
    """`cls`: the CLS token counts without a box too."""

    def __init__(self, model, cls=False):
        super().__init__()
        self.model, self.cls, self.own = model, cls, model.geometry_encoder.forward

    def forward(self, f0, f1, f2, p2, features, mask, boxes=None, labels=None):
        def geometry(**given):
            got = self.own(**given)
            if not self.cls:
                got.attention_mask = got.attention_mask & given["box_mask"].any(1, keepdim=True)
            return got

        self.model.geometry_encoder.forward = geometry
        try:
            got = self.model(vision_embeds=Seen(f0, f1, f2, p2), text_embeds=Features(features), attention_mask=mask, input_boxes=boxes, input_boxes_labels=labels)
        finally:
            self.model.geometry_encoder.forward = self.own
        return got.pred_masks, got.pred_boxes, got.pred_logits, got.presence_logits


class Alone(nn.Module):
    """Phrases alone, without presence."""

    def __init__(self, model):
        super().__init__()
        self.decoder = Decoder(model)

    def forward(self, f0, f1, f2, p2, features, mask):
        return self.decoder(f0, f1, f2, p2, features, mask)[:3]


class Frozen(nn.Module):
    """What passes 0.5, with sequences first and padding true, as exports of Meta's own code have it. `size`: masks are drawn at the image's."""

    def __init__(self, model, size):
        super().__init__()
        self.decoder, self.size = Decoder(model, cls=True), size

    def forward(self, f0, f1, f2, p2, padding, memory, coords, labels, none, height=None, width=None):
        labels = torch.where(none, -10, labels.transpose(0, 1))
        masks, boxes, logits, presence = self.decoder(f0, f1, f2, p2, memory.transpose(0, 1), ~padding, coords.transpose(0, 1), labels)
        scores = logits.sigmoid() * presence.sigmoid()
        kept = scores > 0.5
        masks, boxes, scores = masks[kept].unsqueeze(1), boxes[kept], scores[kept]
        if not self.size:
            return boxes, scores, masks.sigmoid()
        full = interpolate(masks, size=(height, width), mode="bilinear", align_corners=False)
        return boxes * torch.stack([width, height, width, height]), scores, full.sigmoid() > 0.5


class FrozenWords(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, tokens):
        mask = (tokens != 0).long()
        found = self.model.text_encoder(input_ids=tokens, attention_mask=mask, return_dict=True).last_hidden_state
        return mask == 0, self.model.text_projection(found).transpose(0, 1), self.model.text_encoder.text_model.embeddings.token_embedding(tokens).transpose(0, 1)


class RawVision(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.vision = Vision(model)

    def forward(self, image):
        f0, f1, f2, p2 = self.vision((image.float() / 255 - 0.5)[None] / 0.5)
        return f0 * 0, f1 * 0, p2, f0, f1, f2


def tokenizer(folder):
    """CLIP's bytes, and merges for the words of the phrases, from left to right."""
    kept = json.loads((MODELS / "tokenizer.json").read_text())
    pieces = sorted((i, name) for name, i in kept["model"]["vocab"].items() if i < 512)
    merges = [pair for pair in kept["model"]["merges"] if needed("".join(pair))][: START - 512]
    names = [name for _, name in pieces] + ["".join(pair) for pair in merges]
    names += [f"<{i}>" for i in range(len(names), START)] + ["<|startoftext|>", "<|endoftext|>"]
    kept["model"] |= {"vocab": {name: i for i, name in enumerate(names)}, "merges": merges}
    for token, i in zip(kept["added_tokens"], (START, END)):
        token["id"] = i
    kept["post_processor"] |= {"cls": ["<|startoftext|>", START], "sep": ["<|endoftext|>", END]}
    (folder / "tokenizer.json").write_text(json.dumps(kept, ensure_ascii=False, separators=(",", ":")) + "\n")
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def needed(piece):
    words = " ".join([*PHRASES, "visual", "object"]).split()
    return any((piece[:-4] == word[len(word) - len(piece) + 4 :]) if piece.endswith("</w>") else piece in word for word in words)


def ids_of(words, phrase):
    ids = words.encode(phrase).ids
    assert len(ids) <= CONTEXT
    mask = [1] * len(ids) + [0] * (CONTEXT - len(ids))
    return torch.tensor([ids + [END] * (CONTEXT - len(ids))]), torch.tensor([mask])


def exports(model):
    folder = MODELS / "sam3"
    folder.mkdir(exist_ok=True)
    words = tokenizer(folder)
    pixels = torch.randn(1, 3, SIDE, SIDE)
    ids, mask = ids_of(words, "dog")
    seen, (features, valid) = Vision(model)(pixels), Words(model)(ids, mask)
    boxes, labels = torch.rand(1, 2, 4) / 2, torch.tensor([[1, 0]])
    names = ["fpn_feat_0", "fpn_feat_1", "fpn_feat_2", "fpn_pos_2"]
    answers = ["pred_masks", "pred_boxes", "pred_logits", "presence_logits"]
    export(Vision(model), (pixels,), folder / "vision-encoder.onnx", ["images"], names)
    export(Words(model), (ids, mask), folder / "text-encoder.onnx", ["input_ids", "attention_mask"], ["text_features", "text_mask"])
    export(Decoder(model), (*seen, features, valid, boxes, labels), folder / "geo-encoder-mask-decoder.onnx",
           [*names, "text_features", "text_mask", "input_boxes", "input_boxes_labels"], answers,
           {"input_boxes": {1: "num_boxes"}, "input_boxes_labels": {1: "num_boxes"}})

    other = MODELS / "hf-sam3"
    levels = ["fpn_hidden_state_0", "fpn_hidden_state_1", "fpn_hidden_state_2", "fpn_position_encoding_2"]
    export(Vision(model), (pixels,), other / "vision_encoder.onnx", ["pixel_values"], levels)
    export(Alone(model), (*seen, features, mask), other / "decoder.onnx", [*levels, "text_features", "attention_mask"], answers[:3])

    frozen = MODELS / "sam3-frozen"
    image, tokens = torch.zeros(3, SIDE, SIDE, dtype=torch.uint8), torch.where(mask > 0, ids, 0)
    codes, levels = [f"vision_pos_enc_{i}" for i in range(3)], [f"backbone_fpn_{i}" for i in range(3)]
    export(RawVision(model), (image,), frozen / "image_encoder.onnx", ["image"], [*codes, *levels])
    export(FrozenWords(model), (tokens,), frozen / "language_encoder.onnx", ["tokens"], ["text_attention_mask", "text_memory", "text_embeds"])
    padding, memory, _ = FrozenWords(model)(tokens)
    prompt = (padding, memory, torch.rand(1, 1, 4) / 2, torch.tensor([[1]]), torch.tensor([[False]]))
    ports = [*levels, codes[2], "language_mask", "language_features", "box_coords", "box_labels", "box_masks"]
    found = {name: {0: "found"} for name in ("boxes", "scores", "masks")}
    export(Frozen(model, False), (*seen, *prompt), frozen / "decoder.onnx", ports, list(found), found)
    found["masks"] |= {2: "height", 3: "width"}
    sizes = (torch.tensor(90), torch.tensor(70))
    export(Frozen(model, True), (*seen, *prompt, *sizes), frozen / "drawing-decoder.onnx", [*ports, "original_height", "original_width"], list(found), found)
    return words


def picture(number, width, height):
    small = np.asarray(Image.fromarray(tiny_image(number, width, height)).resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    pixels = torch.from_numpy(small.copy()).permute(2, 0, 1)[None].float()
    return (pixels / 255 - 0.5) / 0.5


def prompts(width, height):
    half, odd = [1, 1, width // 2, height // 2, 1], [width // 3, height // 4, width - 1, height - 1, 0]
    for phrase in PHRASES:
        yield phrase, []
    yield None, [half]
    yield PHRASES[0], [half]
    yield PHRASES[1], [half, odd]


def cases(model, own, words, cls):
    """`cls`: with the authors' prompt, in which the CLS token always counts, and only what scores more than 0.5; no more than one box."""
    for number, (width, height) in enumerate(SIZES):
        pixels = picture(number, width, height)
        seen = Vision(model)(pixels)
        for phrase, boxes in prompts(width, height):
            if cls and len(boxes) > 1:
                continue
            ids, valid = ids_of(words, phrase or "visual")
            features, valid = Words(model)(ids, valid)
            given = {"boxes": torch.zeros(1, 1, 4), "labels": torch.tensor([[-10]])} if cls else {}
            if boxes:
                edges = [(x0, y0, x1 + 1, y1 + 1) for x0, y0, x1, y1, _ in boxes]  # boxes of the house have both corners inside
                centred = [[(x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height] for x0, y0, x1, y1 in edges]
                given = {"boxes": torch.tensor([centred]), "labels": torch.tensor([[box[4] for box in boxes]])}
            # Without boxes the model's own path, which skips the geometry encoder.
            masks, corners, logits, presence = Decoder(model, cls)(*seen, features, valid, **given)
            if given:
                found = masks, corners, logits, presence
                none = {"boxes": torch.zeros(1, 0, 4), "labels": torch.zeros(1, 0, dtype=torch.long)}
                masks, corners, logits, presence = sam3_authors.answer(own, pixels, torch.where(valid, ids, 0), **(given if boxes else none))
                farthest = max(float((one - other).abs().max()) for one, other in zip(found, (masks, corners, logits, presence), strict=True))
                assert farthest < 5e-6, farthest
            scores = logits.sigmoid() * presence.sigmoid()
            kept = scores > (0.5 if cls else -1)
            full = interpolate(masks, size=(height, width), mode="bilinear", align_corners=False)[kept].numpy()
            largest = float(masks.abs().max())
            assert (scores - 0.5).abs().min() > 1e-4
            print(number, phrase, len(boxes), scores.numpy().round(3), round(largest, 1))
            yield {
                "image": [number, width, height], "phrase": phrase, "boxes": boxes, "presence": text(presence.sigmoid()), "scores": text(scores[kept]),
                "corners": text(corners[kept]), "masks": [told(mask, 0.0, UNDECIDED * largest) for mask in full],
            }


def main():
    model = sam3()
    words = exports(model)
    own = sam3_authors.authors(model, SIDE, HIDDEN, WORDS, CONTEXT)
    write("sam3", list(cases(model, own, words, False)), "sam3")
    write("sam3-frozen", list(cases(model, own, words, True)), "sam3")


if __name__ == "__main__":
    main()
