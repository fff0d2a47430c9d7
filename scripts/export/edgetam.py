"""Exports a checkpoint of EdgeTAM to ONNX, for images with all candidates or for clips, and checks it.

    python scripts/export/edgetam.py --checkpoint edgetam.pt --out models/my-edgetam --fp16 --int8
    python scripts/export/edgetam.py --checkpoint edgetam.pt --out models/my-edgetam-video --video
"""
import pathlib, sys

sys.path[0] = str(pathlib.Path(__file__).parent / "shared")  # this folder has a sam2.py, which is not the authors' package
import authors, common


def main():
    return common.export_sam2(
        common.options(__doc__, video=True),
        model="edgetam",
        title="EdgeTAM",
        clips="edgetam-video",
        build=authors.edgetam,
        source="https://github.com/facebookresearch/EdgeTAM",
    )


if __name__ == "__main__":
    sys.exit(main())
