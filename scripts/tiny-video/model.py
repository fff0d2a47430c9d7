"""The tiny video model: memory encoder, memory attention and mask decoder around the frozen tiny image encoder.

Shapes: S = 256 input side, E = 128 side of the embedding and of the low-resolution masks, H = 32 side of the
memory grid, C = 32 embedding channels, M = 64 memory channels, Cp = 64 pointer channels, P prompts, n memories,
m pointers.

How evidence travels inside an embedding of unchanged shape: the frozen encoder hardly uses some directions of its
32 channels (deviation below 0.015, against 0.4 of the strongest). `memory_attention` writes eight maps along those
directions; `mask_decoder` reads them back and works on an embedding without them. Map 7 is a flag: -1 memory was
attended to, +1 no memory (that is `no_mem_embed`), 0 a raw embedding.

Matching is that of space-time memory networks: keys are whitened encoder features, compared by squared distance
with a prior on the distance between places that depends on the memory's age; values carry the mask, 4 x 4 pixels of
the 128 grid in every place of the 32 grid.
"""

import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import still  # noqa: F401
from image_model import CBR, Decoder, E, Res, S, up, zeroed

C, H, M, CP, CK, SUB, FREE, EV = 32, 32, 64, 64, 32, 16, 16, 8
NUM_MASKMEM, MAX_POINTERS = 7, 16
PCS = 20  # strongest directions of the encoder that start the keys


def flat_tokens(x):
    """n x c x H x H -> n*H*H x c"""
    return x.flatten(2).transpose(1, 2).reshape(-1, x.shape[1])


class Keys(nn.Module):
    """Embedding at half its side -> CK x H x H descriptors to match by squared distance."""

    def __init__(self):
        super().__init__()
        self.white = nn.Conv2d(C, CK, 1)
        self.near = nn.Conv2d(C, 64, 3, 2, 1)
        self.far = zeroed(nn.Conv2d(64, CK, 1))

    def forward(self, e64):
        return self.white(F.avg_pool2d(e64, 2)) + self.far(F.relu(self.near(e64)))


