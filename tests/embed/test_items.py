"""Item embeddings as a user meets them: what each part of a session does to the vectors."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone

import nearfield as nf
from nearfield.embed import ItemEmbedding
from nearfield.errors import BadInput
from nearfield.sequences import Sequences
from nearfield.vocabulary import Vocabulary

SETTINGS = {
    "vector_size": 16, "epochs": 20, "negative": 5, "ns_exponent": 0.0, "sample": None, "workers": 1, "verbose": False
}  # fmt: skip


def cycle(n=12, sessions=200):
    """Sessions that go round in a circle."""
    return [[str((start + step) % n) for step in range(20)] for start in range(sessions)]


def test_next_is_what_follows():
    vectors = ItemEmbedding(window=1, **SETTINGS).fit(cycle()).vectors_
    assert {vectors.next(str(i), k=1)[0][0] == str((i + 1) % 12) for i in range(12)} == {True}
    assert vectors.metadata["trained"]["estimator"] == "ItemEmbedding"


def test_it_is_an_estimator_like_those_of_scikit_learn():
    model = ItemEmbedding(window=3, strength=0.5)
    assert clone(model).get_params() == model.get_params()
    assert "loss" not in model.get_params()
    assert nf.ItemEmbedding is ItemEmbedding


def test_one_worker_and_one_seed_repeat_bit_for_bit():
    sessions = cycle()
    extras = {
        "users": [f"u{i % 7}" for i in range(len(sessions))],
        "goals": [str(i % 12) if i % 2 else None for i in range(len(sessions))],
        "groups": {str(i): str(i % 3) for i in range(12)},
        "rejected": [[str((i + 5) % 12)] for i in range(len(sessions))],
    }
    one, again = (ItemEmbedding(**SETTINGS | {"epochs": 2}).fit(sessions, **extras) for _ in range(2))
    assert one.vectors_.input.tobytes() == again.vectors_.input.tobytes()
    assert one.users_.input.tobytes() == again.users_.input.tobytes()
    assert (
        one.vectors_.input.tobytes() != ItemEmbedding(**SETTINGS | {"epochs": 2}).fit(sessions).vectors_.input.tobytes()
    )


def test_a_token_without_weight_teaches_nothing():
    lists = [["a", "b", "junk", "a", "b"], ["b", "a", "junk", "b", "a"]] * 20
    plain = Sequences.from_lists(lists)
    junk = plain.vocabulary["junk"]
    weighted = Sequences(
        plain.vocabulary, plain.tokens, plain.offsets, weights=np.where(plain.tokens == junk, 0.0, 1.0)
    )
    scores = [
        vectors.input[vectors.vocabulary["b"]] @ vectors.output[junk]
        for vectors in (ItemEmbedding(window=2, **SETTINGS).fit(one).vectors_ for one in (plain, weighted))
    ]
    assert scores[1] < scores[0] - 1


def test_all_of_a_session_foretells_its_goal():
    sessions = [[f"a{i}" for i in range(8)], [f"b{i}" for i in range(8)]] * 50
    goals = ["goal of a", "goal of b"] * 50
    # the goals have to be known keys: they end sessions of their own
    known = [*sessions, *([["goal of a", "goal of b"], ["goal of b", "goal of a"]] * 20)]
    model = ItemEmbedding(window=1, goal_repeats=2, **SETTINGS).fit(known, goals=[*goals, *[None] * 40])
    first = model.vectors_["a0"]  # seven steps away from the end
    output = model.vectors_.output
    of_a, of_b = (output[model.vectors_.vocabulary[key]] for key in ("goal of a", "goal of b"))
    assert first @ of_a > first @ of_b + 1


def test_goal_repeats_train_sessions_with_a_goal_more_often():
    model = ItemEmbedding(goal_repeats=5, **SETTINGS | {"epochs": 1})
    trained = model.fit([["a", "b"], ["a", "b"]], goals=["a", None]).vectors_.metadata["trained"]
    assert trained["tokens"] == 12


def test_rejections_push_away():
    others = [[f"{name}{i}" for name in "pqr"] for i in range(8)] * 10
    sessions = [*[["a", "b", "x"], ["a", "b", "c"]] * 40, *others]
    rejected = [*[[], ["x"]] * 40, *[[]] * len(others)]  # as often chosen as refused

    def lead(vectors):
        scores = dict(vectors.next(["a"], k=len(vectors)))
        return scores["x"] - scores["c"]

    plain, pushed = (ItemEmbedding(**SETTINGS).fit(sessions, rejected=one).vectors_ for one in (None, rejected))
    assert lead(pushed) < lead(plain) - 0.3


def test_group_negatives_make_one_group_less_of_a_matter_of_course():
    random = np.random.default_rng(0)
    markets = [[f"{market}{i}" for i in range(10)] for market in "ab"]
    sessions = [random.choice(markets[i % 2], 8).tolist() for i in range(400)]
    groups = {item: market[0][0] for market in markets for item in market}

    def score_within(vectors):
        scores = vectors.input @ vectors.output.T
        return np.mean(
            [scores[i, j] for i, a in enumerate(vectors.keys) for j, b in enumerate(vectors.keys) if a[0] == b[0]]
        )

    settings = SETTINGS | {"direction": "both", "epochs": 5, "group_negative": 20}
    plain, grouped = (ItemEmbedding(**settings).fit(sessions, groups=one).vectors_ for one in (None, groups))
    assert score_within(grouped) < score_within(plain) - 0.5


def test_users_end_up_near_what_they_choose():
    sessions = [[f"a{i % 5}" for i in range(k, k + 6)] for k in range(40)]
    sessions += [[f"b{i % 5}" for i in range(k, k + 6)] for k in range(40)]
    users = [f"{'a' if k < 40 else 'b'} {k % 8}" for k in range(80)]
    for architecture in ("skipgram", "cbow"):
        model = ItemEmbedding(architecture=architecture, window=2, **SETTINGS).fit(sessions, users=users)
        assert sorted(model.users_.keys) == sorted(set(users))
        best = [model.vectors_.next(model.users_[user], k=3) for user in model.users_.keys]
        right = [key[0] == user[0] for user, found in zip(model.users_.keys, best, strict=True) for key, _ in found]
        assert np.mean(right) > 0.9
    with pytest.raises(BadInput, match="half_life, times or decay with vectors"):
        model.vectors_.next(model.users_["a 0"], decay=0.5)


def test_a_vector_in_place_of_a_history_is_that_historys_profile():
    vectors = ItemEmbedding(window=1, **SETTINGS | {"epochs": 1}).fit(cycle()).vectors_
    history = ["3", "4", "5"]
    assert vectors.next(vectors.profile(history, decay=0.7)) == vectors.next(history, decay=0.7)


def test_a_killed_run_with_other_extras_is_not_gone_on_from(tmp_path):
    settings = SETTINGS | {"epochs": 1, "checkpoint": tmp_path / "state"}
    ItemEmbedding(**settings).fit(cycle(), goals=["3"] * 200)
    with pytest.raises(BadInput, match="the checkpoint was made with extras"):
        ItemEmbedding(**settings).fit(cycle(), goals=["4"] * 200, resume=True)


@pytest.mark.parametrize(
    ("options", "extras", "message"),
    [
        ({"group_negative": -1}, {}, "group_negative is -1; expected a whole number of at least 0"),
        ({"rejections": 1.5}, {}, "rejections is 1.5; expected a whole number"),
        ({"goal_repeats": 0}, {}, "goal_repeats is 0; expected a whole number of at least 1"),
        ({"strength": np.nan}, {}, "strength is nan; expected a number of at least 0"),
        ({}, {"users": ["u"]}, "1 users for 2 sequences; expected one each"),
        ({"goal_repeats": 3}, {"goals": ["a"]}, "1 goals for 2 sequences; expected one each"),
        ({}, {"rejected": ["a", "b"]}, "rejected has the string 'a'; expected a list of keys for each sequence"),
    ],
)
def test_what_cannot_be_is_refused(options, extras, message):
    with pytest.raises(BadInput, match=message):
        ItemEmbedding(**options).fit([["a", "b"], ["b", "a"]], **extras)


def test_goals_and_groups_may_name_what_is_not_trained():
    sequences = Sequences(
        Vocabulary(["a", "b", "rare"], [9, 9, 1]), np.array([0, 1, 2] * 3, np.int32), np.array([0, 9])
    )
    extras = {"goals": ["rare"], "groups": {"rare": "g", "none": "g"}, "rejected": [["rare", "never seen"]]}
    vectors = ItemEmbedding(**SETTINGS | {"min_count": 5}).fit(sequences, **extras).vectors_
    assert vectors.keys == ("a", "b")


def test_weights_that_throw_training_off_are_named():
    plain = Sequences.from_lists(cycle())
    weights = np.ones(plain.n_tokens, np.float32)
    weights[::7] = 1e6
    heavy = Sequences(plain.vocabulary, plain.tokens, plain.offsets, weights)
    with pytest.raises(BadInput, match=r"training diverged with alpha=0\.05"):
        ItemEmbedding(**SETTINGS).fit(heavy)
