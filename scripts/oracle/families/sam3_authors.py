"""The image model of SAM 3's authors (the package sam3, sam3.model.sam3_image.Sam3Image, built from its own modules as its model_builder does) at the size of a small model of
Transformers and with that model's weights. It is made for CUDA; on a CPU one thing stands in its way: the box encoder pins memory. What it keeps on "cuda" beforehand
(coordinates and position codes for 1008 pixels) is not asked for here, and is then made where it is needed. And one number is not the same: norms of the picture encoder add
1e-5 to the variance here and 1e-6 in Transformers, which moves the small model's features by 7e-5. It is set to Transformers', whose weights these are and whose exports are held.

A prompt is a phrase's ids (padding 0) and boxes; the CLS token of the box encoder is always part of it.
"""

import re
from types import SimpleNamespace

import torch
from sam3.model.decoder import TransformerDecoder, TransformerDecoderLayer
from sam3.model.encoder import TransformerEncoderFusion, TransformerEncoderLayer
from sam3.model.geometry_encoders import Prompt, SequenceGeometryEncoder
from sam3.model.maskformer_segmentation import PixelDecoder, UniversalSegmentationHead
from sam3.model.model_misc import MLP, DotProductScoring, MultiheadAttentionWrapper, TransformerWrapper
from sam3.model.necks import Sam3DualViTDetNeck
from sam3.model.position_encoding import PositionEmbeddingSine
from sam3.model.sam3_image import Sam3Image
from sam3.model.text_encoder_ve import VETextEncoder
from sam3.model.vitdet import ViT
from sam3.model.vl_combiner import SAM3VLBackbone
from torch import nn

# Names of Transformers -> the authors', part by part; the first rule that fits a whole prefix.
RULES = [
    (r"^vision_encoder\.backbone\.embeddings\.patch_embeddings\.projection", "backbone.vision_backbone.trunk.patch_embed.proj"),
    (r"^vision_encoder\.backbone\.embeddings\.position_embeddings", "backbone.vision_backbone.trunk.pos_embed"),
    (r"^vision_encoder\.backbone\.layer_norm", "backbone.vision_backbone.trunk.ln_pre"),
    (r"^vision_encoder\.backbone\.layers\.(\d+)\.layer_norm", r"backbone.vision_backbone.trunk.blocks.\1.norm"),
    (r"^vision_encoder\.backbone\.layers\.(\d+)\.attention\.o_proj", r"backbone.vision_backbone.trunk.blocks.\1.attn.proj"),
    (r"^vision_encoder\.backbone\.layers\.(\d+)\.attention", r"backbone.vision_backbone.trunk.blocks.\1.attn"),
    (r"^vision_encoder\.backbone\.layers", "backbone.vision_backbone.trunk.blocks"),
    (r"^vision_encoder\.neck\.fpn_layers\.0\.scale_layers\.0", "backbone.vision_backbone.convs.0.dconv_2x2_0"),
    (r"^vision_encoder\.neck\.fpn_layers\.0\.scale_layers\.2", "backbone.vision_backbone.convs.0.dconv_2x2_1"),
    (r"^vision_encoder\.neck\.fpn_layers\.1\.scale_layers\.0", "backbone.vision_backbone.convs.1.dconv_2x2"),
    (r"^vision_encoder\.neck\.fpn_layers\.(\d)\.proj1", r"backbone.vision_backbone.convs.\1.conv_1x1"),
    (r"^vision_encoder\.neck\.fpn_layers\.(\d)\.proj2", r"backbone.vision_backbone.convs.\1.conv_3x3"),
    (r"^text_encoder\.text_model\.embeddings\.token_embedding", "backbone.language_backbone.encoder.token_embedding"),
    (r"^text_encoder\.text_model\.embeddings\.position_embedding\.weight", "backbone.language_backbone.encoder.positional_embedding"),
    (r"^text_encoder\.text_model\.encoder\.layers\.(\d+)\.layer_norm", r"backbone.language_backbone.encoder.transformer.resblocks.\1.ln_"),
    (r"^text_encoder\.text_model\.encoder\.layers\.(\d+)\.self_attn", r"backbone.language_backbone.encoder.transformer.resblocks.\1.attn"),
    (r"^text_encoder\.text_model\.encoder\.layers\.(\d+)\.mlp\.fc1", r"backbone.language_backbone.encoder.transformer.resblocks.\1.mlp.c_fc"),
    (r"^text_encoder\.text_model\.encoder\.layers\.(\d+)\.mlp\.fc2", r"backbone.language_backbone.encoder.transformer.resblocks.\1.mlp.c_proj"),
    (r"^text_encoder\.text_model\.final_layer_norm", "backbone.language_backbone.encoder.ln_final"),
    (r"^text_projection", "backbone.language_backbone.resizer"),
    (r"^geometry_encoder\.prompt_layer_norm", "geometry_encoder.norm"),
    (r"^geometry_encoder\.vision_layer_norm", "geometry_encoder.img_pre_norm"),
    (r"^geometry_encoder\.output_layer_norm", "geometry_encoder.encode_norm"),
    (r"^geometry_encoder\.layers", "geometry_encoder.encode"),
    (r"^detr_encoder", "transformer.encoder"),
    (r"^detr_decoder\.output_layer_norm", "transformer.decoder.norm"),
    (r"^detr_decoder\.presence_layer_norm", "transformer.decoder.presence_token_out_norm"),
    (r"^detr_decoder\.presence_head\.layer(\d)", "transformer.decoder.presence_token_head.layers.#\\1"),
    (r"^detr_decoder\.box_head\.layer(\d)", "transformer.decoder.bbox_embed.layers.#\\1"),
    (r"^detr_decoder\.box_rpb_embed_(.)\.layer(\d)", "transformer.decoder.boxRPB_embed_\\1.layers.#\\2"),
    (r"^detr_decoder\.ref_point_head\.layer(\d)", "transformer.decoder.ref_point_head.layers.#\\1"),
    (r"^detr_decoder\.layers\.(\d+)\.self_attn_layer_norm", r"transformer.decoder.layers.\1.norm2"),
    (r"^detr_decoder\.layers\.(\d+)\.text_cross_attn_layer_norm", r"transformer.decoder.layers.\1.catext_norm"),
    (r"^detr_decoder\.layers\.(\d+)\.vision_cross_attn_layer_norm", r"transformer.decoder.layers.\1.norm1"),
    (r"^detr_decoder\.layers\.(\d+)\.mlp_layer_norm", r"transformer.decoder.layers.\1.norm3"),
    (r"^detr_decoder\.layers\.(\d+)\.text_cross_attn", r"transformer.decoder.layers.\1.ca_text"),
    (r"^detr_decoder\.layers\.(\d+)\.vision_cross_attn", r"transformer.decoder.layers.\1.CROSS"),
    (r"^detr_decoder", "transformer.decoder"),
    (r"^mask_decoder\.mask_embedder", "segmentation_head.mask_predictor.mask_embed"),
    (r"^mask_decoder\.instance_projection", "segmentation_head.instance_seg_head"),
    (r"^mask_decoder\.semantic_projection", "segmentation_head.semantic_seg_head"),
    (r"^mask_decoder\.prompt_cross_attn_norm", "segmentation_head.cross_attn_norm"),
    (r"^mask_decoder\.prompt_cross_attn", "segmentation_head.cross_attend_prompt"),
    (r"^mask_decoder", "segmentation_head"),
    (r"^dot_product_scoring\.text_mlp_out_norm", "dot_prod_scoring.prompt_mlp.out_norm"),
    (r"^dot_product_scoring\.text_mlp\.layer(\d)", "dot_prod_scoring.prompt_mlp.layers.#\\1"),
    (r"^dot_product_scoring\.text_proj", "dot_prod_scoring.prompt_proj"),
    (r"^dot_product_scoring\.query_proj", "dot_prod_scoring.hs_proj"),
]


