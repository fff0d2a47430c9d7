"""CLIPSeg on Transformers' CLIPSegForImageSegmentation with random weights, as one graph, in which one image goes with any number of phrases. The reference is the
model's own forward pass, phrase by phrase, on Pillow's bilinear picture, with maps by one bilinear step.

    venv/bin/python scripts/oracle/families/clipseg.py

After sam3.py, whose tokenizer it uses.
"""
import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer
from torch import nn
from torch.nn.functional import interpolate
from transformers import CLIPSegConfig, CLIPSegForImageSegmentation, CLIPSegTextConfig, CLIPSegVisionConfig

from common import MODELS, SIZES, UNDECIDED, export, randomise, text, tiny_image, told, write

SIDE, WORDS = 64, 600
MEAN, STD = torch.tensor([0.485, 0.456, 0.406])[:, None, None], torch.tensor([0.229, 0.224, 0.225])[:, None, None]
PHRASES = ("red circle", "dog", "the striped zebra on the left")


def clipseg():
    words = CLIPSegTextConfig(vocab_size=WORDS, hidden_size=8, intermediate_size=8, num_hidden_layers=2, num_attention_heads=2, max_position_embeddings=77,
                              bos_token_id=WORDS - 2, eos_token_id=WORDS - 1, pad_token_id=WORDS - 1)
    vision = CLIPSegVisionConfig(hidden_size=8, intermediate_size=8, num_hidden_layers=3, num_attention_heads=2, image_size=SIDE, patch_size=8)
    config = CLIPSegConfig(text_config=words.to_dict(), vision_config=vision.to_dict(), projection_dim=8, extract_layers=[0, 1, 2], reduce_dim=8,
                           decoder_num_attention_heads=2, decoder_intermediate_size=8)
    config._attn_implementation = "eager"
    return randomise(CLIPSegForImageSegmentation(config), 5)


class Model(nn.Module):
    """One image, any number of phrases."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixels, ids, mask):
        wanted = self.model.clip.get_text_features(ids, attention_mask=mask)
        wanted = getattr(wanted, "pooler_output", wanted)
        seen = self.model.clip.get_image_features(pixel_values=pixels, interpolate_pos_encoding=True, output_hidden_states=True)
        return self.model.decoder([seen.hidden_states[i + 1] for i in self.model.extract_layers], wanted).logits


def picture(number, width, height):
    small = np.asarray(Image.fromarray(tiny_image(number, width, height)).resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    return ((torch.from_numpy(small.copy()).permute(2, 0, 1).float() / 255 - MEAN) / STD)[None]


def main():
    model = clipseg()
    words = Tokenizer.from_file(str(MODELS / "sam3" / "tokenizer.json"))
    ids = torch.tensor([[WORDS - 2, 300, 310, WORDS - 1], [WORDS - 2, 320, WORDS - 1, WORDS - 1]])
    axes = {"input_ids": {0: "phrases", 1: "tokens"}, "attention_mask": {0: "phrases", 1: "tokens"}, "logits": {0: "phrases"}}
    export(Model(model), (torch.randn(1, 3, SIDE, SIDE), ids, torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])), MODELS / "clipseg" / "model.onnx",
           ["pixel_values", "input_ids", "attention_mask"], ["logits"], axes)
    cases = []
    for number, (width, height) in enumerate(SIZES):
        pixels = picture(number, width, height)
        for phrase in PHRASES:
            tokens = torch.tensor([words.encode(phrase).ids])
            logits = model(input_ids=tokens, pixel_values=pixels, attention_mask=torch.ones_like(tokens)).logits.reshape(1, 1, SIDE, SIDE)
            full = interpolate(logits, size=(height, width), mode="bilinear", align_corners=False)[0].numpy()
            largest = float(logits.abs().max())
            print(number, phrase, largest, float((logits > 0).float().mean()))
            cases.append({"image": [number, width, height], "phrase": phrase, "boxes": [], "presence": text([]), "scores": text([1]), "corners": text([]),
                          "masks": [told(mask, 0.0, UNDECIDED * largest) for mask in full]})
    write("clipseg", cases)


if __name__ == "__main__":
    main()
