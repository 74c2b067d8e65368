import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from nearfield import Sequences, Vectors
from nearfield.datasets import movielens_100k
from nearfield.errors import BadInput
from nearfield.evaluate import Popularity, leave_last_out, next_item


@pytest.fixture
def sequences():
    found = Sequences.from_lists([["a", "b", "c"], ["b"], ["a", "b"], ["b", "a", "a", "d"], []])
    times = np.arange(found.n_tokens, dtype=np.int64)
    return Sequences(found.vocabulary, found.tokens, found.offsets, times.astype(np.float32) / 2, times)


def test_the_last_of_each_is_held_out_and_not_counted(sequences):
    train, targets = leave_last_out(sequences)
    assert targets == ["c", "b", "d"]
    assert [train.keys(i) for i in range(len(train))] == [["a", "b"], ["a"], ["b", "a", "a"]]
    assert train.vocabulary.keys == ("a", "b")
    assert train.vocabulary.counts.tolist() == [4, 2]
    assert train.times.tolist() == [0, 1, 4, 6, 7, 8]
    assert train.weights.tolist() == [0, 0.5, 2, 3, 3.5, 4]


def test_without_times_there_are_none():
    train, _ = leave_last_out(Sequences.from_lists([["a", "b"]]))
    assert (train.times, train.weights) == (None, None)


def test_nothing_to_foretell_is_refused():
    with pytest.raises(BadInput, match="no sequence has two tokens"):
        leave_last_out(Sequences.from_lists([["a"], ["b"]]))


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


def test_the_whole_way_beside_brute_force(sequences):
    train, targets = leave_last_out(sequences)
    histories = [train.keys(i) for i in range(len(train))]
    random = np.random.default_rng(5)
    vectors = Vectors(list("abcd"), random.normal(size=(4, 3)), random.normal(size=(4, 3)))
    hits, gains = [], []
    for history, target in zip(histories, targets, strict=True):
        scores = vectors.output @ vectors[history].mean(axis=0)
        unseen = [key for key in vectors.keys if key not in history]
        ranked = sorted(unseen, key=lambda key: -scores[vectors.vocabulary[key]])
        place = ranked.index(target) + 1
        hits.append(place <= 2)
        gains.append(1 / np.log2(place + 1) if place <= 2 else 0)
    result = next_item(vectors.next_batch(histories, k=2, exclude=histories), targets, k=2)
    assert (result.hit_rate, result.ndcg) == (pytest.approx(np.mean(hits)), pytest.approx(np.mean(gains)))


def test_popularity_is_the_order_of_counts_without_what_was_seen():
    baseline = Popularity(Sequences.from_lists([["a", "a", "a", "b", "b", "c"]]))
    answers = baseline.next_batch([["a"], ["z"]], k=2, exclude=[["a"], []])
    assert answers == [[("b", 2.0), ("c", 1.0)], [("a", 3.0), ("b", 2.0)]]
    assert baseline.next_batch([["a"]], k=9) == [[("a", 3.0), ("b", 2.0), ("c", 1.0)]]
    with pytest.raises(BadInput, match="exclude has 1 lists for 2 histories"):
        baseline.next_batch([["a"], ["b"]], exclude=[["a"]])


def test_popularity_on_movielens_by_numpy(dataset):
    train, targets = leave_last_out(dataset(movielens_100k.load).sequences())
    histories = [train.keys(i) for i in range(len(train))]
    result = next_item(Popularity(train).next_batch(histories, k=10, exclude=histories), targets, k=10)
    counts = np.tile(train.vocabulary.counts.astype(np.float64), (len(train), 1))
    for i in range(len(train)):
        counts[i, train[i]] = -1
    best = np.argsort(-counts, axis=1, kind="stable")[:, :10]
    wanted = np.array([train.vocabulary.get(target, -1) for target in targets])
    assert result.hit_rate == pytest.approx((best == wanted[:, None]).any(axis=1).mean())
    assert result.n == 943


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], []), "0 lists for 0 targets"),
        (([[]], ["a", "b"]), "1 lists for 2 targets; expected one each"),
        (([[("a", 1.0)]], ["a"], 0), "k is 0; expected at least 1"),
    ],
)
def test_what_cannot_be_judged(arguments, message):
    lists, targets, *k = arguments
    with pytest.raises(BadInput, match=message):
        next_item(lists, targets, k=k[0] if k else 10)
