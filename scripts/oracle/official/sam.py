"""The authors' SamPredictor as judge of what the product made of SAM's prompts.

    python scripts/oracle/official/sam.py FOLDER NAME sessions [--digests]   # around the recorded model's own sessions
    python scripts/oracle/official/sam.py FOLDER NAME vit_b SEED             # in torch, with the random weights that were exported

FOLDER is what record.ts wrote. `sessions`: the authors' ResizeLongestSide, preprocess, SamPredictor and postprocess_masks, with the
ONNX files in place of the three modules. The fed-back logits are then the judge's own of the step before. Otherwise the
authors' modules in torch, with the logits that the product fed. Writes NAME.json beside this file; with --digests, a hash of every
mask too, test/oracle/official/NAME.json.
"""

import sys

import numpy as np
import torch

from judged import ROOT, Recording, Score, versions, write


class Encoder(torch.nn.Module):
    def __init__(self, path, side):
        super().__init__()
        self.session, self.img_size = session(path), side

    def forward(self, x):
        return torch.from_numpy(self.session.run(None, {self.session.get_inputs()[0].name: x.numpy()})[0])


class Prompts(torch.nn.Module):
    """What PromptEncoder.forward makes tokens of, in its order: points, a padding point where there is no box, box corners."""

    def forward(self, points, boxes, masks):
        coords, labels = torch.zeros(1, 0, 2), torch.zeros(1, 0)
        if points is not None:
            coords, labels = points[0], points[1].to(torch.float)
            if boxes is None:
                coords = torch.cat([coords, torch.zeros(1, 1, 2)], dim=1)
                labels = torch.cat([labels, -torch.ones(1, 1)], dim=1)
        if boxes is not None:
            coords = torch.cat([coords, boxes.reshape(-1, 2, 2)], dim=1)
            labels = torch.cat([labels, torch.tensor([[2.0, 3.0]])], dim=1)
        return (coords, labels), masks

    def get_dense_pe(self):
        return None


class Decoder(torch.nn.Module):
    """MaskDecoder.forward's choice of masks, after the graph."""

    def __init__(self, path):
        super().__init__()
        self.session = session(path)
        low = next(i.shape[-1] for i in self.session.get_inputs() if i.name == "mask_input")
        self.none = np.zeros((1, 1, low, low), np.float32)

    def forward(self, image_embeddings, image_pe, sparse_prompt_embeddings, dense_prompt_embeddings, multimask_output):
        (coords, labels), masks = sparse_prompt_embeddings, dense_prompt_embeddings
        feeds = {
            "image_embeddings": image_embeddings.numpy(),
            "point_coords": coords.numpy(),
            "point_labels": labels.numpy(),
            "mask_input": self.none if masks is None else masks.numpy(),
            "has_mask_input": np.array([masks is not None], np.float32),
        }
        scores, masks = map(torch.from_numpy, self.session.run(["iou_predictions", "low_res_masks"], feeds))
        wanted = slice(1, None) if multimask_output else slice(0, 1)
        return masks[:, wanted], scores[:, wanted]


def session(path):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def around_sessions(encoder, decoder, side):
    """The authors' Sam with their constants of build_sam.py, its three modules replaced."""
    from segment_anything.modeling import Sam

    model = Sam(Encoder(encoder, side), Prompts(), Decoder(decoder), [123.675, 116.28, 103.53], [58.395, 57.12, 57.375])
    return model.eval()


def predict(predictor, step, mask_input, empty=False):
    """
    Logits of the picture's size, scores, low-resolution logits: what SamPredictor.predict returns. `empty`: a mask alone goes with
    an empty list of points, after which the authors pad; otherwise with None, for which there is no point at all.
    """
    clicks = np.array(step["clicks"]).reshape(-1, 3)
    points = len(clicks) > 0 or (empty and step["box"] is None)
    return predictor.predict(
        point_coords=clicks[:, :2] if points else None,
        point_labels=clicks[:, 2] if points else None,
        box=None if step["box"] is None else np.array(step["box"]),
        mask_input=mask_input,
        multimask_output=step["multimask"],
        return_logits=True,
    )


def judge(predictor, recording, score, own):
    """`own`: logits fed back are the judge's own of the step before; otherwise those that the product fed."""
    empty = recording.head["paddingPoint"] != "clicks"
    threshold = getattr(predictor.model, "mask_threshold", 0.0)
    for picture, pixels, targets, inputs in recording.pictures():
        predictor.set_image(pixels)
        for target in targets:
            last = {}
            for step in target["steps"]:
                mask_input = None if step["input"] is None else inputs[step["input"]]
                if own and step["mask"] == "logits":
                    mask_input = last["box" if step["box"] else "clicks"]
                logits, scores, low = predict(predictor, step, mask_input, empty)
                assert len(scores) == len(step["candidates"])
                chosen = int(np.argmax(scores))
                last["box" if step["box"] else "clicks"] = low[chosen : chosen + 1]
                for number in range(len(scores)):
                    where = (picture["name"], target["target"])
                    score.compare(where, step, number, logits[number], scores[number], threshold)
        print(picture["name"], f"{picture['width']}x{picture['height']}", score.results()["equal"], "of", score.results()["cases"], flush=True)


def main(folder, name, how, more=None):
    recording = Recording(folder)
    if how == "sessions":
        from segment_anything import SamPredictor

        model = around_sessions(recording.file("encoder"), recording.file("decoder"), recording.head["side"])
        score = Score(0)
        facts = {
            "what": f"Every candidate's mask, from the image to the pixel: {recording.head['model']}",
            "judge": "the authors' SamPredictor (segment_anything) around the same graphs",
            "versions": versions("segment-anything", "onnxruntime"),
            "bound": 0,
        }
    else:
        sys.path.insert(0, str(ROOT / "scripts" / "export" / "shared"))
        import authors

        package = __import__("mobile_sam" if how == "vit_t" else "segment_anything")
        SamPredictor = package.SamPredictor
        model = authors.sam(how, seed=int(more))
        score = Score(1e-4)
        facts = {
            "what": f"Every candidate's mask of an export of {how} with random weights",
            "judge": f"the authors' SamPredictor ({package.__name__}) in torch with the same weights",
            "versions": versions("mobilesam-mirror" if how == "vit_t" else "segment-anything"),
            "seed": int(more),
            "bound": 1e-4,
            "unit": "relative",
        }
    judge(SamPredictor(model), recording, score, own=how == "sessions")
    score.say()
    write(name, {**facts, "script": "scripts/oracle/official/sam.py"}, recording, score, digests=more == "--digests")


if __name__ == "__main__":
    main(*sys.argv[1:])