class MemoryEncoder(nn.Module):
    """pix_feat Bx32x128x128 (raw embedding), masks Bx1x256x256 (20 p - 10) -> BxMx32x32.

    Channels: 0..31 key, 32..47 the mask in the 4 x 4 places of each cell, 48..63 learned.
    """

    def __init__(self):
        super().__init__()
        self.mix = nn.Conv2d(C + 1, 40, 3, 2, 1)
        self.mix2 = nn.Conv2d(40 + SUB, 40, 3, 1, 1)
        self.free = nn.Conv2d(40, FREE, 1)

    def forward(self, keys, pix_feat, masks):
        p = F.avg_pool2d((masks + 10) / 20, 2)  # 128
        sub = F.pixel_unshuffle(p, E // H)
        e64 = F.avg_pool2d(pix_feat, 2)
        x = F.relu(self.mix(torch.cat([e64, F.avg_pool2d(p, 2) * 2 - 1], 1)))
        x = F.relu(self.mix2(torch.cat([x, sub], 1)))
        return torch.cat([keys(e64), sub, self.free(x)], 1)


class MemoryAttention(nn.Module):
    """current_features Bx32x128x128 (raw), memories BxnxMx32x32, rows n (int), pointers BxmxCp, offsets m
    -> conditioned features Bx32x128x128."""

    def __init__(self):
        super().__init__()
        self.heat = nn.Parameter(torch.tensor(math.log(4.0)))
        # Per age (row 0 the frame before, ... row 5 six frames before, row 6 conditioning frames):
        # log of the reach in cells, and a plus on the score.
        reach = [1.5, 2.0, 2.4, 2.8, 3.1, 3.4, 4.5]
        self.tpos = nn.Parameter(torch.stack([torch.tensor(reach).log(), torch.tensor([0.6, 0.2, 0, -0.2, -0.3, -0.4, 0.6])], 1))
        self.weigh = zeroed(nn.Linear(M, 1))
        self.ptr_pos = nn.Linear(8, CP)
        self.ptr_weight = zeroed(nn.Linear(CP, 1))
        self.ptr_filter = nn.Linear(CP, 4 * (CK + 1))
        self.none = nn.Parameter(torch.zeros(CP))
        self.read = nn.Conv2d(SUB + FREE + 2 + 4 + CK, 4 * 24, 1)
        self.look = nn.Conv2d(C, 8, 1)
        self.h1 = nn.Conv2d(24 + 8 + 1, 24, 3, 1, 1)
        self.h2 = nn.Conv2d(24, 24, 3, 1, 1)
        self.h3 = nn.Conv2d(24, 24, 3, 1, 1)
        self.out = zeroed(nn.Conv2d(24, EV - 1, 1))
        self.gain = nn.Parameter(torch.tensor(1.0))
        g = torch.arange(H).float() - (H - 1) / 2
        yy, xx = torch.meshgrid(g, g, indexing="ij")
        self.register_buffer("place", torch.stack([xx.flatten(), yy.flatten()], 1))  # 1024 x 2
        g = g.reshape(-1, 2).mean(1)
        yy, xx = torch.meshgrid(g, g, indexing="ij")
        self.register_buffer("place2", torch.stack([xx.flatten(), yy.flatten()], 1))  # 256 x 2
        self.coarse = nn.Parameter(torch.tensor(0.7))  # plus on the score of 2 x 2 means: they are fewer
        self.register_buffer("ev_dirs", torch.zeros(C, EV))
        self.register_buffer("freq", 2.0 ** torch.arange(4).float() * math.pi / 2)
        self.fused = True  # off for the export, which spells attention out
        self.maps = None  # the prior and map 0 of the last call, for a loss of their own

    def matched(self, q, memories, rows):
        """q BxCKxHxH, memories BxnxMxHxH -> what memory says at every place: Bx(SUB+FREE+2)xHxH"""
        B, n, L = memories.shape[0], memories.shape[1], H * H
        heat, p = self.heat.exp(), self.place
        pn = (p * p).sum(1)
        # The newest memory and a conditioning one in full, all of them in 2 x 2 means: half the keys of seven.
        best = torch.stack([rows.argmin(), rows.argmax()])
        full = memories.index_select(1, best).permute(0, 1, 3, 4, 2).reshape(B, 2 * L, M)
        small = F.avg_pool2d(memories.reshape(-1, M, H, H), 2)
        tok = torch.cat([full, small.reshape(B, -1, M, L // 4).transpose(2, 3).reshape(B, -1, M)], 1)
        k = tok[..., :CK]
        t = self.tpos[rows]  # n x 2
        a = torch.exp(-2 * t[:, :1]) / 2  # 1 / (2 reach^2)
        t = torch.cat([a, t[:, 1:]], 1)
        t = torch.cat([t[best].repeat_interleave(L, 0), torch.cat([t[:, :1], t[:, 1:] + self.coarse], 1).repeat_interleave(L // 4, 0)], 0)[None]
        a_, b_ = t[..., :1], t[..., 1:]
        places = torch.cat([p, p, self.place2.repeat(n, 1)], 0)[None]
        norms = (places * places).sum(2, keepdim=True)
        alone = b_ - a_ * norms - heat * (k * k).sum(2, keepdim=True) + self.weigh(tok)
        keys = torch.cat([k, (2 * a_ * places).expand(B, -1, -1), (-a_).expand(B, -1, -1), alone], 2)
        qf = q.flatten(2).transpose(1, 2)
        fixed = torch.cat([p, pn[:, None], torch.ones_like(pn)[:, None]], 1)
        queries = torch.cat([2 * heat * qf, fixed[None].expand(B, -1, -1)], 2)
        values = torch.cat([tok[..., CK:], (places / 4).expand(B, -1, -1)], 2)
        if self.fused:  # the fused kernel wants values as wide as keys
            values = F.pad(values, (0, keys.shape[2] - values.shape[2]))
            r = F.scaled_dot_product_attention(queries[:, None], keys[:, None], values[:, None], scale=1.0)[:, 0]
            r = r[..., : SUB + FREE + 2]
        else:
            r = torch.softmax(queries @ keys.transpose(1, 2), 2) @ values
        r = torch.cat([r[..., :-2], r[..., -2:] - p / 4], 2)
        return r.transpose(1, 2).reshape(B, -1, H, H)

    def recalled(self, q, pointers, offsets):
        """Similarity of every place to what the pointers remember: Bx4xHxH"""
        B = pointers.shape[0]
        s = offsets[:, None] * self.freq
        at = self.ptr_pos(torch.cat([torch.sin(s), torch.cos(s)], 1))
        tok = torch.cat([pointers + at, self.none.expand(B, 1, CP)], 1)
        w = torch.softmax(self.ptr_weight(tok), 1)
        f = self.ptr_filter((w * tok).sum(1)).reshape(B, 4, CK + 1)
        r = f[..., :CK] @ (q.flatten(2) / 4) + f[..., CK:]
        return r.reshape(B, 4, H, H)

    def forward(self, keys, current, memories, rows, pointers, offsets):
        e64 = F.avg_pool2d(current, 2)
        q = keys(e64)
        r = self.matched(q, memories, rows)
        prior = F.pixel_shuffle(r[:, :SUB], E // H).clamp(0.02, 0.98)
        prior = torch.log(prior / (1 - prior))  # within +-3.9
        x = F.pixel_shuffle(F.relu(self.read(torch.cat([r, self.recalled(q, pointers, offsets), q / 4], 1))), 2)
        x = torch.cat([x, F.relu(self.look(e64)), F.avg_pool2d(prior, 2)], 1)
        x = F.relu(self.h1(x))
        x = F.relu(x + self.h3(F.relu(self.h2(x))))
        more = up(self.out(x), current)
        first = more[:, :1] + self.gain * prior
        self.maps = prior, first
        d = self.ev_dirs
        write = F.conv2d(torch.cat([first, more[:, 1:]], 1), d[:, : EV - 1, None, None], -d[:, EV - 1])
        return current + write


class VideoDecoder(nn.Module):
    """image_embeddings 1 or Px32x128x128, point_coords PxNx2, point_labels PxN, mask_input Px1x128x128,
    has_mask_input P -> masks Px4x128x128 (logits), predicted IoU Px4, object score Px1 (logit), pointers Px4xCp."""

    def __init__(self):
        super().__init__()
        self.core = Decoder()
        core = self.core
        self.register_buffer("ev_dirs", torch.zeros(C, EV))
        self.mem_in = zeroed(nn.Conv2d(EV - 1, 32, 1))
        self.mem_fine = zeroed(nn.Conv2d(EV - 1, 16, 1))
        self.mask_mem = nn.Conv2d(16, 4, 1)  # the four masks where memory was attended to
        self.iou_mem = nn.Linear(64, 4)
        self.descr = nn.Linear(64 + 64 + 2, 96)
        self.ptr = nn.Linear(96, CP)
        self.present = nn.Sequential(nn.Linear(96 + 12 + 2 * (EV - 3), 48), nn.ReLU(), nn.Linear(48, 1))
        nn.init.zeros_(self.present[2].weight)
        nn.init.constant_(self.present[2].bias, 2.0)
        del core

    def start(self):
        """After the image decoder's weights are in: the heads of tracked frames begin as its single mask."""
        core = self.core
        with torch.no_grad():
            self.mask_mem.weight.copy_(core.mask.weight[:1].expand(4, -1, -1, -1))
            self.mask_mem.bias.copy_(core.mask.bias[:1].expand(4))
            self.mask_mem.weight[1:] += torch.randn_like(self.mask_mem.weight[1:]) * 0.02 * core.mask.weight.std()
            self.iou_mem.weight.copy_(core.iou[2].weight[:1].expand(4, -1))
            self.iou_mem.bias.copy_(core.iou[2].bias[:1].expand(4))

    def forward(self, emb, coords, labels, mask, has_mask):
        k = self.core
        P, A = coords.shape[0], E // 2
        click, box, wp, wn, fine = k.prompts(coords, labels)
        given = has_mask.reshape(P, 1, 1, 1)
        d = self.ev_dirs
        ev = F.conv2d(emb, d.t()[:, :, None, None])
        emb = emb - F.conv2d(ev, d[:, :, None, None])
        flag = torch.sigmoid(-10 * (ev[:, EV - 1 :].mean((2, 3), keepdim=True) + 0.5))
        ev = ev[:, : EV - 1] * flag

        def rep(t):
            return t.expand(P, -1, -1, -1)

        flag, ev = rep(flag), rep(ev)
        mask = mask * given + ev[:, :1] * 2 * (1 - given)
        has = given + flag * (1 - given)
        e64 = F.avg_pool2d(emb, 2)
        f = k.simp(e64).reshape(-1, k.C, A * A)
        unit = F.normalize(f.reshape(-1, k.G, k.C // k.G, A * A), dim=2, eps=1e-4)
        coarse = F.avg_pool2d(mask, 2)
        before = coarse.clamp(-8, 8) / 4 * has
        wm = torch.sigmoid(coarse[:, 0]) * has[:, 0]
        sims = [k.similarity(f, unit, w) for w in (wp, wn, wm)]
        z = torch.cat([rep(e64), *sims, click, box, before, has.expand(-1, 1, A, A)], 1)
        conv, norm, relu = k.inp
        a = k.i2(relu(norm(conv(z) + self.mem_in(F.avg_pool2d(ev, 2)))))
        b = k.d4(a)
        c = k.d8(b)
        deep = k.d16(c)
        y = k.c8(c + up(k.u8(deep), c))
        y = k.c4(b + up(k.u4(y), b))
        y = k.c2(a + up(k.u2(y), a))
        h = rep(k.hi(emb))
        fine = torch.cat([fine, mask.clamp(-8, 8) / 4 * has, has.expand(-1, 1, E, E)], 1)
        t = k.f(F.relu(up(k.lo(y), h) + h + k.fine(fine) + self.mem_fine(ev)))
        t = t + k.f2(t)
        logits = k.mask(t) * (1 - flag) + self.mask_mem(t) * flag

        p = torch.sigmoid(logits)
        size = p.mean((2, 3))
        confidence = (p * p).sum((2, 3)) / (p.sum((2, 3)) + 1e-3)
        strict, lenient = ((p > v).float().sum((2, 3)) for v in (0.85, 0.15))
        extra = torch.cat([strict / (lenient + 1), torch.log(size * 100 + 0.01) / 4], 1)
        g = deep.mean((2, 3))
        x = F.relu(k.iou[0](torch.cat([k.g(g), size, confidence], 1)) + k.iou_extra(extra))
        s = flag[:, :, 0, 0]
        iou = torch.sigmoid(k.iou[2](x) * (1 - s) + self.iou_mem(x) * s)

        # What the object looks like: means of the embedding and of the decoder's features inside each mask.
        w = F.avg_pool2d(p, 2).flatten(2)  # Px4xAA
        w = w / (w.sum(2, keepdim=True) + 1e-2)
        seen = (w @ torch.cat([rep(e64), y], 1).flatten(2).transpose(1, 2))  # Px4x64
        about = torch.cat([seen, k.g(g)[:, None].expand(-1, 4, -1), size[..., None] * 4, confidence[..., None]], 2)
        pointers = self.ptr(F.relu(self.descr(about)))
        top = torch.cat([size[:, :2] * 4, confidence[:, :2], ev[:, :2].mean((2, 3)) / 2, ev[:, :2].amax((2, 3)) / 2, s, given[:, :, 0, 0], logits[:, :2].amax((2, 3)) / 8], 1)  # fmt: skip
        more = ev[:, 2:]
        score = self.present(torch.cat([g, top, more.mean((2, 3)) / 2, more.amax((2, 3)) / 2], 1))
        return logits, iou, score, pointers


class TinyVideo(nn.Module):
    def __init__(self):
        super().__init__()
        self.keys = Keys()
        self.memory_encoder = MemoryEncoder()
        self.memory_attention = MemoryAttention()
        self.decoder = VideoDecoder()
        self.no_obj_ptr = nn.Parameter(torch.zeros(1, CP))
        self.no_obj_embed_spatial = nn.Parameter(torch.zeros(1, M))
        self.register_buffer("no_mem_embed", torch.zeros(1, C))
        self.register_buffer("mask_downsample_weight", torch.full((1, 1, 2, 2), 5.0))
        self.register_buffer("mask_downsample_bias", torch.full((1,), -10.0))

    def begin(self, mean, covariance, image_decoder):
        """Start from the statistics of the frozen encoder's features and from the image model's decoder."""
        values, vectors = np.linalg.eigh(covariance)
        low = torch.from_numpy(vectors[:, :EV].copy()).float()
        self.memory_attention.ev_dirs.copy_(low)
        self.decoder.ev_dirs.copy_(low)
        self.no_mem_embed.copy_(low[:, EV - 1][None])
        strong, w = vectors[:, ::-1][:, :PCS], values[::-1][:PCS]
        to = (strong / np.sqrt(w) ** 0.75 * np.sqrt(w[0]) ** -0.25).T  # partly whitened
        with torch.no_grad():
            self.keys.white.weight.zero_()
            self.keys.white.bias.zero_()
            self.keys.white.weight[:PCS, :, 0, 0] = torch.from_numpy(to.copy()).float()
            self.keys.white.bias[:PCS] = torch.from_numpy(-to @ mean).float()
        self.decoder.core.load_state_dict(image_decoder)
        self.decoder.start()

    def remember(self, pix_feat, high, present):
        """Host side of memory encoding: logits at S, object score logits -> memory features."""
        memory = self.memory_encoder(self.keys, pix_feat, torch.sigmoid(high) * 20 - 10)
        return memory + (present <= 0).float().reshape(-1, 1, 1, 1) * self.no_obj_embed_spatial[..., None, None]

    def attend(self, current, memories, rows, pointers, offsets):
        return self.memory_attention(self.keys, current, memories, rows, pointers, offsets)
