"""The heads on the frozen encoder: finds instances, then asks every word about every instance.

Shapes used below: E = 128 side of the embedding and of masks, G = 32 side of the grid of candidates, Q candidates
a picture that leave the graph, D numbers of a word, R = 24 side of the crops that are recognised.

Find (no words): a cell of the grid says whether an object's centre lies in it (heat), its box, and the weights of a
small network that draws its mask from shared mask features and from places inside the box.
Recognise: features and mask are cut out along the box, at one size for small and large objects, and become a vector
of D - 1 numbers. A word is D numbers; vector and word give a logit (the last number is the word's bias). A phrase is
true of an instance if all its words are: the logarithms of the probabilities add up, in any order.
Presence: from the best instances' evidence for the phrase.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

from pictures import MEANS, WORDS

C, E, G, Q, D, R = 32, 128, 32, 32, 49, 24
CM, CU, HID = 8, 4, 8  # mask features, coordinates, hidden channels of a mask network
NPAR = HID * (CM + CU) + HID + HID + 1
BLOCKS = (14, 8, 20, 6)  # numbers for colour, pattern, shape, size words
assert sum(BLOCKS) == D - 1


def blocks():
    """-> len(WORDS)xD: 1 where a word has a number; words true of anything, padding and unknown have a bias alone."""
    own = torch.zeros(len(WORDS), D)
    own[:, -1] = 1
    for i, (g, _) in enumerate(MEANS):
        if g >= 0:
            own[i, sum(BLOCKS[:g]) : sum(BLOCKS[: g + 1])] = 1
    return own


class CBR(nn.Sequential):
    def __init__(self, i, o, k=3, stride=1):
        super().__init__(nn.Conv2d(i, o, k, stride, k // 2, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True))


class Res(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a = CBR(c, c)
        self.b = nn.Sequential(nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c))

    def forward(self, x):
        return F.relu(x + self.b(self.a(x)))


def up(x):
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class Finder(nn.Module):
    """Bx32x128x128 -> heat Bx1xGxG, sides Bx4xGxG (log of left, top, right, bottom in cells), weights BxNPARxGxG,
    mask features BxCMxExE, whitened features Bx32xExE."""

    def __init__(self):
        super().__init__()
        self.white = nn.Conv2d(C, C, 1)
        self.a = nn.Sequential(CBR(C, 48, 3, 2), CBR(48, 48))
        self.b = nn.Sequential(CBR(48, 80, 3, 2), Res(80))
        self.c = nn.Sequential(CBR(80, 80, 3, 2), Res(80))
        self.d = nn.Sequential(CBR(80, 80, 3, 2), Res(80))
        self.ld, self.lc, self.lb = nn.Conv2d(80, 80, 1), nn.Conv2d(80, 80, 1), nn.Conv2d(80, 48, 1)
        self.uc, self.ub, self.ua = CBR(80, 80), CBR(80, 80), CBR(48, 32)
        self.tower = CBR(80, 80)
        self.heat, self.sides, self.weights = nn.Conv2d(80, 1, 1), nn.Conv2d(80, 4, 1), nn.Conv2d(80, NPAR, 1)
        self.hi, self.lo, self.fine, self.mask = nn.Conv2d(C, 16, 1), nn.Conv2d(32, 16, 1), CBR(16, 16), nn.Conv2d(16, CM, 1)
        nn.init.constant_(self.heat.bias, -4.0)
        nn.init.normal_(self.weights.weight, 0, 0.02)

    def forward(self, emb):
        w = self.white(emb)
        a = self.a(w)
        b = self.b(a)
        c = self.c(b)
        c = self.uc(c + up(self.ld(self.d(c))))
        b = self.ub(b + up(self.lc(c)))
        m = self.ua(a + up(self.lb(b)))
        m = F.relu(up(self.lo(m)) + self.hi(w))
        t = self.tower(b)
        return self.heat(t), self.sides(t), self.weights(t), self.mask(m + self.fine(m)), w


class Recogniser(nn.Module):
    """nx33xRxR crops (whitened features, mask), nx2 sizes and n heats -> nx(D-1), and the logit of being an object at all.

    The numbers of a vector are in blocks, one for each group of words (BLOCKS), and a word reads its own block alone, so
    that no word can learn which colours a shape was drawn in. Colour comes from averages over the mask; shape from the
    mask and from mattes, which say how far each place goes from the surroundings (0) to the object (1), whatever its colour.
    """

    def __init__(self):
        super().__init__()
        self.paint, self.colour = nn.Sequential(nn.Conv2d(C, 48, 1), nn.ReLU()), nn.Sequential(nn.Linear(96, 64), nn.ReLU())
        self.grain, self.texture = CBR(C, 16, 1), nn.Sequential(CBR(17, 32), CBR(32, 48, 3, 2), CBR(48, 64))
        self.pattern = nn.Sequential(nn.Linear(64, 48), nn.ReLU())
        self.look = nn.Conv2d(C, 3 * 8, 1)
        self.net = nn.Sequential(CBR(4, 32), CBR(32, 56, 3, 2), CBR(56, 64), CBR(64, 96, 3, 2), CBR(96, 48, 1))
        self.shape = nn.Sequential(nn.Linear(48 * 36, 128), nn.ReLU())
        self.size = nn.Sequential(nn.Linear(3 + 128, 32), nn.ReLU())
        self.out = nn.ModuleList([nn.Linear(i, o) for i, o in zip((64, 48, 128, 32), BLOCKS)])
        self.there = nn.Sequential(nn.Linear(64 + 48 + 128 + 32 + 1, 64), nn.ReLU(), nn.Linear(64, 1))

    @staticmethod
    def average(x, m):
        return (x * m).sum((2, 3)) / (m.sum((2, 3)) + 0.5)

    def mattes(self, c, m):
        """crops nxCxRxR, masks nx1xRxR -> nx3xRxR, each from 8 features: 1 like the object, 0 like what surrounds it."""
        f = self.look(c)
        inside, outside = self.average(f, m), self.average(f, 1 - m)
        axis = (inside - outside)[:, :, None, None]
        n = len(f)
        along = ((f - outside[:, :, None, None]) * axis).reshape(n, 3, 8, R, R).sum(2)
        return (along / (axis.reshape(n, 3, 8, 1, 1).square().sum(2) + 0.05)).clamp(-1, 2)

    def forward(self, crops, sizes, heat):
        c, m = crops[:, :C], crops[:, C:]
        paint, core = self.paint(c), -F.max_pool2d(-m, 3, 1, 1)  # the core is away from the edge
        colour = self.colour(torch.cat([self.average(paint, m), self.average(paint, core * core)], 1))
        pattern = self.pattern(self.average(self.texture(torch.cat([self.grain(c), m], 1)), F.avg_pool2d(m, 2)))
        shape = self.shape(self.net(torch.cat([m, self.mattes(c, m)], 1)).flatten(1))
        size = self.size(torch.cat([sizes, torch.log(m.mean((2, 3)) + 0.05), shape], 1))
        parts = [colour, pattern, shape, size]
        there = self.there(torch.cat([*parts, heat[:, None].clamp(-8, 4) / 4], 1))[:, 0]
        return torch.cat([o(p) for o, p in zip(self.out, parts)], 1), there


class TinyConcept(nn.Module):
    def __init__(self):
        super().__init__()
        self.finder, self.recogniser = Finder(), Recogniser()
        self.words = nn.Embedding(len(WORDS), D)
        nn.init.normal_(self.words.weight, 0, 0.15)
        with torch.no_grad():
            self.words.weight[:, -1] = -2.0
        self.register_buffer("own", blocks(), persistent=False)
        self.presence = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
        self.register_buffer("calibration", torch.tensor([1.0, 0.0]))  # factor and shift of pred_logits
        self.register_buffer("grid", torch.arange(E).float() + 0.5, persistent=False)
        self.register_buffer("steps", (torch.arange(R).float() + 0.5) / R * 2 - 1, persistent=False)

    def table(self):
        """-> len(WORDS)xD"""
        return self.words.weight * self.own

    # every function below takes the maps of ONE picture and its n candidates

    def boxes(self, sides, cx, cy):
        """sides nx4, cell indices n -> x0 y0 x1 y1 in pixels of E."""
        s = E // G
        d = torch.exp(sides.clamp(-4, 4)) * s
        x, y = (cx + 0.5) * s, (cy + 0.5) * s
        return torch.stack([x - d[:, 0], y - d[:, 1], x + d[:, 2], y + d[:, 3]], 1)

    def draw(self, features, par, box):
        """features CMxExE, par nxNPAR, box nx4 -> logits nxExE"""
        n = par.shape[0]
        x0, y0, x1, y1 = (box[:, k : k + 1] for k in range(4))
        u = ((self.grid - (x0 + x1) / 2) / ((x1 - x0) / 2 + 0.5)).clamp(-2, 2)
        v = ((self.grid - (y0 + y1) / 2) / ((y1 - y0) / 2 + 0.5)).clamp(-2, 2)
        w1 = par[:, : HID * (CM + CU)].reshape(n, HID, CM + CU)
        b1, w2 = par[:, HID * (CM + CU) : -HID - 1], par[:, -HID - 1 : -1]
        h = (w1[:, :, :CM].reshape(n * HID, CM) @ features.reshape(CM, E * E)).reshape(n, HID, E, E)
        # the coordinates' part is a sum of a function of x and one of y
        fx = w1[:, :, CM, None] * u[:, None] + w1[:, :, CM + 1, None] * (u * u)[:, None] + b1[:, :, None]
        fy = w1[:, :, CM + 2, None] * v[:, None] + w1[:, :, CM + 3, None] * (v * v)[:, None]
        h = F.relu(h + fx[:, :, None, :] + fy[:, :, :, None])
        out = (w2[:, None] @ h.reshape(n, HID, E * E)).reshape(n, E, E) + par[:, -1, None, None]
        # walls: outside the box the mask ends
        mx, my = 1 + 0.08 * (x1 - x0), 1 + 0.08 * (y1 - y0)
        dx = F.relu(x0 - mx - self.grid) + F.relu(self.grid - x1 - mx)
        dy = F.relu(y0 - my - self.grid) + F.relu(self.grid - y1 - my)
        return out - 1.5 * dx[:, None, :] - 1.5 * dy[:, :, None]

    def cut(self, maps, mask, box):
        """maps 32xExE, mask nxExE in 0..1, box nx4 -> nx33xRxR: maps and mask around the box, at one size."""
        n = box.shape[0]

        def weights(a, b):
            centre, half = (a + b) / 2, ((b - a) / 2 * 1.12).clamp(min=2.0)
            at = centre[:, None] + half[:, None] * self.steps
            width = (half * 2 / R).clamp(min=1.0)[:, None, None]
            w = F.relu(1 - (at[:, :, None] - self.grid).abs() / width)
            return w / (w.sum(2, keepdim=True) + 1e-3)

        wx, wy = weights(box[:, 0], box[:, 2]), weights(box[:, 1], box[:, 3])
        k = maps.shape[0]
        rows = (wy.reshape(n * R, E) @ maps.permute(1, 0, 2).reshape(E, k * E)).reshape(n, R, k, E)
        crop = (rows.reshape(n, R * k, E) @ wx.transpose(1, 2)).reshape(n, R, k, R).permute(0, 2, 1, 3)
        m = ((wy @ mask) @ wx.transpose(1, 2))[:, None]
        return torch.cat([crop, m], 1)

    def recognise(self, maps, mask, box):
        return self.cut(maps, mask, box), torch.log(((box[:, 2:] - box[:, :2]) / 16).clamp(min=0.05))

    @staticmethod
    def evidence(vectors, there, words, valid):
        """vectors nx(D-1), there n, words PxNxD, valid PxN -> Pxn: log of the probability that the phrase is true."""
        # products and sums, row by row: a matrix product's bits would depend on how many phrases are asked together
        logits = (words[:, :, None, :-1] * vectors).sum(3) + words[:, :, -1:]  # PxNxn
        logs = -F.softplus(-logits) * valid[:, :, None]
        return logs.sum(1) - F.softplus(-there)

    @staticmethod
    def as_logit(log_p):
        log_p = log_p.clamp(max=-1e-4)
        return log_p - torch.log(1 - torch.exp(log_p))

    def present(self, logits):
        """logits Pxn -> Px1"""
        few = torch.topk(logits, 2, dim=1)[0].clamp(-12, 12)
        # a logarithm for each candidate, of which one is read: whole vectors, again for equal bits whatever is asked together
        mass = torch.log(torch.sigmoid(logits).sum(1, keepdim=True).expand_as(logits) + 1e-4)[:, :1]
        x = torch.cat([few / 4, mass, torch.sigmoid(few[:, :1])], 1)
        first, _, last = self.presence
        for layer in (first, last):  # as above
            x = F.relu(x) if layer is last else x
            x = (x[:, None] * layer.weight).sum(2) + layer.bias
        return x


class DecoderGraph(nn.Module):
    """The exported decoder: one picture, P phrases."""

    def __init__(self, model, q=Q):
        super().__init__()
        self.m, self.q = model, q

    def candidates(self, emb):
        """-> mask logits QxExE, boxes Qx4 in pixels of E, vectors Qx(D-1), there Q (duplicates pushed down)."""
        m = self.m
        logits, p, box, maps, top, gone = self.picked(emb)
        vectors, there = m.recogniser(*m.recognise(maps, p, box), top)
        return logits, box, vectors, there - 30 * gone

    def picked(self, emb):
        """What is recognised: mask logits and masks QxExE, boxes Qx4, whitened features 32xExE, heat Q, and gone Q: 1 where
        a candidate is no local maximum or lies on a hotter one."""
        m = self.m
        heat, sides, par, features, maps = m.finder(emb)
        heat = heat[0, 0]
        best = F.max_pool2d(heat[None, None], 3, 1, 1)[0, 0]
        peak = torch.where(heat >= best, heat, heat - 30)  # points-NMS: only local maxima stay
        top, at = torch.topk(peak.reshape(-1), self.q)
        cy = torch.floor(at.float() / G)
        cx = at.float() - cy * G
        sides, par = sides[0].reshape(4, -1).T[at], par[0].reshape(NPAR, -1).T[at]
        box = m.boxes(sides, cx, cy)
        logits = m.draw(features[0], par, box)
        p = torch.sigmoid(logits)
        return logits, p, box, maps[0], top, (top < -15).float() + self.doubles(p, top)

    def doubles(self, p, top):
        """1 where a candidate's mask lies over that of one with more heat (candidates come sorted)."""
        b = (F.avg_pool2d(p[:, None], 2)[:, 0] > 0.5).float().reshape(self.q, -1)
        both = b @ b.T
        area = b.sum(1)
        iou = both / (area[:, None] + area[None] - both + 1e-3)
        order = torch.arange(self.q)
        before = (order[None] < order[:, None]).float()  # column is better than row
        return (iou * before > 0.6).float().amax(1)

    def forward(self, image_embeddings, text_features, text_mask):
        m = self.m
        masks, box, vectors, there = self.candidates(image_embeddings)
        log_p = m.evidence(vectors, there, text_features, text_mask.float())
        logits = m.as_logit(log_p)
        presence = m.present(logits)
        P = text_features.shape[0]
        pred = logits * m.calibration[0] + m.calibration[1]
        return masks[None].expand(P, -1, -1, -1), (box / E).clamp(0, 1)[None].expand(P, -1, -1), pred, presence


class TextGraph(nn.Module):
    """tokens PxN int64 (0 = padding) -> text_features PxNxD, text_mask PxN bool (True = valid)."""

    def __init__(self, model):
        super().__init__()
        self.m = model

    def forward(self, tokens):
        return F.embedding(tokens, self.m.table()), tokens > 0
