"""The graphs of a video model (SAM 2, SAM 2.1, EdgeTAM) and its file of constants: modules around the authors' own, each compared with them.

The split is that of axinc-ai/segment-anything-2, but memory attention takes features, memories and pointers as they are kept, so that the
host neither turns nor repeats them: rotary encodings, places and the four tokens of a pointer are made inside.
"""
import importlib.metadata, json, math, pathlib, shlex, sys

import numpy as np
import onnxruntime
import torch
from torch import nn

import authors, graphs
from common import apart, bound, finite, name_of, sha256

settings = [
    "image_size", "num_maskmem", "max_obj_ptrs_in_encoder", "max_cond_frames_in_attn", "memory_temporal_stride_for_eval",
    "sigmoid_scale_for_mem_enc", "sigmoid_bias_for_mem_enc", "use_signed_tpos_enc_to_obj_ptrs", "add_tpos_enc_to_obj_ptrs",
]  # fmt: skip


class ImageEncoder(nn.Module):
    """A normalised frame to raw features, and two further levels as the decoder takes them."""

    def __init__(self, model):
        super().__init__()
        self.inner = graphs.Sam2Encoder(model)

    def forward(self, input_image):
        fine, middle, coarse = self.inner.model.forward_image(input_image)["backbone_fpn"]
        return fine, middle, coarse


