"""`nf.update` for words and items: what is kept bit for bit, who gets which id, and what is refused."""

from __future__ import annotations

import functools
import threading
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nearfield as nf
from nearfield.embed.huffman import tree_of
from nearfield.errors import BadInput, UnknownKey
from nearfield.update import EWC, FineTune, Freeze, LwF, Replay, Reservoir, Settle

SETTINGS = {
    "vector_size": 8, "window": 2, "negative": 3, "epochs": 3, "sample": None, "workers": 1, "verbose": False
}  # fmt: skip
ALL = ("retrain", "fine_tune", "replay", "lwf", "ewc", "freeze", "settle", "replay+lwf", "replay+ewc+settle")
CASES = [*(("negative", one) for one in ALL), *(("hierarchical", one) for one in ("retrain", "fine_tune", "replay"))]
RATE = {"alpha": 0.02, "min_alpha": 0.02, "epochs": 1, "grow": False}  # as the property of two updates wants them

SAVED = ("fine_tune", "lwf", "settle", "ewc", "freeze")

keys = st.sampled_from([f"k{i}" for i in range(12)])
lists = st.lists(st.lists(keys, min_size=2, max_size=6), min_size=1, max_size=5)
# with two known keys in a sequence: else there is nothing to train on, which is refused
paired = lists.filter(lambda some: any(sum(not key.startswith("new") for key in one) > 1 for one in some))
quick = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def circles(n=12, times=60, first=0):
    return [[f"k{first + (start + step) % n}" for step in range(6)] for start in range(times)]


@functools.cache
def fitted(estimator="ItemEmbedding", **changed):
    return getattr(nf, estimator)(**SETTINGS | changed).fit(circles()).vectors_


def learnt(loss, **changed):
    return fitted("ItemEmbedding" if loss == "negative" else "Word2Vec", **changed, **of_loss(loss))


def of_loss(loss):
    return {} if loss == "negative" else {"loss": loss}  # items have no other


def tables(vectors):
    return *(f"{name}: ".encode() + one[:].tobytes() for name, one in vectors.tables.items()), vectors.counts.tobytes()


@pytest.mark.parametrize(("loss", "strategy"), CASES)
def test_no_new_data_change_nothing(loss, strategy):
    old = learnt(loss)
    report = nf.update(old, [], strategy=strategy, old=circles())
    assert report.content is old
    assert report.trained_on == 0


@pytest.mark.parametrize(("loss", "strategy"), CASES)
def test_what_is_given_stays_and_ids_do_not_change(loss, strategy):
    old = learnt(loss)
    before = tables(old)
    new = [["k3", "new", "k4", "newer"], ["newer", "new", "newer"]]
    report = nf.update(old, new, strategy=strategy, old=circles())
    assert tables(old) == before
    assert report.vectors.keys == (*old.keys, "newer", "new")
    assert report.new_keys == ("newer", "new")
    counted = dict(zip(report.vectors.keys, report.vectors.counts.tolist(), strict=True))
    assert (counted["newer"], counted["new"]) == (3, 2)
    assert counted["k3"] == old.counts[old.vocabulary["k3"]] + 1
    assert report.vectors.tables.keys() == old.tables.keys()


@quick
@given(lists, st.booleans())
def test_frozen_rows_stay_bit_for_bit(new, cbow):
    old = fitted(architecture="cbow" if cbow else "skipgram")
    found = nf.update(old, [*new, ["new", "k1", "other"]], strategy="freeze", alpha=0.5).vectors
    assert found.input[: len(old)].tobytes() == old.input.tobytes()
    assert found.output[: len(old)].tobytes() == old.output.tobytes()
    assert found.input[len(old) :].any(axis=1).all()


@quick
@given(lists, lists, st.sampled_from([one for one in CASES if one[1] in SAVED]))
def test_saving_between_two_updates_makes_no_difference(tmp_path_factory, first, second, case):
    (loss, strategy), place = case, tmp_path_factory.mktemp("between") / "saved"
    at_once = nf.update(learnt(loss), first, strategy=strategy).vectors
    at_once.save(place)
    loaded = nf.load(place)
    assert tables(loaded) == tables(at_once)
    pair = [nf.update(one, second, strategy=strategy).vectors for one in (at_once, loaded)]
    assert tables(pair[0]) == tables(pair[1])
    assert pair[0].metadata == pair[1].metadata


