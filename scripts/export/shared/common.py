"""What the export scripts share: options, the comparison of ONNX and of segbench with the authors' torch code, the card, what is printed."""
import argparse, hashlib, importlib.metadata, json, math, os, pathlib, re, shlex, statistics, subprocess, sys, tempfile, time

import numpy as np
import onnxruntime
import torch
from PIL import Image

import authors, graphs

repository = pathlib.Path(__file__).resolve().parents[3]
# Largest difference of a tensor, as a share of its largest value, that float32 may have.
bound = 1e-4


def options(description, models=None, sides=False, video=False):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", metavar="FILE", help="the authors' weights (.pth, .pt)")
    parser.add_argument("--random", type=int, metavar="SEED", help="random weights instead, to try things out")
    if models is not None:
        parser.add_argument("--model", required=True, choices=models, metavar="NAME", help=f"one of {', '.join(models)}")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="encoder.onnx, decoder.onnx and the card go here; 16 and 8 bits beside it")
    parser.add_argument("--overwrite", action="store_true", help="replace a model that --out holds already")
    parser.add_argument("--fp16", action="store_true", help="also FOLDER-fp16: weights and arithmetic in 16 bits")
    parser.add_argument("--int8", action="store_true", help="also FOLDER-int8: weights in 8 bits (dynamic quantisation)")
    parser.add_argument("--images", metavar="FOLDER", help="compare on the first three images of it; on drawn ones without it")
    parser.add_argument("--licence", help="licence of the weights, for the card; default: that of the authors' checkpoints")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of torch and onnxruntime (default: all cores)")
    if sides:
        parser.add_argument("--side", type=int, default=1024, help="of the square that images are stretched to; another than 1024 only to try things out")
    if video:
        parser.add_argument("--video", action="store_true", help="for clips instead: every module and a file of constants, each compared with the authors'")
    parser.add_argument("--no-segbench", action="store_true", help="compare with ONNX only, where Node is missing")
    parser.add_argument("--results", metavar="FILE", help="add the largest differences to this JSON file")
    given = parser.parse_args()
    if (given.checkpoint is None) == (given.random is None):
        parser.error("either --checkpoint FILE or --random SEED")
    if video and given.video and (given.fp16 or given.int8):
        parser.error("--video writes float32 alone, without --fp16 and --int8")
    if given.checkpoint is not None and not pathlib.Path(given.checkpoint).is_file():
        parser.error(f"--checkpoint: there is no file {given.checkpoint}")
    if given.images is not None and not pathlib.Path(given.images).is_dir():
        parser.error(f"--images: there is no folder {given.images}")
    if given.images is not None and len(_image_files(given.images)) == 0:
        parser.error(f"--images: {given.images} has no image; expected .jpg, .jpeg or .png")
    folders = [given.out, *(f"{pathlib.Path(given.out)}-{form}" for form in ("fp16", "int8") if getattr(given, form))]
    if not given.overwrite:
        refuse_taken(parser, folders)
    torch.set_num_threads(given.threads)
    return given


def refuse_taken(parser, folders):
    for folder in map(pathlib.Path, folders):
        if folder.exists() and not folder.is_dir():
            parser.error(f"--out: {folder} is a file; expected a folder")
        taken = sorted(file.name for file in folder.glob("*.onnx")) if folder.is_dir() else []
        if taken:
            parser.error(f"--out: {folder} has {', '.join(taken)} already; name another folder, or add --overwrite")


def export_sam2(given, *, model, title, clips, build, source):
    """SAM 2 or EdgeTAM: for images, or the modules for clips of the family `clips`."""
    facts = {"title": title, "build": build, "licence": "Apache-2.0", "source": source}
    if given.video:
        import video

        return video.export(given, family=clips, package="edgetam-dimos", **facts)
    return export(given, model=model, family="sam2", predictor=authors.Sam2Predictor, split=graphs.sam2_graphs, logits="masks", **facts)


