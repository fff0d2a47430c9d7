"""The two ONNX graphs of a model: torch modules around the authors' own ones, traced; and the same in 16 and 8 bits."""
import contextlib, io, logging, pathlib, tempfile, warnings

import onnx
import torch
from torch import nn

prompts = ["point_coords", "point_labels", "mask_input", "has_mask_input"]


class SamEncoder(nn.Module):
    """A normalised, padded image to its embedding."""

    def __init__(self, model):
        super().__init__()
        self.encoder = model.image_encoder

    def forward(self, image):
        return self.encoder(image)


class Sam2Encoder(nn.Module):
    """A normalised image to its embedding, `no_mem_embed` added, and two levels of high-resolution features."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        trunk = model.image_encoder.trunk
        if hasattr(trunk, "_get_pos_embed"):
            trunk._get_pos_embed = _positions(trunk, model.image_size // trunk.patch_embed.proj.stride[0])

    def forward(self, image):
        fine, middle, coarse = self.model.forward_image(image)["backbone_fpn"]
        if self.model.directly_add_no_mem_embed:
            coarse = coarse + self.model.no_mem_embed.reshape(1, -1, 1, 1)
        return coarse, fine, middle


def _positions(trunk, side):
    """Hiera's position embedding at a fixed side, its cubic resize as two products of matrices: ONNX's own rounds differently."""
    size = trunk.pos_embed.shape[-1]
    resize = nn.functional.interpolate(torch.eye(size)[None, :, :, None], size=(side, 1), mode="bicubic")[0, :, :, 0]
    tiles = side // trunk.pos_embed_window.shape[-1]

    def positions(_):
        whole = resize.T @ trunk.pos_embed @ resize + trunk.pos_embed_window.repeat(1, 1, tiles, tiles)
        return whole.permute(0, 2, 3, 1)

    return positions


class Decoder(nn.Module):
    """Prompts to all candidates: the authors' prompt encoder, with boolean masks as sums, and their `predict_masks`.

    P prompts share an image, which is broadcast. One flag for all prompts or one for each says whether mask_input counts.
    """

    def __init__(self, prompt_encoder, mask_decoder, pad, **fixed):
        super().__init__()
        self.prompts, self.masks = prompt_encoder, mask_decoder
        self.pad, self.fixed = pad, fixed
        self.register_buffer("positions", prompt_encoder.get_dense_pe().detach())

    def embed_points(self, coords, labels):
        coords = coords + 0.5
        if self.pad:
            coords = torch.cat([coords, torch.zeros(coords.shape[0], 1, 2)], 1)
            labels = torch.cat([labels, -torch.ones(labels.shape[0], 1)], 1)
        embedded = self.prompts.pe_layer._pe_encoding(coords / self.prompts.input_image_size[0])
        labels = labels[..., None]
        embedded = embedded * (labels != -1) + self.prompts.not_a_point_embed.weight * (labels == -1)
        for label, embedding in enumerate(self.prompts.point_embeddings):
            embedded = embedded + embedding.weight * (labels == label)
        return embedded

    def embed_masks(self, masks, given):
        given = given.reshape(-1, 1, 1, 1)
        return given * self.prompts.mask_downscaling(masks) + (1 - given) * self.prompts.no_mask_embed.weight.reshape(1, -1, 1, 1)

    def forward(self, embedding, *given):
        *features, coords, labels, masks, has_mask = given
        levels = {"high_res_features": features} if features else {}
        with one_image():
            masks, scores = self.masks.predict_masks(
                image_embeddings=embedding,
                image_pe=self.positions,
                sparse_prompt_embeddings=self.embed_points(coords, labels),
                dense_prompt_embeddings=self.embed_masks(masks, has_mask),
                **self.fixed,
                **levels,
            )[:2]
        # Fixed numbers, so that the file says how many masks there are and how large.
        return scores, masks.reshape(-1, self.masks.num_mask_tokens, *self.prompts.mask_input_size)


@contextlib.contextmanager
def one_image():
    """`predict_masks` copies the image for every prompt: left out, everything after it broadcasts."""
    repeat = torch.repeat_interleave
    torch.repeat_interleave = lambda tensor, times, dim: tensor
    try:
        yield
    finally:
        torch.repeat_interleave = repeat


def sam_graphs(model):
    return SamEncoder(model), Decoder(model.prompt_encoder, model.mask_decoder, pad=False)


def sam2_graphs(model):
    return Sam2Encoder(model), Decoder(model.sam_prompt_encoder, model.sam_mask_decoder, pad=True, repeat_image=True)


def write_encoder(module, side, names, path):
    write(module, (torch.rand(1, 3, side, side),), path, ["image"], names, {})


def write_decoder(module, features, names, logits, path):
    """`features`: tensors of an image; `logits`: name of the output."""
    inputs, outputs = [*names, *prompts], ["iou_predictions", logits]
    axes = {name: {0: "prompts"} for name in [*prompts, *outputs]}
    axes["point_coords"][1] = axes["point_labels"][1] = "points"
    height, width = module.prompts.mask_input_size
    p, n = 3, 4  # any numbers above 1: both axes are free
    side = module.prompts.input_image_size[0]
    given = (torch.rand(p, n, 2) * side, torch.ones(p, n), torch.randn(p, 1, height, width), torch.ones(p))
    write(module, (*map(torch.from_numpy, features), *given), path, inputs, outputs, axes)


def write(module, given, path, inputs, outputs, axes):
    module.eval()  # the exporter restores this mode for the whole model
    with tempfile.TemporaryDirectory(dir=path.parent) as place, quiet(), torch.no_grad():
        traced = pathlib.Path(place) / path.name
        torch.onnx.export(
            module, given, str(traced), input_names=inputs, output_names=outputs, dynamic_axes=axes, opset_version=17, dynamo=False
        )
        save(onnx.load(traced), path)
    onnx.checker.check_model(str(path), full_check=path.stat().st_size < limit)


# Protocol buffers end at 2 GiB: what is larger keeps its weights in a file beside it.
limit = 2**31 - 2**20


def save(model, path):
    beside = path.with_name(path.name + "_data")
    beside.unlink(missing_ok=True)
    if sum(len(tensor.raw_data) for tensor in model.graph.initializer) < limit:
        onnx.save(model, path)
    else:
        onnx.save(model, path, save_as_external_data=True, all_tensors_to_one_file=True, location=beside.name)


def files_of(folder):
    return [file for stem in ("encoder", "decoder") for file in (folder / f"{stem}.onnx", folder / f"{stem}.onnx_data") if file.exists()]


def to_float16(source, path):
    """Weights and arithmetic; inputs and outputs stay float32."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    with quiet():
        # By its path, so that shapes are inferred above 2 GB too: without them the wrong constants would be converted.
        save(convert_float_to_float16(str(source), keep_io_types=True), path)


def to_int8(source, path):
    """onnxruntime's dynamic quantisation with the settings of SAM's own export script."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    large = source.with_name(source.name + "_data").exists()
    with tempfile.TemporaryDirectory(dir=path.parent) as place, quiet():
        made = pathlib.Path(place) / path.name
        quantize_dynamic(str(source), str(made), weight_type=QuantType.QUInt8, use_external_data_format=large)
        save(onnx.load(made), path)


@contextlib.contextmanager
def quiet():
    """The exporters' warnings: constants at a fixed size, deprecations, values cut to the range of 16 bits."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        level = logging.root.manager.disable
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(level)
