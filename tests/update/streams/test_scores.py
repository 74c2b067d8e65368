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


def test_company_by_hand():
    """Of the words beside "a", "b" is told from "c" but not from itself, and "a" is not told from "b"."""
    vectors = Vectors(["a", "b", "c"], np.eye(3), np.array([[0.0, 9.0, 0.0], [2.0, 0.0, 1.0], [1.0, 0.0, 5.0]]))
    sequences = Sequences.from_lists([["a", "b"], ["b", "a"], ["c"]])
    # u·v and u·n: of a with b 2, beside a 0, b 2, c 1; of b with a 9, beside a 9, b 0, c 0; noise: a, b 2 in 5, c 1
    expected = np.mean([(2 * 1 + 2 * 0.5 + 1) / 5, (2 * 0.5 + 2 * 1 + 1) / 5])
    assert company_score(vectors, sequences, window=1) == pytest.approx(expected, abs=0.01)
    # c is not known: a half where it is the noise
    known = vectors.take(np.arange(2))
    expected = np.mean([(2 * 1 + 2 * 0.5 + 0.5) / 5, (2 * 0.5 + 2 * 1 + 0.5) / 5])
    assert company_score(known, sequences, window=1) == pytest.approx(expected, abs=0.01)


def test_knowing_nothing_is_one_half_and_knowing_the_text_is_more():
    sequences = Sequences.from_lists([["red", "green", "blue"], ["one", "two", "three"]] * 60)
    assert company_score(Vectors(["x"], np.ones((1, 2)), np.ones((1, 2))), sequences) == 0.5
    model = Word2Vec(vector_size=8, min_count=1, sample=0, epochs=20, workers=1, verbose=False).fit(sequences)
    assert company_score(model.vectors_, sequences) > 0.7
    # the same pairs for everybody
    assert company_score(model.vectors_, sequences) == company_score(model.vectors_, sequences)


def test_popularity_is_no_help():
    words = np.random.default_rng(1).choice(20, (4000, 6), p=np.arange(1, 21) / 210)
    sequences = Sequences.from_lists([[f"w{i}" for i in one] for one in words.tolist()])
    popular = np.log(sequences.vocabulary.counts)[:, None]
    vectors = Vectors(sequences.vocabulary, np.ones_like(popular), popular)
    assert company_score(vectors, sequences) == pytest.approx(0.5, abs=0.01)


def test_what_has_no_company():
    vectors = Vectors(["a"], np.ones((1, 2)))
    with pytest.raises(BadInput, match="the vectors have no output rows"):
        company_score(vectors, Sequences.from_lists([["a", "a"]]))
    with pytest.raises(BadInput, match="the vectors have no output rows"):
        NextItemScore()(vectors, Cases([["b"]], [["a"]], Vocabulary(["a"])))
    with pytest.raises(BadInput, match="no sequence has two words"):
        company_score(Vectors(["a"], np.ones((1, 2)), np.ones((1, 2))), Sequences.from_lists([["a"], ["a"]]))
