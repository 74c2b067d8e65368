"""What trained nothing is refused by every estimator of sequences, and what trained little warns."""

import warnings

import numpy as np
import pytest

from nearfield import EGES, DeepWalk, Graph, ItemEmbedding, Node2Vec, Sequences, Word2Vec, update
from nearfield.errors import BadInput

SINGLE = [["a"], ["b"], ["a"], ["c"]]
PAIRS = [["a", "b"], ["b", "c"], ["c", "a"]] * 4
SIDE = {"kind": {"a": "x", "b": "y", "c": "x"}}
QUIET = {"workers": 1, "verbose": False, "vector_size": 8}


def fit(estimator, sequences, **settings):
    extra = {"side": SIDE} if estimator is EGES else {}
    return estimator(**QUIET | settings).fit(sequences, **extra)


def weighted(lists, weight):
    plain = Sequences.from_lists(lists)
    return Sequences(plain.vocabulary, plain.tokens, plain.offsets, np.full(plain.n_tokens, weight, np.float32))


@pytest.mark.parametrize("estimator", [Word2Vec, ItemEmbedding, EGES])
@pytest.mark.parametrize(
    ("sequences", "settings", "reason"),
    [
        (SINGLE, {}, "4 tokens give 0 pairs of neighbours; no sequence has two keys: expected"),
        (weighted(PAIRS, 0.0), {}, "24 tokens give 0 pairs of neighbours; all weights are 0"),
        (
            PAIRS,
            {"sample": 1e-12},
            "24 tokens give 0 pairs of neighbours; subsampling dropped the others (sample=1e-12)",
        ),
        ([["a", "x"], ["a", "y"], ["b", "z"], ["b", "u"]], {"min_count": 2}, "two keys of at least min_count=2"),
    ],
)
def test_nothing_to_train_on_is_refused(estimator, sequences, settings, reason):
    model = estimator(**QUIET | settings)
    with pytest.raises(BadInput) as refused:
        model.fit(sequences, **({"side": SIDE} if estimator is EGES else {}))
    assert str(refused.value).startswith("nothing was trained: ")
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not hasattr(model, "vectors_")


@pytest.mark.parametrize("loss", ["negative", "hierarchical", "softmax"])
@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_nothing_to_train_on_is_refused_for_every_loss(loss, architecture):
    with pytest.raises(BadInput, match="nothing was trained"):
        fit(Word2Vec, SINGLE, loss=loss, architecture=architecture)


@pytest.mark.parametrize("estimator", [DeepWalk, Node2Vec])
def test_walks_that_are_all_dropped_are_refused(estimator):
    graph = Graph.from_edges(["a", "b", "c"], ["b", "c", "a"])
    with pytest.raises(BadInput, match="nothing was trained: .* subsampling dropped the others"):
        estimator(num_walks=1, walk_length=4, sample=1e-12, **QUIET).fit(graph)


@pytest.mark.parametrize("strategy", ["fine_tune", "settle", "lwf"])
def test_an_update_by_nothing_is_refused(strategy):
    vectors = fit(ItemEmbedding, PAIRS * 10, sample=0).vectors_
    with pytest.raises(BadInput, match="nothing was trained: 4 tokens give 0 pairs"):
        update(vectors, SINGLE, strategy=strategy)
    assert update(vectors, []).trained_on == 0  # no new data is another thing


def test_an_update_by_unknown_keys_alone_is_refused():
    vectors = fit(ItemEmbedding, PAIRS * 10, sample=0).vectors_
    for settings in ({"grow": False}, {"min_count": 9}):
        with pytest.raises(BadInput, match="nothing was trained: none of 4 tokens is of a key that is known .*'x'"):
            update(vectors, [["x", "y"], ["x", "z"]], **settings)


def test_goals_and_users_are_neighbours_too():
    with warnings.catch_warnings(action="ignore"):
        model = ItemEmbedding(**QUIET).fit(SINGLE, users=["u", "u", "v", "v"])
    assert model.vectors_.metadata["trained"]["pairs"] > 0


def test_few_pairs_warn_with_their_number():
    with pytest.warns(UserWarning, match=r"trained on \d+ pairs of neighbours, [\d.]+ for each of 3 keys, in 5 epochs"):
        model = fit(Word2Vec, [["a", "b", "c"]], sample=0)
    assert model.vectors_.metadata["trained"]["pairs"] < 30
    with warnings.catch_warnings(action="error"):
        fit(Word2Vec, PAIRS * 10, sample=0)


@pytest.mark.parametrize("estimator", [Word2Vec, ItemEmbedding, EGES])
@pytest.mark.parametrize("direction", ["both", "forward"])
@pytest.mark.parametrize("length", [2, 3, 5, 63, 64, 65])
def test_every_epoch_has_a_finite_loss_however_short_sequences_are(estimator, direction, length):
    lists = [[f"k{(i + start) % 7}" for i in range(length)] for start in range(4)]
    side = {"kind": {f"k{i}": str(i % 2) for i in range(7)}}
    model = estimator(**QUIET | {"epochs": 3, "direction": direction, "sample": 0})
    with warnings.catch_warnings(action="ignore"):
        model.fit(lists, **({"side": side} if estimator is EGES else {}))
    assert len(model.losses_) == 3
    assert np.isfinite(model.losses_).all()
    # untrained outputs are zeros: ln 2 for the centre and each sample at most
    assert 0 < model.losses_[0] < 1.01 * (model.negative + 1) * np.log(2)


def test_an_epoch_without_any_pair_has_the_loss_of_the_one_beside_it():
    with warnings.catch_warnings(action="ignore"):
        model = fit(Word2Vec, [["a", "b", "c"]] * 3, sample=0.02, epochs=40)
    assert len(model.losses_) == 40
    assert np.isfinite(model.losses_).all()


def test_pairs_are_counted():
    model = fit(Word2Vec, [["a", "b", "c"]] * 20, sample=0, window=1, epochs=2)
    assert model.vectors_.metadata["trained"]["pairs"] == 2 * 20 * 4
    model = fit(ItemEmbedding, [["a", "b", "c"]] * 20, sample=0, window=1, epochs=2)
    assert model.vectors_.metadata["trained"]["pairs"] == 2 * 20 * 2
