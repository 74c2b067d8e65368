"""fastText's models as fastText itself and gensim write them, and what they say of unknown words."""

import json
import struct
from contextlib import suppress
from pathlib import Path

import gensim
import numpy as np
import pytest
from gensim.models.fasttext import load_facebook_vectors, save_facebook_model

from nearfield import load
from nearfield.errors import BadInput, UnknownKey
from nearfield.formats import save

DATA = Path(__file__).parent / "data"
EXPECTED = json.loads((DATA / "fasttext.json").read_text(encoding="utf-8"))
UNKNOWN = ["riverbank", "naïv", "天津", "😀😀", "a", "greens"]


@pytest.mark.parametrize("mmap", [True, False])
@pytest.mark.parametrize("name", EXPECTED)
def test_the_vectors_are_those_of_fasttext(name, mmap):
    vectors = load(DATA / name, mmap=mmap)
    assert vectors.keys == tuple(word for word in EXPECTED[name] if word not in UNKNOWN)
    for word, expected in EXPECTED[name].items():
        if any(expected):
            np.testing.assert_allclose(vectors[word], expected, atol=1e-6)
        else:  # fastText says zeros of a word without n-grams
            with pytest.raises(UnknownKey):
                vectors[word]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model that gensim has trained, its file, and what gensim reads of it."""
    random = np.random.default_rng(0)
    words = ["naïve", "北京", "🙂", "river", "bank", "money", "don't", "x", "e\u0301"]
    text = [[words[i] for i in random.integers(0, len(words), 10)] for _ in range(200)]
    model = gensim.models.FastText(
        text, vector_size=12, min_n=1, max_n=5, bucket=500, min_count=1, epochs=1, workers=1, seed=1
    )
    path = tmp_path_factory.mktemp("fasttext") / "model.bin"
    save_facebook_model(model, str(path))
    return path, load_facebook_vectors(str(path))


def test_gensim_says_the_same_of_known_and_of_unknown_words(trained):
    path, theirs = trained
    ours = load(path)
    assert set(ours.keys) == set(theirs.index_to_key)
    for word in [*theirs.index_to_key, "rivers", "北京人", "naïvety🙂", "<river>", "zz"]:
        np.testing.assert_allclose(ours[word], theirs[word], atol=1e-6)
    assert [ours.counts[ours.vocabulary[key]] for key in theirs.index_to_key] == [
        theirs.get_vecattr(key, "count") for key in theirs.index_to_key
    ]
    assert ours.metadata["trained"]["max_n"] == 5


def test_unknown_words_are_asked_as_known_ones(trained):
    path, theirs = trained
    ours = load(path)
    for key, score in ours.similar("rivers", k=9):
        assert score == pytest.approx(theirs.similarity("rivers", key), abs=1e-5)
    assert ours.similarity("rivers", "banks") == pytest.approx(theirs.similarity("rivers", "banks"), abs=1e-5)
    pair = ours.similar(["rivers", "bank"], minus="moneys", k=3)
    their_pair = theirs.most_similar(positive=["rivers", "bank"], negative=["moneys"], topn=3)
    assert [key for key, _ in pair] == [key for key, _ in their_pair]
    by_product = ours.similar(["rivers", "bank"], minus="moneys", k=3, method="3cosmul")
    theirs_by_product = theirs.most_similar_cosmul(positive=["rivers", "bank"], negative=["moneys"], topn=3)
    assert [key for key, _ in by_product] == [key for key, _ in theirs_by_product]
    assert ours.rank("rivers", ours.similar("rivers", k=2)[1][0]) == 2
    assert ours.doesnt_match(["rivers", "river", "北京"]) == theirs.doesnt_match(["rivers", "river", "北京"])
    assert "rivers" not in ours
    assert ours[["rivers", "river"]].shape == (2, 12)


def test_a_folder_keeps_the_subwords(trained, tmp_path):
    path, theirs = trained
    for name, atol in (("float32", 1e-6), ("float16", 1e-3), ("int8", 1e-2)):
        load(path).quantize(name).save(tmp_path / name)
        np.testing.assert_allclose(load(tmp_path / name)["rivers"], theirs["rivers"], atol=atol)
    assert load(tmp_path / "float32", limit=3)["rivers"].tolist() == load(path)["rivers"].tolist()
    assert save(load(path), tmp_path / "v.txt") == ("subwords", "counts", "metadata")
    load(DATA / "pruned.ftz").save(tmp_path / "pruned")
    for word in EXPECTED["pruned.ftz"]:
        if any(EXPECTED["pruned.ftz"][word]):
            np.testing.assert_allclose(load(tmp_path / "pruned")[word], EXPECTED["pruned.ftz"][word], atol=1e-6)


def test_some_of_the_words(trained):
    path, theirs = trained
    assert load(path, limit=2).keys == load(path).keys[:2]
    some = load(path, keys=["🙂", "bank", "absent"])
    assert set(some.keys) == {"🙂", "bank"}
    assert dict(zip(some.keys, some.counts.tolist(), strict=True)) == {
        key: theirs.get_vecattr(key, "count") for key in some.keys
    }
    np.testing.assert_allclose(some["absent"], theirs["absent"], atol=1e-6)


def test_it_is_not_written(trained, tmp_path):
    with pytest.raises(BadInput, match="format 'fasttext' can only be read; expected one of native, word2vec, "):
        save(load(trained[0]), tmp_path / "v.bin", format="fasttext")


def test_damaged_models_are_refused(tmp_path):
    """Cut anywhere, or with any byte changed, a model is read as it stands or refused; memory stays small."""
    whole = (DATA / "quantized.ftz").read_bytes()
    path = tmp_path / "model.bin"
    input_ends = len(whole) - 60  # the output matrix behind it is not read
    for length in range(8, input_ends, 97):
        path.write_bytes(whole[:length])
        with pytest.raises(BadInput, match=r"model.bin: .*(damaged|cut short|settings)"):
            load(path)
    random = np.random.default_rng(0)
    for place in random.integers(0, 700, 150).tolist():
        path.write_bytes(whole[:place] + bytes([random.integers(256)]) + whole[place + 1 :])
        with suppress(BadInput):
            load(path)
    path.write_bytes(whole[:4] + struct.pack("<i", 13) + whole[8:])
    with pytest.raises(BadInput, match="model.bin: is of version 13 of fastText's format; expected 11 or 12"):
        load(path)