@quick
@given(paired, paired, st.sampled_from(["skipgram", "cbow"]), st.sampled_from(["negative", "hierarchical"]))
def test_two_updates_are_one_with_both_parts(first, second, architecture, loss):
    old = learnt(loss, architecture=architecture)
    one_by_one = nf.update(old, first, strategy="fine_tune", **RATE).vectors
    # the random numbers go on from one update to the next
    started = nf.update(old, [["k1", "k2"]], strategy="fine_tune", **RATE).vectors
    both = nf.update(started, [*first, *second], strategy="fine_tune", **RATE).vectors
    apart = nf.update(started, first, strategy="fine_tune", **RATE).vectors
    apart = nf.update(apart, second, strategy="fine_tune", **RATE).vectors
    assert tables(apart) == tables(both)
    together = nf.update(old, [*first, *second], strategy="fine_tune", **RATE).vectors
    again = nf.update(one_by_one, second, strategy="fine_tune", **RATE).vectors
    assert again.input.tobytes() == together.input.tobytes()


@pytest.mark.parametrize(("loss", "strategy"), [("negative", "replay+lwf+settle"), ("hierarchical", "replay")])
def test_one_worker_repeats_an_update_bit_for_bit(loss, strategy):
    new = circles(times=30, first=6)
    pair = [nf.update(learnt(loss), new, strategy=strategy, old=circles()).vectors for _ in range(2)]
    assert tables(pair[0]) == tables(pair[1])


@pytest.mark.parametrize("loss", ["negative", "hierarchical"])
def test_without_growth_unknown_keys_and_counts_are_left_alone(loss):
    old = learnt(loss)
    found = nf.update(old, [["k1", "new", "k2"]], grow=False).vectors
    assert found.keys == old.keys
    assert found.counts.tolist() == old.counts.tolist()


def test_updates_learn_what_is_new():
    """The circle turns round: what followed comes before now."""
    old = nf.ItemEmbedding(**SETTINGS | {"window": 1, "epochs": 20}).fit(circles(times=200)).vectors_
    assert old.next("k5", k=1)[0][0] == "k6"
    backwards = [one[::-1] for one in circles(times=400)]
    found = nf.update(old, backwards, strategy="fine_tune", alpha=0.05, epochs=20).vectors
    assert found.next("k5", k=1)[0][0] == "k4"
    kept = nf.update(old, backwards, strategy=EWC(1e6), alpha=0.05, epochs=20).vectors
    assert kept.next("k5", k=1)[0][0] == "k6"
    held = nf.update(old, backwards, strategy=Freeze(), alpha=0.05, epochs=20).vectors
    assert held.next("k5", k=1)[0][0] == "k6"


@pytest.mark.parametrize("strategy", [LwF(4.0), Settle(1.0), EWC(1.0), [Replay(4.0)]])
def test_strategies_forget_less_than_fine_tuning(strategy):
    """Half of the keys turn round; how much of the other way is left in the pairs of before?"""
    old = nf.ItemEmbedding(**SETTINGS | {"epochs": 20}).fit(circles(times=200)).vectors_
    new = [["k0", "k11"], ["k11", "k10"], ["k10", "k9"]] * 60

    def score(vectors):
        pairs = [(f"k{i}", f"k{(i + 1) % 12}") for i in range(12)]
        return np.mean([vectors[a] @ vectors.output[vectors.vocabulary[b]] for a, b in pairs])

    found = [
        nf.update(old, new, strategy=one, old=circles(times=200), alpha=0.03, epochs=5).vectors
        for one in (FineTune(), strategy)
    ]
    assert score(old) > score(found[1]) > score(found[0])


def test_counts_fade_by_their_half_life_and_rare_keys_are_dropped():
    day = 86_400_000_000
    lists = [["k1", "k2", "k3"], ["k1", "k2"], ["k2", "k1"]]
    made = nf.Sequences.from_lists(lists)
    old_times = nf.Sequences(made.vocabulary, made.tokens, made.offsets, times=np.full(7, 10 * day))
    old = nf.ItemEmbedding(**SETTINGS).fit([["rare", "k1"], *circles()]).vectors_
    first = nf.update(old, old_times).vectors
    new = nf.Sequences(made.vocabulary, made.tokens, made.offsets, times=np.full(7, 12 * day))
    report = nf.update(first, new, half_life="1d", drop_below=2)
    then, now = (dict(zip(v.keys, v.counts.tolist(), strict=True)) for v in (first, report.vectors))
    assert abs(now["k5"] - then["k5"] / 4) < 1
    assert abs(now["k1"] - (then["k1"] / 4 + 3)) < 1
    assert report.dropped_keys == ("rare",)
    assert [key for key in first.keys if key != "rare"] == [*report.vectors.keys]
    with pytest.raises(UnknownKey):
        report.vectors["rare"]


