"""Makes scripts/tiny-model's scenes and image model importable here, as `scenes` and `image_model`: both folders have a model.py."""

import importlib.util
import pathlib
import sys

folder = pathlib.Path(__file__).resolve().parents[1] / "tiny-model"
for name, file in (("scenes", "scenes.py"), ("image_model", "model.py")):
    spec = importlib.util.spec_from_file_location(name, folder / file)
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