def renamed(name):
    for pattern, to in RULES:
        name, done = re.subn(pattern, to, name, count=1)
        if done:
            break
    name = re.sub(r"#(\d)", lambda found: str(int(found[1]) - 1), name)
    if re.match(r"(geometry_encoder\.encode|transformer\.(encoder|decoder)\.layers)\.", name):
        for own, other in ((".cross_attn.", ".cross_attn_image."), (".CROSS.", ".cross_attn."), (".mlp.fc1", ".linear1"), (".mlp.fc2", ".linear2"), (".layer_norm", ".norm")):
            name = name.replace(own, other)
    return name.replace(".o_proj", ".out_proj")


def weights(model):
    """Transformers' weights by the authors' names, with queries, keys and values in one."""
    out, parts = {}, {}
    for name, value in model.state_dict().items():
        found = re.match(r"(.*)\.([qkv])_proj\.(weight|bias)$", renamed(name))
        if found:
            parts.setdefault((found[1], found[3]), {})[found[2]] = value
        else:
            out[renamed(name)] = value
    for (module, kind), three in parts.items():
        joined = torch.cat([three[one] for one in "qkv"])
        out[f"{module}.qkv.{kind}" if ".trunk." in module else f"{module}.in_proj_{kind}"] = joined
    # A position for the class token of its pretraining, which it leaves out again.
    code = "backbone.vision_backbone.trunk.pos_embed"
    out[code] = torch.cat([torch.zeros(1, 1, out[code].shape[2]), out[code]], 1)
    out.pop("text_encoder.text_projection.weight")
    return out


def layer(kind, width, heads, batch_first, **more):
    def attention():
        return MultiheadAttentionWrapper(num_heads=heads, dropout=0.1, embed_dim=width, batch_first=batch_first)

    common = {"activation": "relu", "d_model": width, "dim_feedforward": width, "dropout": 0.1, "cross_attention": attention()}
    if kind is TransformerDecoderLayer:
        return kind(**common, n_heads=heads, use_text_cross_attention=True)
    return kind(**common, pre_norm=True, self_attention=attention(), pos_enc_at_cross_attn_queries=False, **more)


def sine(width):
    return PositionEmbeddingSine(num_pos_feats=width, normalize=True, scale=None, temperature=10000)


