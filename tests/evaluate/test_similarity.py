import json

import numpy as np
import pytest
from scipy.stats import spearmanr

from nearfield import Vectors
from nearfield.datasets import word_eval
from nearfield.errors import BadInput
from nearfield.evaluate import read_pairs, word_similarity


@pytest.mark.parametrize("case_insensitive", [True, False])
@pytest.mark.parametrize("name", word_eval.SIMILARITY)
def test_gensim_says_the_same(dataset, keyed_vectors, vectors, name, case_insensitive):
    path = dataset(word_eval.similarity, name)
    _, theirs, without = keyed_vectors.evaluate_word_pairs(path, case_insensitive=case_insensitive)
    ours = word_similarity(vectors, path, case_insensitive=case_insensitive, resamples=20)
    assert ours.rho == pytest.approx(theirs.statistic, abs=1e-6)
    assert 100 * (1 - ours.coverage) == pytest.approx(without)
    assert (ours.name, ours.total) == (name, word_eval.SIMILARITY[name])


@pytest.fixture
def toy():
    """Five words at rising angles, and one in capitals."""
    angles = np.array([0, 0.1, 0.4, 0.9, 1.5, 0.2])
    keys = ["a", "b", "c", "d", "e", "B"]
    return Vectors(keys, np.stack([np.cos(angles), np.sin(angles)], axis=1), counts=[60, 50, 40, 30, 20, 10])


def test_the_order_is_what_counts(toy):
    pairs = [("a", "b", 10), ("a", "c", 9), ("a", "d", 2), ("a", "e", 1)]
    assert word_similarity(toy, pairs).rho == pytest.approx(1)
    assert word_similarity(toy, [(a, b, -score) for a, b, score in pairs]).rho == pytest.approx(-1)


def test_what_is_unknown_is_counted_and_named(toy):
    result = word_similarity(toy, [("a", "b", 3), ("a", "x", 2), ("y", "x", 1), ("a", "e", 1)])
    assert (result.n, result.total, result.coverage, result.unknown) == (2, 4, 0.5, ("x", "y"))


def test_the_interval_holds_the_figure(dataset, vectors):
    result = word_similarity(vectors, dataset(word_eval.similarity, "EN-MEN-TR-3k"))
    low, high = result.interval
    assert low < result.rho < high
    assert 0.02 < high - low < 0.2
    assert word_similarity(vectors, dataset(word_eval.similarity, "EN-MEN-TR-3k")) == result


def test_bands_are_the_same_figures_of_a_part_of_the_pairs(dataset, vectors):
    path = dataset(word_eval.similarity, "EN-SIMLEX-999")
    bands = word_similarity(vectors, path, bands=[20, 100]).bands
    assert [(band.low, band.high) for band in bands] == [(0, 19), (20, 99), (100, None)]
    counts = {}  # the first spelling of a word is the one that is meant
    for key, count in zip(vectors.keys, vectors.counts.tolist(), strict=True):
        counts.setdefault(key.lower(), (key, count))
    parts = {0: [], 1: [], 2: []}
    for a, b, score in read_pairs(path):
        if a in counts and b in counts:
            (first, n), (second, m) = counts[a], counts[b]
            parts[(min(n, m) >= 20) + (min(n, m) >= 100)].append((score, vectors.similarity(first, second)))
    for band, part in zip(bands, parts.values(), strict=True):
        assert band.n == len(part) > 20
        assert band.rho == pytest.approx(spearmanr(*zip(*part, strict=True)).statistic, abs=1e-6)
        assert band.interval[0] < band.rho < band.interval[1]


def test_without_counts_there_are_no_bands(toy):
    assert word_similarity(Vectors(toy.keys, toy.input), [("a", "b", 1), ("a", "c", 2)]).bands == ()


def test_smaller_storage_says_about_the_same(dataset, vectors):
    path = dataset(word_eval.similarity, "EN-WS-353-ALL")
    exact, stored = (word_similarity(one, path).rho for one in (vectors, vectors.quantize("int8")))
    assert stored == pytest.approx(exact, abs=0.01)


def test_the_result_is_json(toy):
    result = word_similarity(toy, [("a", "b", 3), ("a", "c", 2), ("x", "a", 1)], bands=1)
    content = json.loads(json.dumps(result.to_dict()))
    assert content["unknown"] == ["x"]
    assert content["bands"][0]["n"] == content["n"] == 2
    assert content["coverage"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([], "no word pairs; expected at least one"),
        ([("a", "b", 1), ("a", "b")], r"\('a', 'b'\) is no word pair; expected \(word, word, score\)"),
        ([("a", "b", "9")], r"\('a', 'b', '9'\) is no word pair"),
        ([("a", "b", np.nan)], r"\('a', 'b', nan\) is no word pair"),
        (["abc"], "'abc' is no word pair"),
    ],
)
def test_what_is_no_pair_is_refused(toy, pairs, message):
    with pytest.raises(BadInput, match=message):
        word_similarity(toy, pairs)


def test_no_resamples_are_refused(toy):
    with pytest.raises(BadInput, match="resamples is 0; expected a whole number of at least 1"):
        word_similarity(toy, [("a", "b", 1), ("a", "c", 2)], resamples=0)


def test_nothing_known_is_nan_and_not_an_error(toy):
    result = word_similarity(toy, [("x", "y", 1), ("x", "z", 2)])
    assert np.isnan(result.rho)
    assert (result.n, result.coverage) == (0, 0)
