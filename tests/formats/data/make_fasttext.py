"""Makes the models of this folder, and the vectors that fastText itself has for words (0.9.2, `fasttext-wheel`)."""

import json
import random
import sys
import tempfile
from pathlib import Path

import fasttext

TEXT = "the of and naïve 北京 café 🙂 river bank money tree green blue red one two three four five six seven"
WORDS = TEXT.split()
UNKNOWN = ["riverbank", "naïv", "天津", "😀😀", "a", "greens"]


def vectors(model):
    return {word: [float(x) for x in model.get_word_vector(word)] for word in [*model.get_words(), *UNKNOWN]}


def main(out):
    random.seed(0)
    with tempfile.TemporaryDirectory() as folder:
        plain, labelled = Path(folder) / "plain.txt", Path(folder) / "labelled.txt"
        plain.write_text("\n".join(" ".join(random.choices(WORDS, k=8)) for _ in range(400)))
        lines = (f"__label__{i % 2} " + " ".join(random.choices(WORDS, k=8)) for i in range(400))
        labelled.write_text("\n".join(lines))
        options = {"dim": 4, "thread": 1, "verbose": 0}
        model = fasttext.train_unsupervised(
            str(plain), model="skipgram", minn=2, maxn=3, bucket=60, minCount=1, epoch=2, **options
        )
        model.save_model(str(out / "unsupervised.bin"))
        expected = {"unsupervised.bin": vectors(model)}
        model = fasttext.train_supervised(str(labelled), minn=2, maxn=3, bucket=300, epoch=5, lr=0.5, **options)
        model.save_model(str(out / "supervised.bin"))
        expected["supervised.bin"] = vectors(model)
        model.quantize(qnorm=True, dsub=3)
        model.save_model(str(out / "quantized.ftz"))
        expected["quantized.ftz"] = vectors(model)
        model = fasttext.train_supervised(str(labelled), minn=1, maxn=3, bucket=2000, epoch=5, lr=0.5, **options)
        model.quantize(input=str(labelled), cutoff=290, retrain=False, qnorm=False, dsub=2)
        model.save_model(str(out / "pruned.ftz"))
        expected["pruned.ftz"] = vectors(model)
    (out / "fasttext.json").write_text(json.dumps(expected, ensure_ascii=False, indent=0))


main(Path(sys.argv[1]))
