import numpy as np
import pytest

from nearfield import Sequences, Vectors, Word2Vec
from nearfield.errors import BadInput
from nearfield.evaluate import Cases, item_retrieval
from nearfield.update.streams.scores import NextItemScore, company_score
from nearfield.vocabulary import Vocabulary


@pytest.mark.parametrize(("k", "last", "decay"), [(10, 5, 0.8), (1, 1, 0.5), (3, 4, 1.0)])
def test_what_comes_next_as_retrieval_has_it(k, last, decay):
    random = np.random.default_rng(1)
    keys = [f"i{i}" for i in range(30)]
    rows = random.normal(size=(2, 28, 4)).round(1)  # some products are equal; two items are not known
    rows[1, :5] = 0
    vectors = Vectors(keys[:28], *rows)
    lists = [random.permutation(keys)[: random.integers(2, 9)].tolist() for _ in range(300)]
    cases = Cases([one[:-1] for one in lists], [one[-1:] for one in lists], Vocabulary(keys))
    expected = item_retrieval(vectors, cases, k=k, last=last, decay=decay, resamples=1).ndcg
    score = NextItemScore(k=k, last=last, decay=decay)
    assert score(vectors, cases) == pytest.approx(expected, abs=1e-9)
    assert score(vectors, cases.take(np.arange(9))) != score(vectors, cases)  # others are not taken for them


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
    with pytest.raises(BadInput, match="the vectors have no output rows"):
        NextItemScore()(vectors, Cases([["b"]], [["a"]], Vocabulary(["a"])))
    with pytest.raises(BadInput, match="no sequence has two words"):
        company_score(Vectors(["a"], np.ones((1, 2)), np.ones((1, 2))), Sequences.from_lists([["a"], ["a"]]))
