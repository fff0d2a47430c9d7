"""The authors' SAM2ImagePredictor, in torch with random weights, as judge of what the product made of an export of the same.

    python scripts/oracle/official/sam2_images.py FOLDER NAME sam2.1-tiny SEED

FOLDER is what record.ts wrote. The logits fed back are those that the product fed; every candidate is compared. The predictor
answers by another candidate than the first where that is not stable (`dynamic_multimask_via_stability`) if the card says so too. Writes NAME.json beside this file.
"""

import sys

from judged import ROOT, Recording, Score, versions, write
from sam import judge

sys.path.insert(0, str(ROOT / "scripts" / "export" / "shared"))
import authors  # noqa: E402


def main(folder, name, model_name, seed):
    from sam2.sam2_image_predictor import SAM2ImagePredictor

    recording = Recording(folder)
    side = recording.head["side"]
    model = authors.sam2(model_name, seed=int(seed), side=side)
    model.sam_mask_decoder.dynamic_multimask_via_stability = recording.head.get("single") == "stable"
    predictor = SAM2ImagePredictor(model)
    predictor._bb_feat_sizes = [(side // stride,) * 2 for stride in (4, 8, 16)]
    score = Score(1e-4)
    judge(predictor, recording, score, own=False)
    score.say()
    chosen = ", the stable one where one answers" if recording.head.get("single") == "stable" else ""
    facts = {
        "what": f"Every candidate's mask of an export of {model_name} with random weights, side {side}{chosen}",
        "judge": "the authors' SAM2ImagePredictor (sam2) in torch with the same weights",
        "versions": versions("edgetam-dimos"),
        "seed": int(seed),
        "bound": 1e-4,
        "unit": "relative",
        "script": "scripts/oracle/official/sam2_images.py",
    }
    write(name, facts, recording, score)


if __name__ == "__main__":
    main(*sys.argv[1:])
