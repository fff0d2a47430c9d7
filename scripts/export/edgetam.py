"""Exports a checkpoint of EdgeTAM to ONNX, for images with all candidates or for clips, and checks it.

    python scripts/export/edgetam.py --checkpoint edgetam.pt --out models/my-edgetam --fp16 --int8
    python scripts/export/edgetam.py --checkpoint edgetam.pt --out models/my-edgetam-video --video
"""
import pathlib, sys

sys.path[0] = str(pathlib.Path(__file__).parent / "shared")  # this folder has a sam2.py, which is not the authors' package
import authors, common, graphs


def clips(given):
    import video

    return video.export(
        given,
        title="EdgeTAM",
        family="edgetam-video",
        build=authors.edgetam,
        licence="Apache-2.0",
        source="https://github.com/facebookresearch/EdgeTAM",
        package="edgetam-dimos",
    )


def main():
    given = common.options(__doc__, video=True)
    if given.video:
        return clips(given)
    return common.export(
        given,
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
