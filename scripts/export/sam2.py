"""Exports a checkpoint of SAM 2 or 2.1 to ONNX, for images with all candidates or for clips, and checks it.

    python scripts/export/sam2.py --checkpoint sam2.1_hiera_tiny.pt --model sam2.1-tiny --out models/my-sam2 --fp16 --int8
    python scripts/export/sam2.py --checkpoint sam2.1_hiera_tiny.pt --model sam2.1-tiny --out models/my-sam2-video --video
"""
import pathlib, sys

sys.path[0] = str(pathlib.Path(__file__).parent / "shared")  # this folder has a sam2.py, which is not the authors' package
import authors, common


def title(name):
    version, size = name.split("-", 1)
    letters = {"tiny": "T", "small": "S", "base-plus": "B+", "large": "L"}
    return f"{'SAM 2.1' if version == 'sam2.1' else 'SAM 2'} Hiera-{letters[size]}"


def main():
    given = common.options(__doc__, list(authors.sam2_configs), sides=True, video=True)
    return common.export_sam2(
        given,
        model=given.model,
        title=title(given.model),
        clips="sam2-video",
        build=lambda checkpoint, seed: authors.sam2(given.model, checkpoint, seed, given.side),
        source="https://github.com/facebookresearch/sam2",
    )


if __name__ == "__main__":
    sys.exit(main())
