"""The authors' models, from a checkpoint or with random weights, and the steps of their predictors with every candidate kept.

The packages are segment-anything, mobilesam-mirror and edgetam-dimos (its `sam2` has the configurations of SAM 2, SAM 2.1 and EdgeTAM).
"""
import contextlib, io, re

import numpy as np
import torch

sam_names = ["vit_b", "vit_l", "vit_h", "vit_t"]
_sizes = {"tiny": "t", "small": "s", "base-plus": "b+", "large": "l"}
sam2_configs = {
    f"{version}-{size}": f"configs/{version}/{version}_hiera_{letter}.yaml" for version in ("sam2.1", "sam2") for size, letter in _sizes.items()
}


class Unusable(Exception):
    """A checkpoint that does not fit, in a sentence."""


def sam(name, checkpoint=None, seed=0):
    """SAM or MobileSAM (vit_t)."""
    if name == "vit_t":
        from mobile_sam import sam_model_registry
    else:
        from segment_anything import sam_model_registry
    return _filled(lambda: sam_model_registry[name](checkpoint=None), checkpoint, seed)


def sam2(name, checkpoint=None, seed=0, side=1024):
    """SAM 2 or 2.1; another `side` than 1024 is for trials with random weights."""
    from sam2.build_sam import build_sam2

    grid = f"[{side // 16},{side // 16}]"
    layer = "++model.memory_attention.layer"
    overrides = [f"++model.image_size={side}", *(f"{layer}.{kind}_attention.feat_sizes={grid}" for kind in ("self", "cross"))]
    given = [] if side == 1024 else overrides
    return _filled(lambda: build_sam2(sam2_configs[name], None, device="cpu", hydra_overrides_extra=given), checkpoint, seed)


def edgetam(checkpoint=None, seed=0):
    import sam2.modeling.backbones.timm as backbone
    from sam2.build_sam import build_sam2

    # The backbone would fetch weights that the checkpoint replaces anyway.
    create = backbone.create_model
    backbone.create_model = lambda name, pretrained, **given: create(name, pretrained=False, **given)
    try:
        return _filled(lambda: build_sam2("configs/edgetam.yaml", None, device="cpu"), checkpoint, seed)
    finally:
        backbone.create_model = create


def _filled(build, checkpoint, seed):
    torch.manual_seed(seed)
    with contextlib.redirect_stdout(io.StringIO()):
        model = build()
    if checkpoint is None:
        _spread(model, seed)
    else:
        _load(model, checkpoint)
    # After the weights: TinyViT keeps attention biases that it indexes here.
    return model.eval()


def _spread(model, seed):
    """Tensors that start as one number (zeros, ones) vary a little: a mistake in them could not show otherwise."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for tensor in [*model.parameters(), *model.buffers()]:
            if tensor.is_floating_point() and tensor.numel() > 1 and tensor.min() == tensor.max():
                tensor += 0.05 * torch.rand(tensor.shape, generator=generator)


def _load(model, checkpoint):
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    except Exception as error:
        # PyTorch's own message advises to load the file unsafely.
        other = re.search(r"GLOBAL ([\w.]+)", str(error))
        got = f"one that holds {other[1]}" if other else f"a file that PyTorch cannot read ({type(error).__name__})"
        raise Unusable(f"{checkpoint}: not a checkpoint; expected a file of PyTorch with tensors and nothing else, got {got}") from error
    if not isinstance(state, dict):
        raise Unusable(f"{checkpoint}: holds a {type(state).__name__}; expected a dictionary of tensors")
    for key in ("model", "state_dict"):
        if isinstance(state.get(key), dict):
            state = state[key]
    state = {name.removeprefix("module."): tensor for name, tensor in state.items()}
    own = model.state_dict()
    lacking, unknown = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
    other = [name for name in sorted(own.keys() & state.keys()) if own[name].shape != state[name].shape]
    if lacking or unknown or other:
        first = lambda names: f"{len(names)} ({', '.join(names[:2])}{', ...' if len(names) > 2 else ''})" if names else "none"
        raise Unusable(
            f"{checkpoint}: these are not the weights of the model that --model names; "
            f"expected {len(own)} tensors; missing: {first(lacking)}; unknown: {first(unknown)}; of another size: {first(other)}"
        )
    model.load_state_dict(state)


class Predictor:
    """An image, then prompts: {points, labels, box, mask}, each absent or in pixels of the image; the mask in logits of an earlier answer."""

    padding_point = False

    def keep_all(self, decoder):
        """The authors' decoder selects candidates in `forward`; here it returns all of them."""

        def forward(multimask_output, **given):
            self.answered = decoder.predict_masks(**given)
            return self.answered

        decoder.forward = forward

    @torch.no_grad()
    def answer(self, prompt):
        """Low-resolution logits and predicted IoUs of all four candidates, and the logits at the image's size."""
        mask = prompt.get("mask")
        logits, _, _ = self.official.predict(
            point_coords=_array(prompt.get("points")),
            point_labels=_array(prompt.get("labels")),
            box=_array(prompt.get("box")),
            mask_input=None if mask is None else mask[None],
            return_logits=True,
        )
        low, scores = self.answered[:2]
        return low[0].numpy(), scores[0].numpy(), logits


class SamPredictor(Predictor):
    """What the decoder is fed gets a padding point where there is no box."""

    padding_point = True
    features = ["image_embeddings"]

    def __init__(self, model):
        from segment_anything import SamPredictor as Official

        self.model, self.official = model, Official(model)
        self.side = model.image_encoder.img_size
        self.keep_all(model.mask_decoder)

    @torch.no_grad()
    def tensor(self, image):
        resized = torch.as_tensor(self.official.transform.apply_image(image)).permute(2, 0, 1)[None]
        return self.model.preprocess(resized).numpy()

    def embed(self, image):
        self.official.set_image(image)
        return [self.official.features.numpy()]

    def coords(self, points):
        return self.official.transform.apply_coords(np.array(points, float), self.official.original_size)


class Sam2Predictor(Predictor):
    """Also EdgeTAM's."""

    features = ["image_embed", "high_res_feats_0", "high_res_feats_1"]

    def __init__(self, model):
        from sam2.sam2_image_predictor import SAM2ImagePredictor

        self.model, self.official = model, SAM2ImagePredictor(model)
        self.side = model.image_size
        self.official._bb_feat_sizes = [(self.side // stride,) * 2 for stride in (4, 8, 16)]
        self.keep_all(model.sam_mask_decoder)

    def tensor(self, image):
        return self.official._transforms(image)[None].numpy()

    def embed(self, image):
        self.official.set_image(image)
        held = self.official._features
        return [held["image_embed"].numpy(), *(level.numpy() for level in held["high_res_feats"])]

    def coords(self, points):
        given = torch.as_tensor(points, dtype=torch.float)
        return self.official._transforms.transform_coords(given, normalize=True, orig_hw=self.official._orig_hw[-1]).numpy()


def _array(values):
    return None if values is None else np.array(values)
