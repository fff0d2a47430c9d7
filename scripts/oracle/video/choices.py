"""Writes test/oracle/video/choices.json.gz: which memories and pointers the authors' own function chooses, and their places in time.

    venv/bin/pip install torch==2.14.1 torchvision==0.29.1, then --no-deps edgetam-dimos, hydra-core iopath omegaconf einops tqdm
    venv/bin/python scripts/oracle/video/choices.py

`_prepare_memory_conditioned_features` of the package's sam2 runs unchanged; features, memories and pointers are numbers that name their
frame, and memory attention writes down what it is given. A case is
[frame, reverse, stride, most conditioning frames or -1, signed, frames of the clip, conditioning frames, other frames,
 chosen memories as frame and row in turn, chosen pointers as frame and distance in turn].
"""

import pathlib
import sys
import types
from importlib.metadata import version

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import torch
from packed import write_cases
from sam2.modeling import sam2_base

DIM, MEMORIES, POINTERS = 64, 7, 16


def chosen(t, reverse, stride, most, signed, frames, conditioning, others):
    seen = {}

    def attention(curr, curr_pos, memory, memory_pos, num_obj_ptr_tokens, num_spatial_mem):
        cut = len(memory) - num_obj_ptr_tokens
        first = lambda values: [float(v) for v in values[:, 0, 0]]
        seen["memories"] = list(zip(first(memory[:cut]), first(memory_pos[:cut])))
        seen["pointers"] = list(zip(first(memory[cut:]), first(memory_pos[cut:])))
        return curr[0]

    places = lambda pos, dim: pos[:, None].expand(-1, dim)
    out = lambda f: {
        "maskmem_features": torch.full((1, DIM, 1, 1), float(f)),
        "maskmem_pos_enc": [torch.zeros(1, DIM, 1, 1)],
        "obj_ptr": torch.full((1, DIM), float(f)),
    }
    self = types.SimpleNamespace(
        hidden_dim=DIM, mem_dim=DIM, device="cpu", num_maskmem=MEMORIES, training=False, memory_attention=attention,
        max_cond_frames_in_attn=most, memory_temporal_stride_for_eval=stride, use_obj_ptrs_in_encoder=True,
        max_obj_ptrs_in_encoder=POINTERS, only_obj_ptrs_in_the_past_for_eval=True, use_signed_tpos_enc_to_obj_ptrs=signed,
        add_tpos_enc_to_obj_ptrs=True, proj_tpos_enc_in_obj_ptrs=False, obj_ptr_tpos_proj=lambda x: x,
        maskmem_tpos_enc=torch.arange(MEMORIES).float().reshape(-1, 1, 1).expand(-1, 1, DIM),
    )  # fmt: skip
    sam2_base.get_1d_sine_pe = places
    sam2_base.SAM2Base._prepare_memory_conditioned_features(
        self,
        frame_idx=t,
        is_init_cond_frame=False,
        current_vision_feats=[torch.zeros(1, 1, DIM)],
        current_vision_pos_embeds=[torch.zeros(1, 1, DIM)],
        feat_sizes=[(1, 1)],
        output_dict={"cond_frame_outputs": {f: out(f) for f in conditioning}, "non_cond_frame_outputs": {f: out(f) for f in others}},
        num_frames=frames,
        track_in_reverse=reverse,
    )
    reach = min(frames, POINTERS) - 1
    memories = [round(v) for pair in seen["memories"] for v in pair]
    return memories, [round(v) for f, d in seen["pointers"] for v in (f, d * reach)]


def cases():
    for stride in (1, 2):
        for reverse in (False, True):
            for count in range(1, 10):
                for t in range(41):
                    frames = 41 if (t + count) % 5 or t > 11 else 12
                    most = (-1, -1, 4, 2)[(t + count) % 4]
                    # Conditioning frames before and after, in no order; what was passed by, with holes, and some from an earlier pass.
                    conditioning = list(dict.fromkeys((t * 3 + k * 17 + k * k) % frames for k in range(count)))
                    behind = range(t + 1, frames) if reverse else range(t)
                    ahead = [f for f in range(frames) if f not in behind and f != t and (f + count) % 3 == 0]
                    others = [f for f in [*behind, *ahead] if f not in conditioning and (f * 7 + t + count) % 11]
                    case = [t, reverse, stride, most, bool((t + count) % 2), frames, conditioning, others]
                    yield [*(int(v) if isinstance(v, bool) else v for v in case), *chosen(*case)]


if __name__ == "__main__":
    head = {"generator": "scripts/oracle/video/choices.py", "versions": {name: version(name) for name in ("edgetam-dimos", "torch")}}
    write_cases("video/choices", head, cases())
