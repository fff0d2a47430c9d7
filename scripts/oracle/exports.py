"""Opens what `segbench export` writes in the tools that it is for, and reads the numbers back.

Writes scripts/oracle/exports.json: versions, how many numbers were compared, and the largest difference. Needs exports-requirements.txt in a
virtual environment, and for FiftyOne a `mongod` that starts (README.md). Called with a folder that has

    reports/mine        a finished run of the models tiny and mine (docs/analysis.md), with enough images for some intervals
    reports/compared    its comparison
    exported/TOOL       `segbench export TOOL reports/mine`: fiftyone, huggingface (--hub NAME=me/NAME), dvc, wandb, mlflow
    exported/pair       `segbench export wandb reports/compared`
"""
import importlib.metadata, json, math, os, pathlib, re, subprocess, sys

place = pathlib.Path(sys.argv[1]).resolve()
here = pathlib.Path(__file__).resolve().parent
os.chdir(place)
exported = place / "exported"
summary = json.loads((place / "reports/mine/summary.json").read_text())
notes = {(p["id"], m["id"]): m for p in summary["protocols"] for m in p["measures"]}
macro, micro = "suite (macro)", "suite (micro)"


def slug(text):
    return re.sub(r"[^A-Za-z0-9-]+", "_", text).strip("_")


def estimates():
    """Every main measure of the summary: model, protocol, place, measure, estimate."""
    for suite in summary["suites"]:
        for id, both in suite["measures"].items():
            for name, key in ((macro, "macro"), (micro, "micro")):
                if key in both and notes[suite["protocol"], id]["show"] == "main":
                    yield suite["model"], suite["protocol"], name, id, both[key]
    for cell in summary["cells"]:
        for id, estimate in cell["measures"].items():
            if notes[cell["protocol"], id]["show"] == "main":
                yield cell["model"], cell["protocol"], cell["benchmark"], id, estimate


class Compared:
    def __init__(self):
        self.count, self.largest = 0, 0.0

    def equal(self, ours, theirs, within=0.0):
        assert theirs is not None, ours
        self.count += 1
        self.largest = max(self.largest, abs(float(ours) - float(theirs)))
        assert abs(float(ours) - float(theirs)) <= within, (ours, theirs)

    def result(self, *packages):
        versions = {name: importlib.metadata.version(name) for name in packages}
        return {"versions": versions, "numbers": self.count, "largestDifference": self.largest}


