"""Item neighbourhoods against dense matrices and against the definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics.pairwise import cosine_similarity

from nearfield import Sequences
from nearfield.errors import BadInput, NotFitted
from nearfield.evaluate import ItemKNN


def some_sequences(seed=0, users=60, items=25):
    random = np.random.default_rng(seed)
    return Sequences.from_lists(
        [random.integers(0, items, random.integers(1, 9)).astype(str).tolist() for _ in range(users)]
    )


def dense(sequences):
    """Users by items, 1 where a user had an item."""
    matrix = np.zeros((len(sequences), len(sequences.vocabulary)))
    for row, ids in zip(matrix, sequences, strict=True):
        row[ids] = 1
    return matrix


def test_cosines_are_those_of_scikit_learn():
    sequences = some_sequences()
    expected = cosine_similarity(dense(sequences).T)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(ItemKNN().fit(sequences).similarity_.toarray(), expected, atol=1e-6)


def test_shrinkage_and_bm25_follow_their_formulas():
    sequences = some_sequences(1)
    users = dense(sequences)
    lengths = users.sum(axis=1, keepdims=True)
    rarity = np.log(len(users) / users.sum(axis=0))
    weighed = users * rarity * 2.2 / (1.2 * (0.25 + 0.75 * lengths / lengths.mean()) + 1)
    norms = np.linalg.norm(weighed, axis=0)
    expected = weighed.T @ weighed / (np.outer(norms, norms) + 7)
    np.fill_diagonal(expected, 0)
    found = ItemKNN(weighting="bm25", shrinkage=7).fit(sequences).similarity_.toarray()
    np.testing.assert_allclose(found, expected, atol=1e-5)


@given(st.integers(0, 50), st.integers(1, 6), st.integers(1, 8))
def test_answers_are_sums_over_the_neighbours_that_are_kept(seed, neighbours, k):
    sequences = some_sequences(seed, users=30, items=12)
    model = ItemKNN(neighbours=neighbours).fit(sequences)
    full = ItemKNN(neighbours=10**6).fit(sequences).similarity_.toarray()
    kept = np.zeros_like(full)
    for row, values in zip(kept, full, strict=True):
        best = np.argsort(-values, kind="stable")[:neighbours]
        row[best] = values[best]
    history = sequences.keys(0)
    scores = kept[np.unique(sequences[0])].sum(axis=0)
    scores[sequences[0]] = 0
    ((*found,),) = model.next_batch([history], k=k, exclude=[history])
    expected = [i for i in np.argsort(-scores, kind="stable") if scores[i] > 0][:k]
    assert [score for _, score in found] == pytest.approx([scores[i] for i in expected], rel=1e-5)
    assert dict(found) == {key: pytest.approx(scores[sequences.vocabulary[key]], rel=1e-5) for key, _ in found}


def test_what_is_unknown_is_passed_over():
    model = ItemKNN().fit(Sequences.from_lists([["a", "b"], ["a", "b"], ["c"]]))
    assert model.next_batch([["never seen"], ["c"], []]) == [[], [], []]
    assert [key for key, _ in model.next_batch([["a", "never seen"]], exclude=[["a"]])[0]] == ["b"]


def test_what_cannot_be_is_refused():
    with pytest.raises(NotFitted, match="ItemKNN has no similarity_ yet; call fit first"):
        ItemKNN().next_batch([["a"]])
    for options, message in [
        ({"weighting": "tf"}, "weighting is 'tf'; expected one of cosine, bm25"),
        ({"neighbours": 0}, "neighbours is 0; expected a whole number of at least 1"),
        ({"shrinkage": np.nan}, "shrinkage is nan; expected a number of at least 0"),
    ]:
        with pytest.raises(BadInput, match=message):
            ItemKNN(**options).fit(Sequences.from_lists([["a", "b"]]))