def authors(model, side, width, words, context):
    torch.Tensor.pin_memory = lambda own: own
    vit = ViT(img_size=side, pretrain_img_size=side, patch_size=14, embed_dim=width, depth=2, num_heads=2, mlp_ratio=1, norm_layer="LayerNorm", drop_path_rate=0.1, qkv_bias=True,
              use_abs_pos=True, tile_abs_pos=True, global_att_blocks=(1,), rel_pos_blocks=(), use_rope=True, use_interp_rope=True, window_size=2, pretrain_use_cls_token=True,
              retain_cls_token=False, ln_pre=True, ln_post=False, return_interm_layers=False, bias_patch_embed=False)
    neck = Sam3DualViTDetNeck(position_encoding=sine(width), d_model=width, scale_factors=[4.0, 2.0, 1.0, 0.5], trunk=vit)
    text = VETextEncoder(d_model=width, tokenizer=lambda ids, context_length: torch.tensor([[int(one) for one in ids[0].split()]]), width=width, heads=2, layers=1,
                         context_length=context, vocab_size=words)
    # Its builder has no setting for the width of this layer.
    block = text.encoder.transformer.resblocks[0].mlp
    block.c_fc, block.c_proj = nn.Linear(width, width), nn.Linear(width, width)
    encoder = TransformerEncoderFusion(layer=layer(TransformerEncoderLayer, width, 2, True, pos_enc_at_attn=True, pos_enc_at_cross_attn_keys=False), num_layers=1, d_model=width,
                                       num_feature_levels=1, frozen=False, use_act_checkpoint=True, add_pooled_text_to_img_feat=False, pool_text_with_mask=True)
    decoder = TransformerDecoder(layer=layer(TransformerDecoderLayer, width, 2, False), num_layers=2, num_queries=5, return_intermediate=True, box_refine=True, num_o2m_queries=0,
                                 dac=True, boxRPB="log", d_model=width, frozen=False, interaction_layer=None, dac_use_selfatt_ln=True, use_act_checkpoint=True, presence_token=True)
    geometry = SequenceGeometryEncoder(pos_enc=sine(width), encode_boxes_as_points=False, points_direct_project=True, points_pool=True, points_pos_enc=True, boxes_direct_project=True,
                                       boxes_pool=True, boxes_pos_enc=True, d_model=width, num_layers=1, roi_size=3, use_act_ckpt=True, add_cls=True, add_post_encode_proj=True,
                                       layer=layer(TransformerEncoderLayer, width, 2, False, pos_enc_at_attn=False, pos_enc_at_cross_attn_keys=True))
    head = UniversalSegmentationHead(hidden_dim=width, upsampling_stages=2, aux_masks=False, presence_head=False, dot_product_scorer=None, act_ckpt=True,
                                     cross_attend_prompt=MultiheadAttentionWrapper(num_heads=2, dropout=0, embed_dim=width),
                                     pixel_decoder=PixelDecoder(num_upsampling_stages=2, interpolation_mode="nearest", hidden_dim=width))
    mlp = MLP(input_dim=width, hidden_dim=width, output_dim=width, num_layers=2, dropout=0.1, residual=True, out_norm=nn.LayerNorm(width))
    own = Sam3Image(backbone=SAM3VLBackbone(visual=neck, text=text, scalp=1), transformer=TransformerWrapper(encoder=encoder, decoder=decoder, d_model=width),
                    input_geometry_encoder=geometry, segmentation_head=head, num_feature_levels=1, o2m_mask_predict=True,
                    dot_prod_scoring=DotProductScoring(d_model=width, d_proj=width, prompt_mlp=mlp), use_instance_query=False, multimask_output=True).eval()
    given, has = weights(model), own.state_dict()
    left = [name for name in given if name not in has or has[name].shape != given[name].shape]
    assert not left, left
    # Points have no weights in Transformers' model and are never asked.
    lacks = [name for name in has if name not in given and not re.search(r"points_|text_projection|attn_mask|freqs", name)]
    assert not lacks, lacks
    own.load_state_dict(given, strict=False)
    for module in vit.modules():
        if isinstance(module, nn.LayerNorm):
            assert module.eps == 1e-5
            module.eps = 1e-6
    return own


def answer(own, pixels, ids, boxes, labels):
    """Masks, boxes (x0 y0 x1 y1), class logits and the presence logit; `ids` padded with 0, boxes (centre, width, height) and labels 1 x n."""
    seen = own.backbone.forward_image(pixels)
    seen |= own.backbone.forward_text([" ".join(str(int(one)) for one in ids[0])], device="cpu")
    n = boxes.shape[1]
    prompt = Prompt(box_embeddings=boxes.transpose(0, 1), box_mask=torch.zeros(1, n, dtype=torch.bool), box_labels=labels.transpose(0, 1))
    at = SimpleNamespace(img_ids=torch.tensor([0]), text_ids=torch.tensor([0]))
    out = own.forward_grounding(seen, at, None, prompt)
    return out["pred_masks"], out["pred_boxes_xyxy"], out["pred_logits"].squeeze(-1), out["presence_logit_dec"]