def run(*words, **env):
    done = subprocess.run(words, env={**os.environ, **env}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fiftyone():
    """The loader as it stands; means of attributes against the summary; every IoU again from the masks that FiftyOne has."""
    import numpy as np

    run(sys.executable, "exported/fiftyone/load_fiftyone.py", "segbench-oracle")
    import fiftyone as fo
    from fiftyone import ViewField as F

    dataset = fo.load_dataset("segbench-oracle")
    numbers = Compared()

    def pixels(label, width, height):
        whole = np.zeros((height, width), bool)
        if label.mask is not None:
            x, y = round(label.bounding_box[0] * width), round(label.bounding_box[1] * height)
            whole[y : y + label.mask.shape[0], x : x + label.mask.shape[1]] = label.mask
        return whole

    for model, protocol, place_, id, estimate in estimates():
        if place_ in (macro, micro) or not id.startswith("iou@"):
            continue
        at = notes[protocol, id]["at"]
        name = re.sub(r"@\d+$", "", protocol)
        field = "_".join(slug(part).replace("-", "_") for part in ([model, name] if name == at else [model, name, at]))
        values = dataset.match(F("benchmark") == place_).values(f"{field}.detections.iou", unwind=True)
        assert len(values) == estimate["n"]
        numbers.equal(estimate["value"], math.fsum(values) / len(values), 1e-15)
        for sample in dataset.match(F("benchmark") == place_):
            if sample[field] is None:  # none of its targets was scored
                continue
            sample.compute_metadata()
            size = sample.metadata.width, sample.metadata.height
            truths = {one.target: pixels(one, *size) for one in sample.ground_truth.detections}
            for one in sample[field].detections:
                mask, truth = pixels(one, *size), truths[one.target]
                numbers.equal(one.iou, (mask & truth).sum() / (mask | truth).sum())
    prompts = dataset.values("tiny_sam1_d1_prompts.keypoints.label", unwind=True)
    assert set(prompts) <= {"foreground", "background"} and len(prompts) > 0
    dataset.delete()
    return numbers.result("fiftyone")


def huggingface():
    import yaml
    from huggingface_hub import ModelCard, parse_eval_result_entries

    numbers = Compared()
    for model in {one["name"] for one in summary["models"]}:
        card = ModelCard.load(exported / "huggingface" / slug(model) / "README.md")
        found = {}
        for result in card.data.eval_results:
            found[result.dataset_type, result.metric_config, result.metric_type] = result
        own = [one for one in estimates() if one[0] == model]
        for _, protocol, name, id, estimate in own:
            result = found[slug(name) if name in (macro, micro) else f"me/{name}", protocol, id]
            numbers.equal(estimate["value"], result.metric_value)
            for end in ("low", "high"):
                if end in estimate:
                    numbers.equal(estimate[end], result.metric_args[end])
            numbers.equal(estimate["clusters"], result.metric_args["images"])
            assert estimate.get("few") == result.metric_args.get("few")
        for benchmark in summary["benchmarks"]:
            file = exported / "huggingface" / slug(model) / ".eval_results" / f"{slug(benchmark['name'])}.yaml"
            entries = {one.task_id: one for one in parse_eval_result_entries(yaml.safe_load(file.read_text()))}
            for _, protocol, name, id, estimate in own:
                if name == benchmark["name"]:
                    numbers.equal(estimate["value"], entries[f"{slug(protocol)}-{slug(id)}"].value)
    return numbers.result("huggingface_hub")


def dvc():
    """In a repository of its own, through the command line."""
    import shutil

    repository = place / "dvc-repository"
    shutil.rmtree(repository, ignore_errors=True)
    shutil.copytree(exported / "dvc", repository / "results")
    os.chdir(repository)
    tool = (sys.executable, "-m", "dvc")
    run(*tool, "init", "--no-scm", "-q", DVC_NO_ANALYTICS="1")
    shown = json.loads(run(*tool, "metrics", "show", "--json", DVC_NO_ANALYTICS="1"))
    (data,) = [one["data"] for one in shown[""]["data"].values()]
    plots = json.loads(run(*tool, "plots", "show", "--json", DVC_NO_ANALYTICS="1"))
    os.chdir(place)
    numbers = Compared()
    for model, protocol, name, id, estimate in estimates():
        numbers.equal(estimate["value"], data[model][protocol][name][id])
    assert not plots.get("errors"), plots["errors"]
    drawn = plots["data"]
    pictures = [name for name in drawn if name.endswith(".jpg")]
    values = [float(x) for x in re.findall(r'"(?:tiny|mine|value|dvc_inferred_y_value)": ([0-9.e-]+)', json.dumps(drawn))]
    ours = {one[4]["value"] for one in estimates()}
    assert pictures and values
    for value in values:
        numbers.equal(value, min(ours, key=lambda one: abs(one - value)))
    return {**numbers.result("dvc", "dvc-render"), "plots": len(drawn) - len(pictures), "pictures": len(pictures)}


def expected_metrics():
    for model, protocol, name, id, estimate in estimates():
        key = "/".join(slug(part) for part in (protocol, name, id))
        yield model, key, estimate["value"]
        for end in ("low", "high"):
            if end in estimate:
                yield model, f"{key}_{end}", estimate[end]
        if estimate.get("few"):
            yield model, f"{key}_images", estimate["clusters"]


def records(data):
    """Of a .wandb file: a header of 7 bytes, then LevelDB's log of blocks of 32 KiB, each record in one part or several."""
    at, parts = 7, b""
    while at + 7 <= len(data):
        left = 32768 - at % 32768
        if left < 7:
            at += left
            continue
        length, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        parts += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # whole, or the last part
            yield parts
            parts = b""


def wandb():
    """Offline; what was logged is read from the file that `wandb sync` would send."""
    import shutil

    numbers = Compared()

    def logged(folder):
        shutil.rmtree(exported / folder / "wandb", ignore_errors=True)
        run(sys.executable, f"exported/{folder}/log_wandb.py", "oracle", WANDB_MODE="offline", WANDB_DIR=str(exported / folder))
        from wandb.proto import wandb_internal_pb2 as pb

        for file in sorted((exported / folder / "wandb").glob("offline-run-*/*.wandb")):
            name, values, history = None, {}, {}
            for data in records(file.read_bytes()):
                record = pb.Record()
                record.ParseFromString(data)
                kind = record.WhichOneof("record_type")
                if kind == "run":
                    name = record.run.display_name or name
                items = record.summary.update if kind == "summary" else record.history.item if kind == "history" else []
                for item in items:
                    key = item.key or "/".join(item.nested_key)
                    (values if kind == "summary" else history).setdefault(key, []).append(json.loads(item.value_json))
            yield name, values, history

    runs = {name: (values, history) for name, values, history in logged("wandb")}
    for file in (exported / "wandb/wandb").glob("offline-run-*/files/media/table/numbers_*.json"):
        table = json.loads(file.read_text())
        lines = [dict(zip(table["columns"], line)) for line in table["data"]]
        own = {(one["protocol"], one["place"], one["measure"]): one for one in lines}
        assert any(
            all(own[one[1:4]]["value"] == one[4]["value"] for one in estimates() if one[0] == model) for model in runs
        )
    for model, key, value in expected_metrics():
        numbers.equal(value, runs[model][0][key][-1])
    for values, history in runs.values():
        assert history["numbers/_type"] == history["examples/_type"] == ["table-file"] and history["examples/nrows"][0] > 0
        curve = next(key for key in history if key.endswith("iou_by_clicks"))
        assert len(history[curve]) == 2
    comparison = json.loads((place / "reports/compared/comparison.json").read_text())
    ((_, values, _),) = logged("pair")
    for cell in comparison["pairs"][0]["cells"]:
        for measure in cell["measures"]:
            key = "/".join(slug(part) for part in (cell["protocol"], cell["benchmark"], measure["measure"]))
            for name, value in (("", measure["difference"]["value"]), ("_base", measure["base"]), ("_p", measure["holm"])):
                numbers.equal(value, values[f"{key}{name}"][-1])
    return numbers.result("wandb")


def mlflow():
    import shutil

    store = place / "mlruns"
    shutil.rmtree(store, ignore_errors=True)
    env = {"MLFLOW_TRACKING_URI": store.as_uri(), "MLFLOW_ALLOW_FILE_STORE": "true"}
    run(sys.executable, "exported/mlflow/log_mlflow.py", "oracle", **env)
    os.environ.update(env)
    from mlflow.tracking import MlflowClient

    client = MlflowClient(store.as_uri())
    experiment = client.get_experiment_by_name("oracle")
    runs = {one.info.run_name: one for one in client.search_runs([experiment.experiment_id])}
    numbers = Compared()
    for model, key, value in expected_metrics():
        numbers.equal(value, runs[model].data.metrics[key])
    for model, one in runs.items():
        assert one.data.params["plan"] == summary["plan"] and one.data.params["model"] == model
        names = [artifact.path for artifact in client.list_artifacts(one.info.run_id)]
        assert names == ["examples", "metrics.json"], names
        curve = next(key for key in one.data.metrics if key.endswith("iou_by_clicks"))
        assert [point.step for point in client.get_metric_history(one.info.run_id, curve)] == [1, 3]
    return numbers.result("mlflow-skinny")


def ious():
    """(model, benchmark, protocol, clicks) -> mean IoU, from the summary."""
    for cell in summary["cells"]:
        for id, estimate in cell["measures"].items():
            if id.startswith("iou@"):
                yield (cell["model"], cell["benchmark"], cell["protocol"], notes[cell["protocol"], id]["step"]["clicks"]), estimate


def quartiles(model):
    """(benchmark, quarter) -> mean IoU after one click."""
    for cell in summary["cells"]:
        if cell["model"] == model and cell["protocol"] == "sam1-d1@1":
            for place_, bucket in enumerate(cell["byQuartile"], 1):
                if bucket["n"] > 0:
                    yield (cell["benchmark"], place_), bucket["values"]["iou@1"]


def documented(language):
    text = (here.parent.parent / "docs/analysis.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.S | re.M)


def duckdb():
    import duckdb as tool

    numbers = Compared()
    means, *others = [tool.sql(query).fetchall() for query in documented("sql") if "reports/mine/" in query]
    found = {tuple(line[:4]): line for line in means}
    for key, estimate in ious():
        numbers.equal(estimate["value"], found[key][4], 1e-15)
        numbers.equal(estimate["n"], found[key][5])
        numbers.equal(estimate["clusters"], found[key][6])
    assert len(others) == 6 and all(others[:4])
    quarters = {line[:3]: line[3] for line in others[1]}
    for model in ("tiny", "mine"):
        for (benchmark, quarter), value in quartiles(model):
            numbers.equal(value, quarters[model, benchmark, quarter], 1e-15)
    return numbers.result("duckdb")


def pandas():
    numbers, names = Compared(), {}
    exec(documented("python")[0], names)
    for key, estimate in ious():
        numbers.equal(estimate["value"], names["means"][key], 1e-15)
    assert len(names["worst"]) == 20
    comparison = json.loads((place / "reports/compared/comparison.json").read_text())
    for cell in comparison["pairs"][0]["cells"]:
        for measure in cell["measures"]:
            if measure["measure"].startswith("iou@"):
                clicks = notes[cell["protocol"], measure["measure"]]["step"]["clicks"]
                ours = names["differences"][cell["benchmark"], cell["protocol"], clicks]
                numbers.equal(measure["difference"]["value"], ours, 1e-15)
    return numbers.result("pandas", "pyarrow")


def polars():
    numbers, names = Compared(), {}
    exec(documented("python")[1], names)
    means = {(m, b, p, c): (iou, images) for m, b, p, c, iou, images in names["means"].iter_rows()}
    for key, estimate in ious():
        numbers.equal(estimate["value"], means[key][0], 1e-15)
        numbers.equal(estimate["clusters"], means[key][1])
    quarters = {line[:2]: line[2] for line in names["quarters"].iter_rows()}
    for (benchmark, quarter), value in quartiles("tiny"):
        numbers.equal(value, quarters[benchmark, quarter], 1e-15)
    return numbers.result("polars")


chosen = sys.argv[2:] or ["fiftyone", "huggingface", "dvc", "wandb", "mlflow", "duckdb", "pandas", "polars"]
file = here / "exports.json"
results = json.loads(file.read_text()) if file.exists() else {}
for name in chosen:
    results[name] = globals()[name]()
    print(name, results[name], flush=True)
    file.write_text(json.dumps(results, indent=2) + "\n")
