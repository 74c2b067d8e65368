import numpy as np
import pytest

from nearfield import Sequences
from nearfield.datasets import movielens_100k
from nearfield.errors import BadInput
from nearfield.evaluate import Popularity, item_retrieval, leave_last_out


def test_popularity_is_the_order_of_counts_without_what_was_seen():
    baseline = Popularity(Sequences.from_lists([["a", "a", "a", "b", "b", "c"]]))
    answers = baseline.next_batch([["a"], ["z"]], k=2, exclude=[["a"], []])
    assert answers == [[("b", 2.0), ("c", 1.0)], [("a", 3.0), ("b", 2.0)]]
    assert baseline.next_batch([["a"]], k=9) == [[("a", 3.0), ("b", 2.0), ("c", 1.0)]]
    with pytest.raises(BadInput, match="exclude has 1 lists for 2 histories"):
        baseline.next_batch([["a"], ["b"]], exclude=[["a"]])


def test_with_a_half_life_what_is_old_counts_less():
    found = Sequences.from_lists([["a", "a", "a", "b"]])
    timed = Sequences(found.vocabulary, found.tokens, found.offsets, times=np.array([0, 0, 0, 2_000_000]))
    answer = Popularity(timed, half_life="1s").next_batch([[]])[0]
    assert answer == [("b", 1.0), ("a", pytest.approx(3 * 0.25))]
    with pytest.raises(BadInput, match="half_life for sequences without times"):
        Popularity(found, half_life="1s")


def test_popularity_on_movielens_by_numpy(dataset):
    train, cases = leave_last_out(dataset(movielens_100k.load).sequences())
    result = item_retrieval(Popularity(train), cases)
    counts = np.tile(train.vocabulary.counts.astype(np.float64), (len(train), 1))
    for i in range(len(train)):
        counts[i, train[i]] = -1
    best = np.argsort(-counts, axis=1, kind="stable")[:, :10]
    wanted = np.array([train.vocabulary.get(target, -1) for (target,) in cases.targets])
    assert result.hit_rate == pytest.approx((best == wanted[:, None]).any(axis=1).mean())
    assert result.n == 943