def export(given, *, model, title, family, build, predictor, split, logits, licence, source):
    """Everything from weights to cards; returns the exit code."""
    out = pathlib.Path(given.out)
    try:
        images = _images(given.images)
        with graphs.quiet():
            torch_model = build(given.checkpoint, given.random or 0)
            judge = predictor(torch_model)
    except authors.Unusable as error:
        print(error, file=sys.stderr)
        return 1
    with graphs.quiet():
        references = [Reference(judge, image) for image in images.values()]
    _say(f"the authors' code has answered {len(references[0].prompts)} prompts on {_images_text(references)}")
    out.mkdir(parents=True, exist_ok=True)
    encoder, decoder = split(torch_model)
    graphs.write_encoder(encoder, judge.side, judge.features, out / "encoder.onnx")
    _say(f"wrote {out}/encoder.onnx")
    graphs.write_decoder(decoder, references[0].features, judge.features, logits, out / "decoder.onnx")
    _say(f"wrote {out}/decoder.onnx")
    forms = {"float32": out}
    if given.fp16:
        forms["float16"] = _form(out, "fp16", graphs.to_float16)
    if given.int8:
        forms["int8"] = _form(out, "int8", graphs.to_int8)
    checkpoint = given.checkpoint and {"file": pathlib.Path(given.checkpoint).name, "sha256": sha256(pathlib.Path(given.checkpoint))}
    weights = f"{checkpoint['file']} (sha256 {checkpoint['sha256']})" if checkpoint else f"random weights, seed {given.random}"
    card = {
        "title": title,
        "description": f"Exported with segbench's scripts/export from {weights}; the encoder takes a normalised image; all four candidates.",
        "family": family,
        "size": judge.side,
        "licence": given.licence or (licence if checkpoint else "none: random weights"),
        "source": source,
    }
    columns, times = {}, {}
    for form, folder in forms.items():
        _write_card(folder, form, card, "not compared")
        columns[form], times[form] = _onnx_column(folder, judge, references, logits, given.threads)
        _say(f"compared {folder}")
    # segbench refuses answers that are not finite.
    asked = not given.no_segbench and math.inf not in columns["float32"].values()
    if asked:
        columns["segbench"], opened = _segbench_column(out, judge, references)
    broken = {form: text for form, column in columns.items() if (text := _broken(form, column))}
    judged = [columns[form] for form in ("float32", "segbench") if form in columns]
    report = {
        "model": model,
        "what": f"an export of {title}{'' if checkpoint else ' with random weights'}: every stage in ONNX{' and in segbench' if asked else ''}",
        "judge": f"the authors' {type(judge.official).__name__} in PyTorch",
        "unit": "relative",
        "weights": checkpoint or f"random, seed {given.random}",
        "versions": {name: importlib.metadata.version(name) for name in ("torch", "onnx", "onnxruntime", "pillow", *_authors_package(model))},
        "cases": len(references) * len(references[0].prompts),
        "images": {name: [image.shape[1], image.shape[0]] for name, image in images.items()},
        "differences": {form: {stage: finite(value) for stage, value in column.items()} for form, column in columns.items()},
        "largestDifference": finite(max(value for column in judged for value in column.values() if not isinstance(value, int))),
        "differentPixels": sum(value for column in judged for value in column.values() if isinstance(value, int)),
        "bound": bound,
        "script": f"scripts/export/{pathlib.Path(sys.argv[0]).name}",
        "files": {form: {file.name: _fact(file) for file in graphs.files_of(folder)} for form, folder in forms.items()},
        "milliseconds": {"threads": given.threads, **times},
    }
    if asked:
        report["opened"] = opened
    (out / "export.json").write_text(json.dumps(report, indent=2) + "\n")
    if given.results is not None:
        _add_result(pathlib.Path(given.results), report)
    _print_table(report, forms)
    if asked:
        print(f"segbench opens it as family {opened['family']}: {opened['masks']} candidates, up to {opened['batch']} prompts a call")
    print()
    for form, folder in forms.items():
        told = broken.get(form) or (form == "float32" and broken.get("segbench"))
        _write_card(folder, form, card, f"BROKEN: {told}" if told else "")
    for form, text in broken.items():
        print(f"BROKEN, {form}: {text}; the title of the card says so")
    if not broken:
        masks = "; no pixel of a mask differs further from the threshold" if asked else ""
        print(f"kept: largest difference of float32 {report['largestDifference']:.1e} of a tensor's largest value, bound {bound:.0e}{masks}")
        _print_next(forms)
    return 1 if broken else 0


def _form(out, suffix, convert):
    folder = out.with_name(f"{out.name}-{suffix}")
    folder.mkdir(exist_ok=True)
    for stem in ("encoder", "decoder"):
        convert(out / f"{stem}.onnx", folder / f"{stem}.onnx")
        _say(f"wrote {folder}/{stem}.onnx")
    return folder


def _images_text(images):
    return "1 image" if len(images) == 1 else f"{len(images)} images"


def _say(text):
    print(text, flush=True)


# Images and prompts


def _image_files(folder):
    return sorted(file for file in pathlib.Path(folder).iterdir() if file.suffix.lower() in (".jpg", ".jpeg", ".png"))[:3]


