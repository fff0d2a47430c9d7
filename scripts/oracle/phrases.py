"""Writes test/oracle/concept/phrases.json.gz: the tokens of phrases, by SAM 3's own tokenizer (sam3.model.tokenizer_ve) and by Hugging Face's (tokenizers, CLIP's rules as
transformers writes them); and test/fixtures/models/tokenizer.json: CLIP's vocabulary cut to what these phrases need, for it is too large to keep.

Needs phrases-requirements.txt, and in the first argument CLIP's merges: bpe_simple_vocab_16e6.txt.gz, as PyPI's open_clip_torch carries them (1,356,917 bytes).
A case is [phrase, ids by SAM 3 with start and end and uncut, ids by Hugging Face, and, where a phrase is longer than 32, SAM 3's 32].
"""

import gzip
import json
import pathlib
import sys
import tempfile
from importlib.metadata import version

import packed
from sam3.model.tokenizer_ve import SimpleTokenizer
from tokenizers import Tokenizer
from transformers import CLIPTokenizer

PLAIN = """person
a dog
red circle
men's shoe
it's we've I'll they're he'd I'm don't
baseball_bat
bow (decorative ribbons)
street sign
C++
AT&T
black & white photo
salt&pepper
R&D
3 cats
1080p screen
2019 model
50% off
x-ray
rock-n-roll
10,000 $ bill
café
naïve façade
crème brûlée
Straße
GROSSBUCHSTABEN
İstanbul
IŞIK
ΟΔΟΣ ΣΩΚΡΑΤΟΥΣ
собака
жёлтый цветок
犬
赤い丸
红色的圆
강아지
كلب
כלב שחור
the كلب on the left
สุนัข
कुत्ता
🙂
🐕 dog
👨‍👩‍👧 family
❤️ heart
flag 🇫🇷
½ cup
m² of floor
10⁻³
e=mc²
№ 5
™ mark
…
—
en–dash and em—dash
!
!!
wait!!!
"quoted"
'single'
`tick`
back\\slash
path/to/thing
user@example.com
#hashtag
a.b.c
<b>bold</b>
a < b > c
2<3
{curly} [square]
~tilde^caret|pipe
 leading and trailing 
two  spaces
tab\there
non breaking
thin space
ideographic　space
don’t
men’s shoe
o’clock “quoted”
‘single’ „low“
ʼn apostrophe ʼ
&amp; sign
fish &amp; chips
&amp;amp; twice
&lt;tag&gt;
&quot;q&quot;
&#39;x&#39; &apos;y&apos;
a&nbsp;b
ﬁsh
ﬂag ﬀ ﬃ ﬄ ﬅ ﬆ
ǅ
ĳssel Ǳ ŉ
Ｆｕｌｌ ｗｉｄｔｈ １２３
ﾊﾝｶｸ
e\u0301 combining
A\u030angstrom
ﬁ’s &amp; “ﬂ”
supercalifragilisticexpialidocious
antidisestablishmentarianism
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
visual
object"""

# What SAM 3's tokenizer repairs or reads in ways of its own.
ODD = [
    "<|endoftext|>",
    "a <|startoftext|> b",
    "<|x|>",
    "<end_of_text>",
    "schÃ¶n",
    "Ã©clair",
    "â€œquotedâ€\u009d",
    "&eacute;clair",
    "&rsquo;s",
    "&#8217;s",
    "&#x27;",
    "&copy 2020",
    "&notit;",
    "caf&eacute",
    "\x1b[31mred\x1b[0m",
    "nul\0l",
    "bell\x07",
    "\ufeffbom",
    "c1 \x85 \x93x\x94",
]


def phrases():
    yield ""
    yield " "
    yield "line\nbreak"
    yield from PLAIN.split("\n")
    yield " ".join(f"word{i}" for i in range(40))
    yield " ".join(["dog"] * 30)
    yield " ".join(["dog"] * 31)
    yield " ".join(["the", "quick", "brown", "fox"] * 10)
    yield "🙂" * 20
    yield "a" * 400
    yield from ODD


def main(bpe):
    own = SimpleTokenizer(bpe, context_length=32)
    merges = [tuple(line.split()) for line in gzip.open(bpe).read().decode().split("\n")[1 : 49152 - 256 - 2 + 1]]
    vocabulary = {name: i for name, i in own.encoder.items() if i < 49406} | {"<|startoftext|>": 49406, "<|endoftext|>": 49407}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "tokenizer.json"
        CLIPTokenizer(vocab=vocabulary, merges=merges)._tokenizer.save(str(path))
        whole = json.loads(path.read_text())
        other = Tokenizer.from_file(str(path))
    cases = []
    for phrase in phrases():
        ids = [49406, *own.encode(phrase), 49407]
        case = [phrase, ids, other.encode(phrase).ids]
        if len(ids) > 32:
            case.append(own([phrase])[0].tolist())
        cases.append(case)
    head = {"generator": "scripts/oracle/phrases.py", "versions": {name: version(name) for name in ("sam3", "ftfy", "tokenizers", "transformers")}}
    packed.write_cases("concept/phrases", head, cases)
    # The pieces that occur, what they are merged from, and all bytes.
    names = {i: name for name, i in vocabulary.items()}
    parts = dict(zip(("".join(pair) for pair in reversed(merges)), reversed(merges)))
    wanted, left = set(), [names[i] for case in cases for i in case[1] + case[2]]
    while left:
        name = left.pop()
        if name not in wanted:
            wanted.add(name)
            left += parts.get(name, ())
    kept = {name: i for name, i in vocabulary.items() if name in wanted or i < 512}
    whole["model"] |= {"vocab": kept, "merges": [list(pair) for pair in merges if "".join(pair) in wanted]}
    fixture = packed.OUT.parent / "fixtures" / "models" / "tokenizer.json"
    fixture.write_text(json.dumps(whole, ensure_ascii=False, separators=(",", ":")) + "\n")
    cut = Tokenizer.from_file(str(fixture))
    for phrase, _, ids, *_ in cases:
        assert cut.encode(phrase).ids == ids, phrase
    print("tokenizer.json", fixture.stat().st_size, "bytes", len(kept), "pieces")


main(sys.argv[1])