def test_the_history_of_updates_is_told():
    found = nf.update(nf.update(fitted(), [["k1", "new"]]).vectors, [["k2", "k1"]], strategy="lwf").vectors
    first, second = found.metadata["updates"]
    assert (first["strategy"], second["strategy"]) == ("settle", "lwf")
    assert (first["new_keys"], second["new_keys"]) == (1, 0)
    assert found.metadata["trained"]["estimator"] == "ItemEmbedding"


@pytest.mark.parametrize("estimator", ["Word2Vec", "ItemEmbedding"])
def test_estimators_and_words_can_be_given_too(estimator):
    model = getattr(nf, estimator)(**SETTINGS).fit(circles())
    before = tables(model.vectors_)
    report = nf.update(model, [["k1", "k2", "k3"]])
    assert tables(report.vectors) == tables(nf.update(model.vectors_, [["k1", "k2", "k3"]]).vectors)
    assert tables(model.vectors_) == before
    assert "similarity to the previous version: " in str(report)
    assert report.as_dict()["strategy"] == "settle"


@pytest.mark.parametrize("loss", ["softmax", "hierarchical"])
def test_other_losses_are_tuned_on(loss):
    old = learnt(loss)
    report = nf.update(old, [["k1", "k2", "new"]])
    assert report.vectors.keys[-1] == "new"
    assert report.strategy == "fine_tune"
    assert report.vectors.metadata["updates"][0]["alpha"] == pytest.approx(0.2 * 0.025)
    assert nf.update(old, [["k1", "k2", "new"]], old=circles()).strategy == "replay"
    for strategy in ("lwf", "ewc", "freeze", "settle"):
        with pytest.raises(BadInput, match=f"{strategy} is for loss='negative'; this was learnt with '{loss}'"):
            nf.update(old, [["k1", "k2"]], strategy=strategy)


def foretold(vectors, context):
    """What vectors with a tree say of the word in the middle."""
    model = nf.Word2Vec(loss="hierarchical")
    model.vectors_, model.tree_ = vectors, tree_of(vectors.keys, vectors.counts)
    return model.predict(context)


def test_a_tree_is_retrained_as_it_is_fitted():
    old, told = learnt("hierarchical"), nf.Word2Vec(**SETTINGS | of_loss("hierarchical"))
    new = [["k1", "new", "k7", "k7"]] * 3
    found = nf.update(old, new, strategy="retrain", old=circles()).vectors
    assert found.keys == (*old.keys, "new")
    fresh = told.fit([*circles(), *new])
    assert fresh.vectors_.keys != found.keys
    assert foretold(found, ["k1", "k2"]) == fresh.predict(["k1", "k2"])


def test_a_tree_learns_what_is_new():
    """New keys go round in a circle of their own beside the old one."""
    old = nf.Word2Vec(**SETTINGS | {"window": 1, "epochs": 40, "loss": "hierarchical"}).fit(circles(times=200)).vectors_
    assert {key for key, _ in foretold(old, ["k5"])[:2]} == {"k4", "k6"}
    report = nf.update(old, circles(times=200, first=20), old=circles(times=200), alpha=0.05, epochs=40)
    assert len(report.new_keys) == 12
    for middle in (5, 25):
        best = {key for key, _ in foretold(report.vectors, [f"k{middle}"])[:2]}
        assert best == {f"k{middle - 1}", f"k{middle + 1}"}


def test_a_tree_loses_rare_keys():
    old = nf.Word2Vec(**SETTINGS | {"loss": "hierarchical"}).fit([["rare", "k1"], *circles()]).vectors_
    report = nf.update(old, [["k1", "k2"]], drop_below=2)
    assert report.dropped_keys == ("rare",)
    assert report.vectors.nodes.shape == (11, 8)
    gone = nf.update(old, [["new", "newer"]] * 100, drop_below=100)
    assert gone.vectors.keys == ("new", "newer")
    with pytest.raises(BadInput, match="1 keys would be left; expected two or more"):
        nf.update(old, [["new"]] * 100, drop_below=100)