def _images(folder):
    if folder is not None:
        return {file.name: _read(file) for file in _image_files(folder)}
    return {f"drawn {width} x {height}": _drawn(width, height, seed) for seed, (width, height) in enumerate([(640, 427), (301, 500), (1500, 999)])}


def _read(file):
    try:
        return np.array(Image.open(file).convert("RGB"))
    except (OSError, ValueError) as error:
        raise authors.Unusable(f"{file}: cannot be read as an image; {type(error).__name__}: {error}") from error


def _drawn(width, height, seed):
    """Ellipses on a slope of colour, with noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    image = (x[..., None] / width * rng.uniform(0, 120, 3) + y[..., None] / height * rng.uniform(0, 120, 3)).astype(float)
    for _ in range(8):
        cx, cy, rx, ry = rng.uniform([0, 0, 0.05, 0.05], [1, 1, 0.3, 0.3]) * [width, height, width, height]
        image[((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1] = rng.uniform(0, 255, 3)
    return np.clip(image + rng.normal(0, 6, image.shape), 0, 255).astype(np.uint8)


def _prompts(image):
    height, width = image.shape[:2]
    at = lambda *shares: [[round(share * width), round(other * height)] for share, other in shares]
    nine = at((0.5, 0.5), (0.1, 0.2), (0.9, 0.8), (0.3, 0.7), (0.7, 0.3), (0.05, 0.95), (0.6, 0.6), (0.4, 0.45), (0.8, 0.1))
    box = [round(0.2 * width), round(0.25 * height), round(0.75 * width), round(0.8 * height)]
    return {
        "one click": {"points": nine[:1], "labels": [1]},
        "nine clicks": {"points": nine, "labels": [1, 0, 1, 1, 0, 0, 1, 1, 0]},
        "box": {"box": box},
        "box, click": {"box": box, "points": nine[:1], "labels": [1]},
        "click, mask": {"points": nine[:2], "labels": [1, 0], "mask": None},
    }


class Reference:
    """The authors' tensors for one image; the mask prompt is token 0 of the first answer."""

    def __init__(self, judge, image):
        self.image, self.tensor = image, judge.tensor(image)
        self.features = judge.embed(image)
        self.prompts = _prompts(image)
        self.answers, self.feeds = {}, {}
        for name, prompt in self.prompts.items():
            if "mask" in prompt:
                prompt["mask"] = self.answers["one click"][0][0]
            self.answers[name] = judge.answer(prompt)
            self.feeds[name] = _feeds(judge, prompt, self.answers[name][0].shape[1:])


def _feeds(judge, prompt, low):
    """What the decoder takes: corners of a box before clicks, a padding point where the contract asks for one."""
    points = [*([prompt["box"][:2], prompt["box"][2:]] if "box" in prompt else []), *prompt.get("points", [])]
    labels = [*([2, 3] if "box" in prompt else []), *prompt.get("labels", [])]
    coords = np.asarray(judge.coords(points), np.float32)
    if judge.padding_point and "box" not in prompt:
        coords, labels = np.concatenate([coords, np.zeros((1, 2), np.float32)]), [*labels, -1]
    mask = prompt.get("mask")
    return {
        "point_coords": coords[None],
        "point_labels": np.array([labels], np.float32),
        "mask_input": np.zeros((1, 1, *low), np.float32) if mask is None else mask[None, None],
        "has_mask_input": np.array([0 if mask is None else 1], np.float32),
    }


# Comparison


def apart(got, expected):
    """The largest difference as a share of the largest value; infinite where sizes differ or a value is not finite."""
    if got.shape != expected.shape or not (np.isfinite(got).all() and np.isfinite(expected).all()):
        return math.inf
    difference, largest = float(np.abs(got.astype(np.float64) - expected).max()), float(np.abs(expected).max())
    return 0.0 if difference == 0 else difference / largest if largest > 0 else math.inf


def finite(difference):
    """As JSON can hold it."""
    return difference if math.isfinite(difference) else "not finite"


def _broken(form, column):
    """What is wrong, in words; 16 and 8 bits may differ, but not be anything else than numbers."""
    unlike = [stage for stage, value in column.items() if value == math.inf]
    if unlike:
        return f"not finite, or of another size: {'; '.join(unlike[:2])}{f'; {len(unlike) - 2} more' if len(unlike) > 2 else ''}"
    if form not in ("float32", "segbench"):
        return ""
    stage, worst = max(((stage, value) for stage, value in column.items() if not isinstance(value, int)), key=lambda one: one[1])
    pixels = sum(value for value in column.values() if isinstance(value, int))
    far = [f"{stage} off by {worst:.1e} of the largest value, bound {bound:.0e}"] if worst > bound else []
    return ", ".join([*far, *([f"{pixels} pixel{'' if pixels == 1 else 's'} of masks differ{'s' if pixels == 1 else ''}"] if pixels else [])])


