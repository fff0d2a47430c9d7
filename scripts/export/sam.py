"""Exports a checkpoint of SAM (vit_b, vit_l, vit_h) or MobileSAM (vit_t) to ONNX with all candidates, and checks it.

    python scripts/export/sam.py --checkpoint sam_vit_b_01ec64.pth --model vit_b --out models/my-sam --fp16 --int8
"""
import pathlib, sys

sys.path[0] = str(pathlib.Path(__file__).parent / "shared")  # this folder has a sam2.py, which is not the authors' package
import authors, common, graphs

titles = {"vit_b": "SAM ViT-B", "vit_l": "SAM ViT-L", "vit_h": "SAM ViT-H", "vit_t": "MobileSAM"}
sources = {"vit_t": "https://github.com/ChaoningZhang/MobileSAM"}


def main():
    given = common.options(__doc__, authors.sam_names)
    return common.export(
        given,
        model=given.model,
        title=titles[given.model],
        family="sam",
        build=lambda checkpoint, seed: authors.sam(given.model, checkpoint, seed),
        predictor=authors.SamPredictor,
        split=graphs.sam_graphs,
        logits="low_res_masks",
        licence="Apache-2.0",
        source=sources.get(given.model, "https://github.com/facebookresearch/segment-anything"),
    )


if __name__ == "__main__":
    sys.exit(main())
