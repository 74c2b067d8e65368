"""Beyond accuracy, against sums done by hand and over random lists."""

import numpy as np
import pytest

from nearfield import Vectors
from nearfield.evaluate.diversity import catalogue_figures, gini, intra_list_diversity, listed_ids
from nearfield.vocabulary import Vocabulary


def test_diversity_is_one_minus_the_mean_cosine_of_pairs():
    random = np.random.default_rng(0)
    vectors = Vectors(list("abcdef"), random.normal(size=(6, 4)).astype(np.float32))
    lists = [[("a", 1.0), ("c", 0.5), ("f", 0.2)], [("b", 1.0), ("never seen", 0.1)], []]
    found = intra_list_diversity(lists, vectors, 3)
    cosines = [vectors.similarity(*pair) for pair in (("a", "c"), ("a", "f"), ("c", "f"))]
    assert found[0] == pytest.approx(1 - np.mean(cosines), abs=1e-6)
    assert np.isnan(found[1:]).all()


def test_gini_by_the_mean_difference():
    exposures = np.random.default_rng(1).integers(0, 20, 30).astype(float)
    every = np.concatenate([exposures, np.zeros(12)])
    expected = np.abs(every[:, None] - every).mean() / (2 * every.mean())
    assert gini(exposures[None], 42)[0] == pytest.approx(expected)


def test_catalogue_figures_hold_what_they_are_intervals_of():
    vocabulary = Vocabulary(list("abcdefgh"))
    lists = [[("a", 1.0), (key, 0.5)] for key in "bcbcde"]
    figures = catalogue_figures(listed_ids(lists, vocabulary, 2), 8)
    assert figures["coverage"].value == 5 / 8
    assert figures["coverage"].interval[0] <= 5 / 8 <= figures["coverage"].interval[1]
