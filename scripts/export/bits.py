"""The same model in 16 or 8 bits, as the export scripts make it, from any ONNX files.

    python scripts/export/bits.py models/my-sam/encoder.onnx models/my-sam/decoder.onnx --int8 --out models/my-sam-int8
"""
import argparse, pathlib, sys

sys.path[0] = str(pathlib.Path(__file__).parent / "shared")
import graphs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE", type=pathlib.Path)
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument("--fp16", dest="convert", action="store_const", const=graphs.to_float16, help="weights and arithmetic; inputs and outputs stay float32")
    form.add_argument("--int8", dest="convert", action="store_const", const=graphs.to_int8, help="weights; activations while it runs (dynamic quantisation)")
    parser.add_argument("--out", required=True, metavar="FOLDER", type=pathlib.Path, help="files of the same names go here")
    given = parser.parse_args()
    for file in given.files:
        if not file.is_file():
            parser.error(f"there is no file {file}")
        if file.resolve().parent == given.out.resolve():
            parser.error(f"--out: {file} would be overwritten")
    given.out.mkdir(parents=True, exist_ok=True)
    for file in given.files:
        given.convert(file, given.out / file.name)
        print(f"{given.out / file.name}: {(given.out / file.name).stat().st_size / 1e6:.0f} MB, was {file.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    sys.exit(main())
