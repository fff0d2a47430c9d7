"""Writes test/oracle/formats/pickles.json: one value pickled by every protocol, in base64.

Runs under Python 2.7 and 3: each adds the cases of its own protocols to those of the other, so run it with both. Nothing but the standard library. A case is [who, protocol, base64].
Python 2 pickles byte strings, so the value is what JSON makes of it; floats are whole eighths, which every text has exactly.
"""

import base64
import io
import json
import os
import pickle
import sys

OLD = sys.version_info[0] == 2
PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "test", "oracle", "formats", "pickles.json")

sentence = {"raw": u"men\u2019s \"shoe\" it's \\ back\nline \u00e9 \u6f22 \U0001f600", "sent": "it's \"q\" \\ \t end", "sent_id": 7, "tokens": ["a", "b"]}
value = [
    {"ref_id": i, "ann_id": [i, -1], "split": "testA", "image_id": 2**31 + i, "less": -70000, "big": 2**40, "part": 0.125 + i}
    for i in range(2)
] + [{"none": None, "yes": True, "no": False, "pair": (1, 2), "four": (1, 2, 3, 4), "empty": [(), [], {}, ""], "sentences": [sentence, sentence]}]

makers = [("pickle", pickle)]
if OLD:
    import cPickle

    makers.append(("cPickle", cPickle))
    sentence["sent"] = "it's \"q\" \\ \t caf\xc3\xa9"
else:
    sentence["sent"] = "it's \"q\" \\ \t caf\u00e9"

who = "Python %d.%d" % sys.version_info[:2]
cases = []
for name, maker in makers:
    for protocol in range(3 if OLD else 6):
        cases.append(["%s %s" % (who, name), protocol, base64.b64encode(maker.dumps(value, protocol)).decode("ascii")])

known = []
versions = {"python": "2.7, 3.11"}
if os.path.exists(PATH):
    with io.open(PATH, encoding="utf-8") as file:
        known = [case for case in json.load(file)["cases"] if not case[0].startswith("Python %d" % sys.version_info[0])]
head = {"generator": "scripts/oracle/pickles.py", "versions": versions, "value": json.loads(json.dumps(value))}
lines = ",\n".join(json.dumps(case) for case in sorted(known + cases))
with io.open(PATH, "w", encoding="utf-8") as file:
    file.write(u"%s, \"cases\": [\n%s\n]}\n" % (json.dumps(head, sort_keys=True)[:-1], lines))
