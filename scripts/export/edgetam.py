"""Exports a checkpoint of EdgeTAM for images to ONNX with all candidates, and checks it.

    python scripts/export/edgetam.py --checkpoint edgetam.pt --out models/my-edgetam --fp16 --int8
"""
import pathlib, sys

sys.path[0] = str(pathlib.Path(__file__).parent / "shared")  # this folder has a sam2.py, which is not the authors' package
import authors, common, graphs


def main():
    return common.export(
        common.options(__doc__),
        model="edgetam",
        title="EdgeTAM",
        family="sam2",
        build=authors.edgetam,
        predictor=authors.Sam2Predictor,
        split=graphs.sam2_graphs,
        logits="masks",
        licence="Apache-2.0",
        source="https://github.com/facebookresearch/EdgeTAM",
    )


if __name__ == "__main__":
    sys.exit(main())
