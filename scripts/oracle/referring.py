"""Writes test/oracle/concept/referring.json.gz: one mask for each expression, by the code of LISA, LAVT and GRES itself.

Needs numpy, torch and a folder (--code) with files of their repositories, of which functions are taken as they are; the JSON has the SHA-256 of the text of each:

    lavt_test.py               yz93/LAVT-RIS, test.py (066bcf26): evaluate, computeIoU
    lisa_utils.py              dvlab-research/LISA, utils/utils.py (37531c52): Summary, AverageMeter, intersectionAndUnionGPU
    lisa_train_ds.py           dvlab-research/LISA, train_ds.py (22615095): validate
    rela_refer_evaluation.py   henghuiding/ReLA, gres_model/evaluation/refer_evaluation.py (a389648e): computeIoU, ReferEvaluator

Models and loaders are stand-ins that hand over the masks. Two things are changed, both so that numbers stay in double precision on a CPU: torch.histc takes whole numbers as doubles
(a CPU has it for no others), and meters are not reduced over processes (there is one; it would round to float32). LAVT prints two digits: its own variables are read when it returns.
A case is [expressions, lavt, lisa, rela]: an expression is [masks, answers] with masks as [x, y, width, height] and answers as [score, x, y, width, height], of 48 x 48 pixels; to LAVT
and LISA the answer is the mask with the highest score, to ReLA the union of masks from 0.5 on, "no target" where that is empty.
lavt is [mIoU, I, U, how many reach .5 ... .9, how many], lisa [gIoU, cIoU], rela [sum of IoU, I, U, {TP, TN, FP, FN} of no-target samples, how many reach .7, .8, .9, how many have a target, how many].
The release of ReLA prints N_acc = TP / (TP + FN + 1) and T_acc = TP / (TP + FP + 1); its paper has TP / (TP + FN) and TN / (TN + FP), and so have we: of these the counts are held.
"""

import argparse
import ast
import contextlib
import hashlib
import io
import itertools
import logging
import pathlib
import random
import sys
from collections import OrderedDict
from enum import Enum
from importlib.metadata import version
from types import SimpleNamespace

import numpy as np
import packed
import torch

SIDE = 48
parser = argparse.ArgumentParser()
parser.add_argument("--code", type=pathlib.Path, required=True)
CODE = parser.parse_args().code
hashes = {}


def take(file, names, space):
    """Runs these definitions of a file, and nothing else of it, in a namespace."""
    text = (CODE / file).read_text()
    for node in ast.parse(text).body:
        if getattr(node, "name", None) in names:
            source = ast.get_source_segment(text, node)
            hashes[f"{file}: {node.name}"] = hashlib.sha256(source.encode()).hexdigest()
            exec(compile(source, file, "exec"), space)
    return SimpleNamespace(**{name: space[name] for name in names})


class Torch:
    """torch, with a histogram of whole numbers."""

    def __getattr__(self, name):
        return getattr(torch, name)

    def histc(self, values, **options):
        return torch.histc(values.double(), **options)


lavt_space = {
    "np": np,
    "torch": torch,
    "utils": SimpleNamespace(MetricLogger=lambda delimiter: SimpleNamespace(log_every=lambda loader, every, header: loader)),
}
lavt = take("lavt_test.py", ["evaluate", "computeIoU"], lavt_space)
lisa_space = {"np": np, "torch": Torch(), "Enum": Enum, "tqdm": SimpleNamespace(tqdm=lambda loader: loader), "dict_to_cuda": lambda one: one}
lisa = take("lisa_utils.py", ["Summary", "AverageMeter", "intersectionAndUnionGPU"], lisa_space)
lisa.AverageMeter.all_reduce = lambda meter: None
lisa.validate = take("lisa_train_ds.py", ["validate"], lisa_space).validate
rela_space = {"np": np, "torch": torch, "itertools": itertools, "logging": logging, "OrderedDict": OrderedDict, "DatasetEvaluator": object, "__name__": "rela"}
rela = take("rela_refer_evaluation.py", ["computeIoU", "ReferEvaluator"], rela_space)
HEAD = {"generator": "scripts/oracle/referring.py", "versions": {"numpy": version("numpy"), "torch": version("torch")}, "code": hashes}