class Column(dict):
    """The largest difference of each stage over images."""

    def saw(self, stage, got, expected):
        self[stage] = max(self.get(stage, 0.0), apart(got, expected))


def _session(path, threads):
    chosen = onnxruntime.SessionOptions()
    chosen.intra_op_num_threads, chosen.log_severity_level = threads, 3
    return onnxruntime.InferenceSession(str(path), chosen, providers=["CPUExecutionProvider"])


def _timed(work, times, threads):
    # Of one thread its own time, whatever else the machine does.
    clock = time.process_time if threads == 1 else time.perf_counter
    taken = []
    for _ in range(times):
        start = clock()
        result = work()
        taken.append(1000 * (clock() - start))
    return result, statistics.median(taken)


def _onnx_column(folder, judge, references, logits, threads):
    encoder, decoder = (_session(folder / f"{stem}.onnx", threads) for stem in ("encoder", "decoder"))
    column, encodes, clicks = Column(), [], []
    for reference in references:
        features, taken = _timed(lambda: encoder.run(judge.features, {"image": reference.tensor}), 1, threads)
        encodes.append(taken)
        for name, got, expected in zip(judge.features, features, reference.features):
            column.saw(name, got, expected)
        held = dict(zip(judge.features, features))
        run = lambda feeds: decoder.run([logits, "iou_predictions"], {**held, **feeds})
        for name, feeds in reference.feeds.items():
            (low, scores), taken = _timed(lambda: run(feeds), 3 if name == "one click" else 1, threads)
            clicks += [taken] if name == "one click" else []
            column.saw(f"{name}: logits", low[0], reference.answers[name][0])
            column.saw(f"{name}: predicted IoU", scores[0], reference.answers[name][1])
        # Several prompts of one call.
        first, again = reference.feeds["one click"], reference.feeds["click, mask"]
        clicks_only = np.concatenate([first["point_coords"], first["point_coords"][:, ::-1] + 7], 0)
        batch = {**{key: np.concatenate([first[key]] * 2) for key in first}, "point_coords": clicks_only}
        together = run(batch)
        alone = [run({key: value[k : k + 1] for key, value in batch.items()}) for k in range(2)]
        for k in range(2):
            column.saw("two prompts at once: logits", together[0][k], alone[k][0][0])
    return dict(column), {"encode": round(statistics.median(encodes)), "click": round(statistics.median(clicks))}


def _segbench_column(folder, judge, references):
    """segbench opens the card, prepares the images, sends the prompts; all its tensors against the authors'."""
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        asked = []
        for i, reference in enumerate(references):
            height, width = reference.image.shape[:2]
            (place / f"{i}.rgb").write_bytes(reference.image.tobytes())
            prompts = []
            for name, prompt in reference.prompts.items():
                if "mask" in prompt:
                    prompt["mask"].astype("<f4").tofile(place / f"{i}.mask")
                low = reference.answers[name][0].shape[1:]
                prompts.append({key: prompt[key] for key in ("points", "labels", "box") if key in prompt} | ({"mask": f"{i}.mask", "low": low} if "mask" in prompt else {}))
            asked.append({"pixels": f"{i}.rgb", "width": width, "height": height, "prompts": prompts})
        (place / "asked.json").write_text(json.dumps({"model": str(folder.resolve()), "images": asked}))
        command = ["node", "--import", "tsx", "scripts/export/shared/answers.ts", str(place)]
        try:
            done = subprocess.run(command, cwd=repository, capture_output=True, text=True)
        except FileNotFoundError:
            sys.exit("segbench: node is not there; install Node 20 and `npm ci`, or pass --no-segbench")
        if done.returncode != 0:
            sys.exit(f"segbench could not answer ({shlex.join(command)}); --no-segbench leaves it out\n{done.stderr}")
        answered = json.loads((place / "answered.json").read_text())
        read = lambda tensor, dtype="<f4": np.fromfile(place / tensor["file"], dtype).reshape(tensor["dims"])
        column = Column()
        for image, reference in zip(answered["images"], references):
            column.saw("image", read(image["input"]), reference.tensor)
            for name, expected in zip(judge.features, reference.features):
                column.saw(name, read(image["features"][name]), expected)
            for prompt, (name, (low, scores, full)) in zip(image["prompts"], reference.answers.items()):
                column.saw(f"{name}: logits", read(prompt["logits"])[0], low)
                column.saw(f"{name}: predicted IoU", read(prompt["scores"])[0], scores)
                masks = read(prompt["masks"], np.uint8) > 0
                near = np.abs(full) <= bound * np.abs(full).max(axis=(1, 2), keepdims=True)
                column[f"{name}: pixels of masks"] = max(column.get(f"{name}: pixels of masks", 0), int(((masks != (full > 0)) & ~near).sum()))
        return dict(column), answered["opened"]