class PromptEncoder(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.parts = graphs.Decoder(model.sam_prompt_encoder, model.sam_mask_decoder, pad=True)

    def forward(self, coords, labels, masks, masks_enable):
        sparse = self.parts.embed_points(coords, labels.float())
        return sparse, self.parts.embed_masks(masks[:, None], masks_enable.float()), self.parts.positions


class MaskDecoder(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.masks = model.sam_mask_decoder

    def forward(self, embeddings, places, sparse, dense, fine, middle):
        return self.masks.predict_masks(
            image_embeddings=embeddings,
            image_pe=places,
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            repeat_image=False,
            high_res_features=[fine, middle],
        )


class MemoryEncoder(nn.Module):
    """With EdgeTAM's perceiver, where there is one."""

    def __init__(self, model):
        super().__init__()
        self.encoder, self.perceiver = model.memory_encoder, model.spatial_perceiver

    def forward(self, pix_feat, masks):
        out = self.encoder(pix_feat, masks, skip_mask_sigmoid=True)
        features = out["vision_features"]
        return features if self.perceiver is None else self.perceiver(features, out["vision_pos_enc"][0])[0]


def places_of(model):
    """Of a memory's tokens, N x 64, and of a frame's features, tokens x 256."""
    cells = model.image_size // model.backbone_stride
    sine = lambda channels: torch.zeros(1, channels, cells, cells)
    memory = model.memory_encoder.position_encoding(sine(model.mem_dim))
    frame = model.image_encoder.neck.position_encoding(sine(model.hidden_dim))
    if model.spatial_perceiver is not None:
        memory = model.spatial_perceiver(sine(model.mem_dim), memory)[1].transpose(1, 2)
    return memory.flatten(2)[0].T.contiguous(), frame.flatten(2)[0].T.contiguous()


def rotated(x, table):
    """... x N x d: pairs of neighbouring channels turned by the angles of a complex table N x d/2."""
    a, b = x.reshape(*x.shape[:-1], -1, 2).unbind(-1)
    return torch.stack((a * table.real - b * table.imag, a * table.imag + b * table.real), -1).flatten(-2)


class Table(nn.Module):
    def __init__(self, complex_table):
        super().__init__()
        self.register_buffer("real", complex_table.real.clone())
        self.register_buffer("imag", complex_table.imag.clone())


class MemoryAttention(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.inner, self.width, self.timed = model.memory_attention, model.mem_dim, model.add_tpos_enc_to_obj_ptrs
        memory, frame = places_of(model)
        self.register_buffer("memory_places", memory)
        self.register_buffer("frame_places", frame)
        first = self.inner.layers[0]
        table = lambda attention, name: getattr(attention, name, None) if hasattr(attention, name) else attention.freqs_cis
        # Tables of another size than the features' are made anew by the authors' code as well.
        cells = model.image_size // model.backbone_stride
        own = first.self_attn
        self.own = Table(own.freqs_cis if len(own.freqs_cis) == cells**2 else own.compute_cis(end_x=cells, end_y=cells))
        self.query = Table(table(first.cross_attn_image, "freqs_cis_q"))
        self.key = Table(table(first.cross_attn_image, "freqs_cis_k"))

    def attend(self, attention, q, k, v):
        return attention.out_proj(nn.functional.scaled_dot_product_attention(q[None], k[None], v[None])[0])

    def self_attend(self, attention, x):
        q, k = (rotated(project(x), self.own) for project in (attention.q_proj, attention.k_proj))
        return self.attend(attention, q, k, attention.v_proj(x))

    def cross_attend(self, attention, x, memories, places, pointers, pointer_places):
        """memories: n x N x 64; only the last tokens of each that the table covers are turned, pointers are not."""
        keys = attention.k_proj(memories + places)
        still = keys.shape[1] - self.key.real.shape[0]
        turned = rotated(keys[:, still:], self.key)
        keys = turned if still == 0 else torch.cat((keys[:, :still], turned), 1)
        k = torch.cat((keys.reshape(1, -1, keys.shape[-1]), attention.k_proj(pointers + pointer_places)), 1)
        v = attention.v_proj(torch.cat((memories.reshape(1, -1, self.width), pointers), 1))
        return self.attend(attention, rotated(attention.q_proj(x), self.query), k, v)

    def forward(self, curr, memory_1, memory_2, memory_pos_1, memory_pos_2=None):
        memories = memory_1 if memory_1.dim() == 3 else memory_1.flatten(2).transpose(1, 2)
        places = self.memory_places + memory_pos_1[:, None]
        pointers = memory_2.reshape(1, -1, self.width)
        if memory_pos_2 is None:
            pointer_places = torch.zeros_like(pointers)
        else:
            pieces = curr.shape[1] // self.width
            pointer_places = memory_pos_2[:, None].expand(-1, pieces, -1).reshape(1, -1, self.width)
        x = curr.flatten(2).transpose(1, 2) + 0.1 * self.frame_places
        for layer in self.inner.layers:
            x = x + self.self_attend(layer.self_attn, layer.norm1(x))
            x = x + self.cross_attend(layer.cross_attn_image, layer.norm2(x), memories, places, pointers, pointer_places)
            x = x + layer.linear2(layer.activation(layer.linear1(layer.norm3(x))))
        return self.inner.norm(x).transpose(1, 2).reshape(curr.shape)


def modules_of(model):
    """Name -> (module, inputs, outputs, dynamic axes)."""
    rows = lambda *names: {name: {0: axis} for name, axis in names}
    timed = model.add_tpos_enc_to_obj_ptrs
    attention = ["curr", "memory_1", "memory_2", "memory_pos_1", *(["memory_pos_2"] if timed else [])]
    decoder = ["image_embeddings", "image_pe", "sparse_prompt_embeddings", "dense_prompt_embeddings", "high_res_features1", "high_res_features2"]
    found = {
        "image_encoder": (ImageEncoder(model), ["input_image"], ["backbone_fpn_0", "backbone_fpn_1", "backbone_fpn_2"], {}),
        "prompt_encoder": (
            PromptEncoder(model),
            ["coords", "labels", "masks", "masks_enable"],
            ["sparse_embeddings", "dense_embeddings", "dense_pe"],
            {"coords": {1: "points"}, "labels": {1: "points"}, "sparse_embeddings": {1: "tokens"}},
        ),
        "mask_decoder": (
            MaskDecoder(model),
            decoder,
            ["masks", "iou_pred", "sam_tokens_out", "object_score_logits"],
            {"sparse_prompt_embeddings": {1: "tokens"}},
        ),
        "mlp": (model.obj_ptr_proj, ["x"], ["x_out"], rows(("x", "pointers"), ("x_out", "pointers"))),
        "memory_encoder": (MemoryEncoder(model), ["pix_feat", "masks"], ["vision_features"], {}),
        "memory_attention": (
            MemoryAttention(model),
            attention,
            ["pix_feat"],
            rows(*((name, "memories" if name.endswith("1") else "pointers") for name in attention[1:])),
        ),
    }
    if timed:
        axes = rows(("x", "pointers"), ("x_out", "pointers"))
        found["obj_ptr_tpos_proj"] = (model.obj_ptr_tpos_proj, ["x"], ["x_out"], axes)
    return found


@torch.no_grad()
def examples(model, name, n=2, m=3, points=2):
    """Inputs of a module: n memories, m pointers, points."""
    side, cells, width = model.image_size, model.image_size // model.backbone_stride, model.mem_dim
    features = torch.randn(1, model.hidden_dim, cells, cells)
    memory = (n, width, cells, cells) if model.spatial_perceiver is None else (n, *places_of(model)[0].shape)
    prompts = (torch.rand(1, points, 2) * side, torch.ones(1, points, dtype=torch.int32), torch.randn(1, 4 * cells, 4 * cells))
    if name == "image_encoder":
        return (torch.randn(1, 3, side, side),)
    if name == "prompt_encoder":
        return (*prompts, torch.ones(1, dtype=torch.int32))
    if name == "mask_decoder":
        sparse, dense, places = PromptEncoder(model)(*prompts, torch.zeros(1, dtype=torch.int32))
        fine = torch.randn(1, model.hidden_dim // 8, 4 * cells, 4 * cells)
        return features, places, sparse, dense, fine, torch.randn(1, model.hidden_dim // 4, 2 * cells, 2 * cells)
    if name in ("mlp", "obj_ptr_tpos_proj"):
        return (torch.randn(n, model.hidden_dim),)
    if name == "memory_encoder":
        return features, torch.rand(1, 1, side, side) * 20 - 10
    times = torch.randn(m, width) * 0.5
    rest = (times,) if model.add_tpos_enc_to_obj_ptrs else ()
    return (features, torch.randn(memory), torch.randn(m, model.hidden_dim), torch.randn(n, width) * 0.1, *rest)


@torch.no_grad()
def official(model, name, given):
    """The same by the authors' own calls."""
    if name == "prompt_encoder":
        coords, labels, masks, enable = given
        out = model.sam_prompt_encoder((coords, labels), None, masks[:, None] if enable[0] else None)
        return (*out, model.sam_prompt_encoder.get_dense_pe())
    if name != "memory_attention":
        out = modules_of(model)[name][0].eval()(*given)
        return out if isinstance(out, tuple) else (out,)
    curr, memories, pointers, rows, *times = given
    memory_places, frame_places = places_of(model)
    spatial = memories if memories.dim() == 3 else memories.flatten(2).transpose(1, 2)
    pieces = model.hidden_dim // model.mem_dim
    places = (memory_places + rows[:, None]).reshape(-1, 1, model.mem_dim)
    late = times[0].repeat_interleave(pieces, 0)[:, None] if times else torch.zeros(len(pointers) * pieces, 1, model.mem_dim)
    out = model.memory_attention(
        curr=[curr.flatten(2).permute(2, 0, 1)],
        curr_pos=[frame_places[:, None]],
        memory=torch.cat((spatial.reshape(-1, 1, model.mem_dim), pointers.reshape(-1, 1, model.mem_dim))),
        memory_pos=torch.cat((places, late)),
        num_obj_ptr_tokens=len(pointers) * pieces,
        num_spatial_mem=len(memories),
    )
    return (out.permute(1, 2, 0).reshape(curr.shape),)


def write(model, out, names=None):
    """All graphs and the constants, into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    for name, (module, inputs, outputs, axes) in modules_of(model).items():
        if names is None or name in names:
            graphs.write(module, examples(model, name), out / f"{name}.onnx", inputs, outputs, axes)
            sizes_in_file(out / f"{name}.onnx", module, examples(model, name), outputs, axes)
    (out / "constants.json").write_text(json.dumps(constants(model)) + "\n")


def sizes_in_file(path, module, given, outputs, axes):
    """Traces leave sizes of outputs open that are fixed: the file says them."""
    import onnx

    with torch.no_grad():
        shown = module(*given)
    graph = onnx.load(path, load_external_data=False)
    for name, tensor in zip(outputs, shown if isinstance(shown, tuple) else (shown,)):
        port = next(one for one in graph.graph.output if one.name == name)
        for axis, (dim, size) in enumerate(zip(port.type.tensor_type.shape.dim, tensor.shape)):
            if axis not in axes.get(name, {}):
                dim.Clear()
                dim.dim_value = size
    onnx.save(graph, path)


def constants(model):
    tensor = lambda value: {"shape": list(value.shape), "data": [float(np.format_float_positional(v, unique=True)) for v in value.detach().numpy().ravel()]}
    cells = model.image_size // model.backbone_stride
    tensors = {
        "no_mem_embed": model.no_mem_embed[0],
        "no_obj_ptr": model.no_obj_ptr,
        "mask_downsample_weight": model.mask_downsample.weight,
        "mask_downsample_bias": model.mask_downsample.bias,
        "maskmem_tpos_enc": model.maskmem_tpos_enc.reshape(model.num_maskmem, -1),
    }
    if model.no_obj_embed_spatial is not None:
        tensors["no_obj_embed_spatial"] = model.no_obj_embed_spatial
    values = {name: getattr(model, name) for name in settings}
    return {**values, "low_res_size": 4 * cells, "no_obj_score": -1024.0, "tensors": {name: tensor(value) for name, value in tensors.items()}}


def compare(model, out, threads=1):
    """Largest difference of each module, as a share of the largest value: over sizes that its free axes take."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    sizes = {
        "prompt_encoder": [dict(points=1), dict(points=2), dict(points=7)],
        "mask_decoder": [dict(points=1), dict(points=5)],
        "mlp": [dict(n=1), dict(n=4)],
        "obj_ptr_tpos_proj": [dict(n=1), dict(n=16)],
        "memory_attention": [dict(n=1, m=1), dict(n=1, m=0), dict(n=4, m=7), dict(n=9, m=18)],
    }
    found = {}
    for name, (_, inputs, _, _) in modules_of(model).items():
        session = onnxruntime.InferenceSession(str(out / f"{name}.onnx"), options, providers=["CPUExecutionProvider"])
        worst, cases = 0.0, sizes.get(name, [{}])
        for seed, size in enumerate(cases):
            torch.manual_seed(seed + 1)
            given = examples(model, name, **size)
            got = session.run(None, dict(zip(inputs, (one.numpy() for one in given))))
            for one, expected in zip(got, official(model, name, given), strict=True):
                worst = max(worst, apart(one, expected.detach().numpy()))
        found[name] = worst
    return found


def write_card(model, out, *, family, title, weights, licence, source, broken):
    names = [*modules_of(model), "constants"]
    files = {name: out / (f"{name}.json" if name == "constants" else f"{name}.onnx") for name in names}
    text = [
        f"# Written by {shlex.join(['python', *sys.argv])}",
        *(f"# sha256 of {file.name}: {sha256(file)}, {file.stat().st_size} bytes" for file in files.values()),
        f"name: {name_of(out)}",
        f"title: {json.dumps(f'{title}, clips' + (' (BROKEN)' if broken else ''))}",
        f"description: {json.dumps(f'Exported with scripts/export of segbench from {weights}.')}",
        f"family: {family}",
        "files:",
        *(f"  {name}: {file.name}" for name, file in files.items()),
        f"image: {{ size: {model.image_size} }}",
        f"licence: {json.dumps(licence)}",
        f"source: {source}",
    ]
    (out / f"{name_of(out)}.yaml").write_text("\n".join(text) + "\n")


def export(given, *, title, family, build, licence, source, package):
    """Everything from weights to the card; returns the exit code."""
    out = pathlib.Path(given.out)
    try:
        with graphs.quiet():
            model = build(given.checkpoint, given.random or 0)
    except authors.Unusable as error:
        print(error, file=sys.stderr)
        return 1
    checkpoint = given.checkpoint and pathlib.Path(given.checkpoint)
    weights = f"{checkpoint.name} (sha256 {sha256(checkpoint)})" if checkpoint else f"random weights, seed {given.random}"
    with graphs.quiet():
        write(model, out)
        differences = compare(model, out, given.threads)
    worst = max(differences.values())
    write_card(
        model,
        out,
        broken=worst > bound,
        **{"family": family, "title": title, "weights": weights, "source": source},
        licence=given.licence or (licence if checkpoint else "none: random weights"),
    )
    report = {
        "what": f"{title}: modules in torch against ONNX",
        "judge": "the authors' modules in torch",
        "weights": weights,
        "versions": {name: importlib.metadata.version(name) for name in ("torch", "onnx", "onnxruntime", package)},
        "differences": {name: finite(value) for name, value in differences.items()},
        "bound": bound,
    }
    (out / "export.json").write_text(json.dumps(report, indent=2) + "\n")
    print(f"{title}, side {model.image_size}: largest difference from the authors' modules in torch, as a share of the largest value\n")
    for name, value in differences.items():
        print(f"  {name:<20}{value:9.1e}   {(out / f'{name}.onnx').stat().st_size / 1e6:6.1f} MB")
    told = f"{worst:.1e}" if math.isfinite(worst) else "not finite, or of another size"
    print(f"\nlargest {told}, bound {bound:.0e}: {'kept' if worst <= bound else 'BROKEN'}; the card is {out / name_of(out)}.yaml")
    return 0 if worst <= bound else 1
