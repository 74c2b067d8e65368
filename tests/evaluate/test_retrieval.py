import json

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from nearfield import Sequences, Vectors
from nearfield.errors import BadInput
from nearfield.evaluate import Popularity, item_retrieval, leave_last_out, next_item


@pytest.fixture
def sequences():
    return Sequences.from_lists([["a", "b", "c"], ["b"], ["a", "b"], ["b", "a", "a", "d"], []])


@pytest.mark.parametrize("k", [1, 5, 20])
def test_metrics_as_in_scikit_learn(k):
    random = np.random.default_rng(4)
    scores, targets = random.permuted(np.tile(np.arange(30.0), (200, 1)), axis=1), random.integers(0, 30, 200)
    relevant = np.eye(30)[targets]
    order = np.argsort(-scores, axis=1)
    recommended = [[(str(i), row[i]) for i in ids[:20]] for row, ids in zip(scores, order, strict=True)]
    result = next_item(recommended, list(map(str, targets)), k=k)
    assert result.ndcg == pytest.approx(ndcg_score(relevant, scores, k=k))
    assert result.hit_rate == np.mean([target in ids[:k] for target, ids in zip(targets, order, strict=True)])
    assert result.hit_rate_interval[0] <= result.hit_rate <= result.hit_rate_interval[1]
    assert result.ndcg_interval[0] < result.ndcg < result.ndcg_interval[1]
    assert (result.n, result.to_dict()["k"]) == (200, k)


def brute_force(vectors, cases, k):
    """Hits and gains of each case, by the definition."""
    hits, gains = [], []
    for history, (target,) in zip(cases.histories, cases.targets, strict=True):
        scores = vectors.output @ vectors[history].mean(axis=0)
        unseen = [key for key in vectors.keys if key not in history]
        place = sorted(unseen, key=lambda key: -scores[vectors.vocabulary[key]]).index(target) + 1
        hits.append(place <= k)
        gains.append(1 / np.log2(place + 1) if place <= k else 0)
    return hits, gains


def test_the_whole_way_beside_brute_force(sequences):
    _, cases = leave_last_out(sequences)
    random = np.random.default_rng(5)
    vectors = Vectors(list("abcd"), random.normal(size=(4, 3)), random.normal(size=(4, 3)))
    result = item_retrieval(vectors, cases, k=2, vectors=vectors)
    hits, gains = brute_force(vectors, cases.unseen(), 2)
    assert (result.hit_rate, result.ndcg) == (pytest.approx(np.mean(hits)), pytest.approx(np.mean(gains)))
    assert result.figures["mrr"].value == pytest.approx(np.mean([g and 1 / (2 ** (1 / g) - 1) for g in gains]))
    assert {"novelty", "popularity", "coverage", "gini", "diversity"} <= set(result.figures)
    assert sum(group.n for group in result.by_history) == sum(group.n for group in result.by_popularity) == result.n
    json.dumps(result.to_dict())


def test_only_the_last_entries_are_shown_and_none_of_the_history_comes_again(sequences):
    _, cases = leave_last_out(sequences)
    asked = []

    class Listener:
        def next_batch(self, histories, *, k, exclude, **options):
            asked.append((histories, exclude, options))
            return [[("c", 1.0)] for _ in histories]

    result = item_retrieval(Listener(), cases, last=1, decay=0.5)
    assert asked == [([["b"], ["a"], ["a"]], [["a", "b"], ["a"], ["b", "a", "a"]], {"decay": 0.5})]
    assert result.hit_rate == pytest.approx(1 / 3)


def test_half_lives_bring_the_times_of_what_is_shown():
    found = Sequences.from_lists([["a", "b", "c"], ["b", "c", "a"]])
    timed = Sequences(found.vocabulary, found.tokens, found.offsets, times=np.arange(6))
    vectors = Vectors(list("abc"), np.eye(3), np.eye(3))
    cases = leave_last_out(timed).cases
    assert item_retrieval(vectors, cases, last=1, half_life="1d").n == 2
    with pytest.raises(BadInput, match="half_life for histories without times"):
        item_retrieval(vectors, leave_last_out(found).cases, half_life="1d")


def test_candidates_make_it_easier_and_are_told():
    random = np.random.default_rng(0)
    sequences = Sequences.from_lists([random.permutation(200)[:6].astype(str).tolist() for _ in range(150)])
    train, cases = leave_last_out(sequences)
    full, sampled = (item_retrieval(Popularity(train), cases, candidates=n) for n in (None, 20))
    assert (full.candidates, sampled.candidates) == (None, 20)
    # a target is among the first ten of twenty-one by chance
    assert sampled.hit_rate > full.hit_rate + 0.2
    assert sampled.to_dict() == item_retrieval(Popularity(train), cases, candidates=20).to_dict()


def test_no_case_left_is_refused():
    cases = leave_last_out(Sequences.from_lists([["a", "a"]])).cases
    with pytest.raises(BadInput, match="no case is left to judge, 1 are left out"):
        item_retrieval(Popularity(Sequences.from_lists([["a"]])), cases)
    with pytest.raises(BadInput, match="last is 0; expected a whole number of at least 1"):
        item_retrieval(Popularity(Sequences.from_lists([["a"]])), cases, repeats=True, last=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], []), "0 lists for 0 targets"),
        (([[]], ["a", "b"]), "1 lists for 2 targets; expected one each"),
        (([[("a", 1.0)]], ["a"], 0), "k is 0; expected a whole number of at least 1"),
    ],
)
def test_what_cannot_be_judged(arguments, message):
    lists, targets, *k = arguments
    with pytest.raises(BadInput, match=message):
        next_item(lists, targets, k=k[0] if k else 10)