# The card, and what is printed


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 24):
            digest.update(block)
    return digest.hexdigest()


def _fact(file):
    return {"size": file.stat().st_size, "sha256": sha256(file)}


def _authors_package(model):
    return ["mobilesam-mirror", "segment-anything"] if model.startswith("vit") else ["edgetam-dimos"]


def name_of(folder):
    return re.sub(r"[^a-z0-9._-]+", "-", folder.resolve().name.lower()).strip("-._") or "model"


def _write_card(folder, form, card, note):
    bits = {"float32": "", "float16": ", float16", "int8": ", int8"}[form]
    mark, told = (f" ({note.split(':')[0]})", [f"{note}."]) if note else ("", [])
    text = [
        f"# Written by {shlex.join(['python', *sys.argv])}",
        *(f"# sha256 of {file.name}: {sha256(file)}, {file.stat().st_size} bytes" for file in graphs.files_of(folder)),
        *(["# As SAM2ImagePredictor feeds back and answers (docs/protocol.md): prompt: { clamp: 32 }, mask: { single: stable }"] if card["family"] == "sam2" else []),
        f"name: {name_of(folder)}",
        f"title: {json.dumps(card['title'] + bits + mark)}",
        f"description: {json.dumps(' '.join([card['description'], *told]))}",
        f"family: {card['family']}",
        "files: { encoder: encoder.onnx, decoder: decoder.onnx }",
        f"image: {{ size: {card['size']} }}",
        # A tensor's range is measured over all prompts of a call.
        *(["batch: 1"] if form == "int8" else []),
        f"licence: {json.dumps(card['licence'])}",
        f"source: {card['source']}",
    ]
    (folder / f"{name_of(folder)}.yaml").write_text("\n".join(text) + "\n")


def _print_table(report, forms):
    columns = report["differences"]
    stages = list(dict.fromkeys(stage for name in ("segbench", *columns) for stage in columns.get(name, {})))
    width = max(len(stage) for stage in stages)
    head = {name: "segbench" if name == "segbench" else f"ONNX {name}" for name in columns}
    print(f"\nLargest difference from the authors' torch code, as a share of the largest value ({report['cases']} prompts on {_images_text(report['images'])};")
    print("pixels of masks: how many differ whose logit is not within 1e-4 of the threshold)\n")
    print("  ".join([" " * width, *(f"{text:>12}" for text in head.values())]))
    for stage in stages:
        cells = [columns[name].get(stage) for name in columns]
        shown = ["" if cell is None else f"{cell:.1e}" if isinstance(cell, float) else str(cell) for cell in cells]
        print("  ".join([f"{stage:<{width}}", *(f"{cell:>12}" for cell in shown)]))
    print()
    for form, folder in forms.items():
        size = sum(fact["size"] for fact in report["files"][form].values()) / 1e6
        taken = report["milliseconds"][form]
        print(f"{form:8} {folder}: {size:.0f} MB; {taken['encode'] / 1000:.1f} s to encode, {taken['click']} ms a click, on {report['milliseconds']['threads']} thread{'s' if report['milliseconds']['threads'] > 1 else ''}")


def _print_next(forms):
    first, *others = forms.values()
    segbench = "npm start --"
    print(f"\nNext:\n  {segbench} inspect {first}/encoder.onnx {first}/decoder.onnx")
    print(f"  {segbench} run --model {first} --images PHOTOS/ --masks MASKS/")
    # parity uses a folder as the reference's card says; what the card of an export says itself, `batch: 1`, needs the card's path.
    card = lambda folder: f"{folder}/{name_of(folder)}.yaml"
    for pair in [f"{first} {card(other)}" for other in others] or [f"OLD-EXPORT {card(first)}"]:
        print(f"  {segbench} parity {pair} --benchmarks BENCHMARKS --data DATA/")


def _add_result(path, report):
    results = {one["model"]: one for one in (json.loads(path.read_text()) if path.exists() else [])}
    results[report["model"]] = report
    path.write_text(json.dumps([results[model] for model in sorted(results)], indent=2) + "\n")
