"""Where all oracles are written: test/oracle/<name>.json, or .json.gz where the text is longer than 10 kB.

The same text gives the same bytes: no time, no file name. `gzip -dc` shows it, a case a line where there are cases.
test/helpers/oracle.ts reads both.
"""

import gzip
import io
import json
import pathlib

OUT = pathlib.Path(__file__).resolve().parents[2] / "test" / "oracle"
LONGEST = 10_000


def write_text(name, text, count=""):
    """`name` without ending, e.g. masks/iou. Says what was written."""
    content = text.encode()
    plain, packed = OUT / f"{name}.json", OUT / f"{name}.json.gz"
    plain.parent.mkdir(parents=True, exist_ok=True)
    path, other = (packed, plain) if len(content) > LONGEST else (plain, packed)
    if path is packed:
        held = io.BytesIO()
        with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=held, mtime=0) as file:
            file.write(content)
        content = held.getvalue()
    path.write_bytes(content)
    other.unlink(missing_ok=True)
    print(path.relative_to(OUT), len(content), "bytes", count)


def write_cases(name, head, cases):
    """`head` says who made them, with which versions."""
    lines = [json.dumps(case, separators=(",", ":"), ensure_ascii=False) for case in cases]
    text = ",\n".join(lines)
    write_text(name, f'{json.dumps(head)[:-1]}, "cases": [\n{text}\n]}}\n', f"{len(lines)} cases")