def left_by(function, call):
    """The variables of a function when it returns, also where it divides by nothing at its end."""
    seen = {}

    def watch(frame, event, _):
        if event == "return" and frame.f_code is function.__code__:
            seen.update(frame.f_locals)

    sys.setprofile(watch)
    try:
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"), contextlib.suppress(ZeroDivisionError):
            call()
    finally:
        sys.setprofile(None)
    return seen


def pixels(boxes):
    mask = np.zeros((SIDE, SIDE), bool)
    for x, y, width, height in boxes:
        mask[y : y + height, x : x + width] = True
    return torch.from_numpy(mask)


def best(answers):
    one = max(answers, key=lambda answer: answer[0], default=None)
    return pixels([] if one is None else [one[1:]])


def scores(mask):
    """Of background and of the thing, as models give them."""
    return torch.stack([~mask, mask]).float()


def by_lavt(samples):
    queue = iter([best(answers) for _, answers in samples])
    one = torch.zeros(1, 1, 1, 1)
    loader = [(torch.zeros(1), pixels(truth)[None], one, one) for truth, _ in samples]

    class Model:
        def eval(self):
            pass

        def __call__(self, *_, **__):
            return scores(next(queue))[None]

    def bert(*_, **__):
        return [torch.zeros(1, 1, 1)]

    end = left_by(lavt.evaluate, lambda: lavt.evaluate(Model(), loader, bert, "cpu"))
    return [float(end["mIoU"]), int(end["cum_I"]), int(end["cum_U"]), end["seg_correct"].tolist(), end["seg_total"]]


def by_lisa(samples):
    class Engine:
        def eval(self):
            pass

        def __call__(self, images, images_clip, sample):
            truth, answers = sample
            return {"pred_masks": [best(answers).float()[None] - 0.5], "gt_masks": [pixels(truth)[None]]}

    loader = [{"images": torch.zeros(1), "images_clip": torch.zeros(1), "sample": sample} for sample in samples]
    giou, ciou = lisa.validate(loader, Engine(), 0, None, SimpleNamespace(precision="fp32", local_rank=1))
    return [float(giou), float(ciou)]


def by_rela(samples):
    evaluator = rela.ReferEvaluator("grefcoco", distributed=False)
    evaluator.reset()
    for truth, answers in samples:
        mask = pixels([box for score, *box in answers if score >= 0.5])
        given = {"image_id": 1, "source": "grefcoco", "gt_mask_merged": pixels(truth), "sentence": {"raw": ""}, "empty": len(truth) == 0}
        says_nothing = torch.tensor([1.0, 0.0] if mask.any() else [0.0, 1.0])
        evaluator.process([given], [{"ref_seg": scores(mask), "nt_label": says_nothing}])
    end = left_by(rela.ReferEvaluator.evaluate, evaluator.evaluate)

    def of(name):
        return end[name]["grefcoco"]

    reached = [of("pr_count")[t] for t in (0.7, 0.8, 0.9)]
    return [float(of("accum_IoU")), int(of("accum_I")), int(of("accum_U")), of("nt"), reached, of("not_empty_count"), of("total_count")]


def rectangle(r):
    width, height = 2 + r.randrange(24), 2 + r.randrange(24)
    return [r.randrange(SIDE - width + 1), r.randrange(SIDE - height + 1), width, height]


def near(r, box):
    x, y, width, height = box
    x, y = max(0, x + r.randint(-2, 2)), max(0, y + r.randint(-2, 2))
    return [min(x, SIDE - width), min(y, SIDE - height), width, height]


def sample(r):
    truth = [] if r.random() < 0.35 else [rectangle(r) for _ in range(r.choice([1, 1, 1, 2, 3]))]
    answers = []
    for box in truth:
        if r.random() < 0.85:
            answers.append([r.choice([0.5, 0.49, round(r.random(), 3), 0.9]), *(box if r.random() < 0.2 else near(r, box))])
    if r.random() < 0.25:
        answers.append([round(r.random(), 3), *rectangle(r)])
    return [truth, answers]


def case(seed):
    r = random.Random(seed)
    # Also: nothing anywhere, and targets alone.
    samples = [[[], []] for _ in range(3)] if seed % 40 == 0 else [sample(r) for _ in range(r.choice([1, 3, 8]))]
    return [samples, by_lavt(samples), by_lisa(samples), by_rela(samples)]


packed.write_cases("concept/referring", HEAD, [case(seed) for seed in range(200)])
