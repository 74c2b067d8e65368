import numpy as np
import pytest

from nearfield import Sequences, Vectors, Word2Vec
from nearfield.errors import BadInput
from nearfield.evaluate import Cases, item_retrieval
from nearfield.update.scores import company_score, next_item_score
from nearfield.vocabulary import Vocabulary


def test_what_comes_next_as_retrieval_has_it():
    random = np.random.default_rng(1)
    keys = [f"i{i}" for i in range(30)]
    vectors = Vectors(keys, random.normal(size=(30, 4)), random.normal(size=(30, 4)))
    lists = [random.permutation(keys)[:6].tolist() for _ in range(50)]
    cases = Cases([one[:-1] for one in lists], [one[-1:] for one in lists], Vocabulary(keys))
    assert next_item_score(vectors, cases) == item_retrieval(vectors, cases, last=5, decay=0.8).ndcg


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_company_by_hand():
    """One pair of words, both ways: the score is made of two products, and of those with noise."""
    vectors = Vectors(["a", "b"], np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([[0.5, 1.0], [1.5, -1.0]]))
    score = company_score(vectors, Sequences.from_lists([["a", "b"]]), window=1)
    products = vectors.input @ vectors.output.T
    truth = np.log(sigmoid(products[[0, 1], [1, 0]])).mean()
    noise = np.log(sigmoid(-products)).mean()  # each word is a half of the noise, as of the centres
    assert score == pytest.approx(np.exp((truth + noise) / 2), rel=0.01)


def test_knowing_nothing_is_one_half_and_knowing_the_text_is_more():
    sequences = Sequences.from_lists([["red", "green", "blue"], ["one", "two", "three"]] * 60)
    assert company_score(Vectors(["x"], np.ones((1, 2)), np.ones((1, 2))), sequences) == pytest.approx(0.5)
    model = Word2Vec(vector_size=8, min_count=1, sample=0, epochs=20, workers=1, verbose=False).fit(sequences)
    assert company_score(model.vectors_, sequences) > 0.6
    # the same pairs for everybody
    assert company_score(model.vectors_, sequences) == company_score(model.vectors_, sequences)


def test_what_has_no_company():
    vectors = Vectors(["a"], np.ones((1, 2)))
    with pytest.raises(BadInput, match="the vectors have no output rows"):
        company_score(vectors, Sequences.from_lists([["a", "a"]]))
    with pytest.raises(BadInput, match="no sequence has two words"):
        company_score(Vectors(["a"], np.ones((1, 2)), np.ones((1, 2))), Sequences.from_lists([["a"], ["a"]]))
