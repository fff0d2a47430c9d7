"""The same model in 16 or 8 bits, as the export scripts make it, from any ONNX files; with a model card.

    python scripts/export/bits.py models/my-sam/encoder.onnx models/my-sam/decoder.onnx --int8 --out models/my-sam-int8
"""
import argparse, pathlib, sys

import onnx
import yaml

sys.path[0] = str(pathlib.Path(__file__).parent / "shared")
import common, graphs

# What a card says of the files that it was written for, not of their copies.
own = ("name", "files", "download", "published", "scores")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE", type=pathlib.Path)
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument("--fp16", action="store_true", help="weights and arithmetic; inputs and outputs stay float32")
    form.add_argument("--int8", action="store_true", help="weights; activations while it runs (dynamic quantisation)")
    parser.add_argument("--out", required=True, metavar="FOLDER", type=pathlib.Path, help="files of the same names and a card go here")
    parser.add_argument("--card", metavar="FILE", type=pathlib.Path, help="card of the files given, which the new one repeats; default: the one beside them")
    parser.add_argument("--overwrite", action="store_true", help="replace a model that --out holds already")
    given = parser.parse_args()
    for file in given.files:
        if not file.is_file():
            parser.error(f"there is no file {file}")
        if file.resolve().parent == given.out.resolve():
            parser.error(f"--out: {file} would be overwritten")
    if not given.overwrite:
        common.refuse_taken(parser, [given.out])
    card = _card(parser, given)
    given.out.mkdir(parents=True, exist_ok=True)
    convert = graphs.to_int8 if given.int8 else graphs.to_float16
    for file in given.files:
        convert(file, given.out / file.name)
        print(f"{given.out / file.name}: {(given.out / file.name).stat().st_size / 1e6:.0f} MB, was {file.stat().st_size / 1e6:.0f} MB")
    path = given.out / f"{card['name']}.yaml"
    path.write_text(yaml.safe_dump(card, sort_keys=False, allow_unicode=True, width=1000))
    print(f"{path}: the card")


def _card(parser, given):
    """Name and files, what the card of the originals says of their contract, and that 8 bits take one prompt a call."""
    names = sorted(file.name for file in given.files)
    beside = [given.card] if given.card else sorted({card for file in given.files for card in file.parent.glob("*.yaml")})
    known = []
    for path in beside:
        try:
            card = yaml.safe_load(path.read_text())
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            if given.card:
                parser.error(f"--card: {path} cannot be read as YAML; {str(error).splitlines()[0]}")
            continue
        files = card.get("files") if isinstance(card, dict) else None
        if isinstance(files, dict) and sorted(pathlib.PurePosixPath(file).name for file in files.values()) == names:
            known.append(card)
        elif given.card:
            parser.error(f"--card: {path} is not the card of these files; expected files: with {', '.join(names)}")
    if len(known) > 1:
        parser.error(f"{len(known)} cards beside the files name them; say which with --card")
    card = known[0] if known else {}
    form = "int8" if given.int8 else "float16"
    files = {key: pathlib.PurePosixPath(file).name for key, file in card["files"].items()} if card else _parts(parser, given.files)
    return {
        "name": common.name_of(given.out),
        **({"title": f"{card.get('title', card['name'])}, {form}"} if card else {}),
        **{key: value for key, value in card.items() if key not in (*own, "title", "batch")},
        "files": files,
        # In 8 bits a tensor's range is measured over all prompts of a call.
        **({"batch": 1} if given.int8 else {"batch": card["batch"]} if "batch" in card else {}),
    }


def _parts(parser, files):
    """Encoder and decoder in any order: the encoder takes the image alone."""
    if len(files) == 1:
        return {"model": files[0].name}
    counts = [len(onnx.load(file, load_external_data=False).graph.input) for file in files]
    if len(files) > 2 or counts[0] == counts[1]:
        parser.error("these files do not show which is the encoder and which the decoder; give their card with --card")
    encoder, decoder = (files[k].name for k in sorted((0, 1), key=counts.__getitem__))
    return {"encoder": encoder, "decoder": decoder}


if __name__ == "__main__":
    sys.exit(main())