def test_a_reservoir_stands_for_what_was():
    memory = Reservoir(100)
    memory.add(nf.Sequences.from_lists(circles()))
    report = nf.update(fitted(), circles(times=5), strategy="replay", old=memory)
    assert report.trained_on == 30 + 90


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"strategy": "rehearse"}, "strategy 'rehearse' is unknown; expected one of retrain, fine_tune"),
        ({"strategy": "replay"}, "replay mixes old sequences in; give them"),
        ({"strategy": "retrain"}, "retrain learns from all that there is; give the old"),
        ({"strategy": "retrain+lwf"}, "retrain starts from nothing and stands alone"),
        ({"strategy": "lwf+lwf"}, "each once"),
        ({"strategy": []}, "expected one or several"),
        ({"alpha": -1.0}, "alpha is -1.0; expected a number above 0"),
        ({"alpha": float("nan")}, "alpha is nan"),
        ({"drop_below": -1}, "drop_below is -1; expected a whole number of at least 0"),
        ({"half_life": "2d"}, "the new sequences have no times"),
        ({"epochs": 0}, "epochs is 0; expected a whole number of at least 1"),
        ({"initial": "nearby"}, "initial is 'nearby'; expected one of neighbours, random, or a mapping"),
        ({"old": 7, "strategy": "replay"}, "old is 7; expected a Sequences"),
    ],
)
def test_bad_settings_are_named(arguments, message):
    with pytest.raises(BadInput, match=message):
        nf.update(fitted(), [["k1", "new"]], **arguments)


@pytest.mark.parametrize(
    ("content", "new", "message"),
    [
        (nf.Vectors(["a", "b"], np.ones((2, 2))), [["a", "b"]], "trained by None; expected Word2Vec, ItemEmbedding"),
        ("items", [["a", "b"]], "a str cannot be updated; expected Vectors"),
        (None, "k1 k2", "new data are 'k1 k2'; expected Sequences or lists of keys"),
        (None, ["k1 k2"], "a sequence is the string 'k1 k2'"),
    ],
)
def test_bad_content_is_named(content, new, message):
    with pytest.raises(BadInput, match=message):
        nf.update(fitted() if content is None else content, new)


def test_vectors_without_counts_or_outputs_are_named():
    old = fitted()
    bare = nf.Vectors(old.keys, old.input, metadata=old.metadata)
    with pytest.raises(BadInput, match="no output rows"):
        nf.update(bare, [["k1", "k2"]])
    tree = learnt("hierarchical")
    with pytest.raises(BadInput, match="no nodes of a tree to learn on from"):
        nf.update(tree.subset(tree.keys[:5]), [["k1", "k2"]])
    with pytest.raises(BadInput, match="have no counts"):
        nf.update(nf.Vectors(old.keys, old.input, old.output, metadata=old.metadata), [["k1", "k2"]])


def test_vectors_of_other_programs_learn_new_keys():
    """Without outputs and counts, as GloVe's are: new keys find their place among rows that stay."""
    old = nf.Word2Vec(**SETTINGS | {"epochs": 30, "window": 1}).fit(circles(times=300)).vectors_
    bare = nf.Vectors(old.keys, old.input)
    told = nf.Word2Vec(**SETTINGS | {"epochs": 40, "window": 1})
    new = [[key if key != "k3" else "twin" for key in one] for one in circles(times=300)]
    found = nf.update(bare, new, strategy="freeze", estimator=told, alpha=0.05, initial="random").vectors
    assert found.input[: len(old)].tobytes() == old.input.tobytes()
    assert found.similar("twin", k=3)[0][0] == "k3"
    assert found.counts[found.vocabulary["twin"]] == sum(one.count("twin") for one in new)
    tree = nf.update(bare, new, estimator=nf.Word2Vec(**SETTINGS | {"loss": "hierarchical"})).vectors
    assert tree.nodes.shape == (12, 8)
    assert tree.nodes.any()


def test_divergence_is_named():
    with np.errstate(all="ignore"), pytest.raises(BadInput, match="the update diverged with alpha=1e"):
        nf.update(fitted(), circles(), strategy="fine_tune", alpha=1e30, epochs=3)


def test_ctrl_c_leaves_what_was(interrupting):
    old = fitted()
    before = tables(old)
    with pytest.raises(KeyboardInterrupt), interrupting():
        nf.update(old, circles(times=2000), strategy="lwf", epochs=100_000)
    assert tables(old) == before


@pytest.fixture
def interrupting():
    """Press Ctrl-C soon."""
    import _thread
    import contextlib

    @contextlib.contextmanager
    def press():
        timer = threading.Timer(0.5, _thread.interrupt_main)
        timer.start()
        try:
            yield
            time.sleep(5)
        finally:
            timer.cancel()

    return press
