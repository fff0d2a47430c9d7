"""Prints the versions of the other side as JSON."""

import json
import platform
from importlib.metadata import version

names = ["numpy", "opencv-python-headless", "pycocotools", "torch", "transformers", "onnxruntime"]
print(json.dumps({"python": platform.python_version(), **{name: version(name) for name in names}}))
