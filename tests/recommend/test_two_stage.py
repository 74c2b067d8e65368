"""Two stages against what each stage says alone, and end to end on films."""

import json

import numpy as np
import pytest

from nearfield.datasets import movielens_100k
from nearfield.embed import ItemEmbedding
from nearfield.errors import BadInput, NotFitted
from nearfield.evaluate import item_retrieval, leave_last_out
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank import FactorizationMachine, LogisticRegression
from nearfield.recommend import CandidateFeatures, TwoStageRecommender, load_recommender
from nearfield.vectors import Vectors

KEYS = [f"k{i}" for i in range(30)]
KINDS = {"kind": {key: ["even" if i % 2 == 0 else "odd"] for i, key in enumerate(KEYS)}}


def some_vectors(seed=1):
    random = np.random.default_rng(seed)
    return Vectors(KEYS, *random.normal(size=(2, 30, 6)).astype(np.float32), counts=range(60, 30, -1))


def some_histories(n=80, seed=2):
    random = np.random.default_rng(seed)
    return [[KEYS[i] for i in random.choice(30, random.integers(1, 6), replace=False)] for _ in range(n)]


def fitted(ranker=None, **options):
    """A recommender whose ranker has learnt that the even key of the least number among the candidates is right."""
    vectors, histories = some_vectors(), some_histories()
    made = TwoStageRecommender(
        vectors, ranker or LogisticRegression(alpha=0.5, epochs=5), CandidateFeatures(vectors, attributes=KINDS),
        n_candidates=8, **options,
    )  # fmt: skip
    targets = [
        next((key for key, _ in one if int(key[1:]) % 2 == 0), "k1") for one in vectors.next_batch(histories, k=8)
    ]
    return made.fit(histories, targets)


@pytest.mark.parametrize("decay", [None, 0.7])
def test_candidates_are_those_of_the_first_stage_in_the_order_of_the_second(decay):
    made, histories = fitted(decay=decay), some_histories(40, seed=9)
    first = made.vectors.next_batch(histories, k=8, exclude=histories, decay=decay)
    found = made.recommend(histories, 8, exclude=histories)
    for history, candidates, one in zip(histories, first, found, strict=True):
        keys = [key for key, _ in candidates]
        chances = made.ranker.predict_proba(made.features([history], [keys]))[:, 1]
        assert one == sorted(zip(keys, chances.tolist(), strict=True), key=lambda pair: -pair[1])
        assert not set(history) & {key for key, _ in one}
    assert made.recommend(histories, 3, exclude=histories) == [one[:3] for one in found]
    assert made.next_batch(histories, k=3, exclude=histories) == [one[:3] for one in found]


def test_the_ranker_puts_first_what_the_first_stage_cannot_see():
    found = fitted().recommend(some_histories(40, seed=9), 3)
    assert np.mean([int(key[1:]) % 2 == 0 for one in found for key, _ in one]) > 0.9


def test_training_rows_have_the_targets_as_labels_and_the_histories_as_groups():
    made, histories = fitted(), some_histories(5, seed=4)
    candidates = [[key for key, _ in one] for one in made.vectors.next_batch(histories, k=8)]
    targets = [[one[3], one[5]] for one in candidates[:4]] + ["lost"]
    rows = made.training_rows(histories, targets)
    np.testing.assert_array_equal(rows.groups, np.repeat(np.arange(5), 8))
    np.testing.assert_array_equal(np.flatnonzero(rows.labels), [3, 5, 11, 13, 19, 21, 27, 29])


def test_features_of_a_candidate_are_sums_done_by_hand():
    vectors = some_vectors()
    made = CandidateFeatures(vectors, attributes={"kind": {"k3": ["x", "y", "x"]}}, decays=(1, 0.5))
    rows = made([["k0", "lost", "k1"], ["lost"]], [["k3", "new"], ["k4"]])
    assert rows.space == made.space
    matrix = rows.to_scipy().toarray()
    value = {name: matrix[:, i] for i, name in enumerate(made.space.names)}
    np.testing.assert_array_equal(value["item=k3"], [1, 0, 0])
    np.testing.assert_array_equal(value["item=k4"], [0, 0, 1])
    np.testing.assert_array_equal(value["kind=x"] + value["kind=y"], [2, 0, 0])
    means = {"1": vectors.input[:2].mean(axis=0), "0.5": (vectors.input[0] / 2 + vectors.input[1]) / 1.5}
    for decay, mean in means.items():
        cosine = mean @ vectors.input[3] / np.linalg.norm(mean) / np.linalg.norm(vectors.input[3])
        np.testing.assert_allclose(value[f"next {decay}"], [mean @ vectors.output[3], 0, 0], atol=1e-5)
        np.testing.assert_allclose(value[f"similarity {decay}"], [cosine, 0, 0], atol=1e-5)
    np.testing.assert_allclose(value["log count"], [np.log(58), 0, np.log(57)], rtol=1e-6)


@pytest.mark.parametrize("ranker", [LogisticRegression(), FactorizationMachine(loss="squared")])
def test_a_loaded_recommender_recommends_alike(tmp_path, ranker):
    made, histories = fitted(ranker, decay=0.9), some_histories(20, seed=7)
    made.save(tmp_path / "saved")
    made.save(tmp_path / "saved")  # over itself
    assert {path.name for path in (tmp_path / "saved").iterdir()} == {"vectors", "ranker", "config.json"}
    assert load_recommender(tmp_path / "saved").recommend(histories, 5) == made.recommend(histories, 5)


def own_features(histories, candidates):
    """The last digit of each candidate."""
    digits = np.array([int(key[-1]) for keys in candidates for key in keys], int)
    return Examples(np.zeros(len(digits)), np.arange(len(digits) + 1), digits, space=FeatureSpace(10))


def test_features_of_an_own_function_are_given_again_when_loading(tmp_path):
    vectors, histories = some_vectors(), some_histories()
    made = TwoStageRecommender(vectors, LogisticRegression(), own_features, n_candidates=30)
    made.fit(histories, ["k7"] * len(histories))
    found = made.recommend(histories, 5)
    assert {one[0][0][-1] for one in found} == {"7"}
    made.save(tmp_path / "saved")
    with pytest.raises(BadInput, match="saved with features of a function; give it"):
        load_recommender(tmp_path / "saved")
    assert load_recommender(tmp_path / "saved", features=own_features).recommend(histories, 5) == found


def test_histories_of_unknown_keys_and_no_histories_have_empty_answers():
    made = fitted()
    assert made.recommend([], 8) == []
    found = made.recommend([["lost"], ["k1"], []], 8)
    assert [len(one) for one in found] == [0, 8, 0]
    assert found[1] == made.recommend([["k1"]], 8)[0]
    assert made.recommend([["lost"]], 8) == [[]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda made: made.recommend([["k1"]], 9), "k is 9; expected 1 to n_candidates, 8"),
        (lambda made: made.recommend([["k1"]], 0), "k is 0"),
        (lambda made: made.recommend([["k1"]], 2, exclude=[]), "exclude has 0 lists for 1 queries"),
        (lambda made: made.fit([["k1"]], []), "0 targets for 1 histories"),
        (lambda made: made.fit([["k1"]], ["lost"]), "no target is among its history's 8 candidates"),
        (lambda made: TwoStageRecommender(made.vectors, made.ranker, n_candidates=0), "n_candidates is 0"),
        (lambda made: TwoStageRecommender(Vectors(KEYS, made.vectors.input), made.ranker), "no output matrix"),
        (lambda made: CandidateFeatures(made.vectors, attributes={"item": {}}), "an attribute is called 'item'"),
        (lambda made: CandidateFeatures(made.vectors, attributes={"next 1": {}}), "two fields 'next 1'"),
        (lambda made: CandidateFeatures(made.vectors, decays=(0,)), "decays are \\(0,\\)"),
        (
            lambda made: TwoStageRecommender(made.vectors, made.ranker, lambda h, c: own_features(h, [])).recommend(
                [["k1"]], 2
            ),
            "features made 0 rows for 30 candidates",
        ),
    ],
)
def test_what_does_not_fit_is_said(call, message):
    with pytest.raises(BadInput, match=message):
        call(fitted())


def test_a_ranker_that_has_not_learnt_is_named():
    with pytest.raises(NotFitted, match="call fit first"):
        TwoStageRecommender(some_vectors(), LogisticRegression()).recommend([["k1"]])


@pytest.mark.parametrize(
    "change",
    [{"kind": "vectors"}, {"n_candidates": "many"}, {"features": {"colours": 1}}, {"features": {"attributes": [1]}}],
)
def test_a_damaged_config_is_named(tmp_path, change):
    fitted().save(tmp_path / "saved")
    path = tmp_path / "saved" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(BadInput):
        load_recommender(tmp_path / "saved")


def test_films_are_recommended_end_to_end(dataset, tmp_path, capsys):
    """The vectors learn from all but the last two films of each user, the ranker from the last but one."""
    films = dataset(movielens_100k.load)
    train, cases = leave_last_out(films.sequences())
    early, later = leave_last_out(train)
    vectors = ItemEmbedding(vector_size=32, epochs=2, seed=1).fit(early).vectors_
    made = TwoStageRecommender(
        vectors, LogisticRegression(alpha=0.05), CandidateFeatures(vectors, attributes={"genre": films.genres}),
    )  # fmt: skip
    made.fit(later.histories, later.targets, exclude=later.histories)
    found = [item_retrieval(one, cases, k=10, resamples=50) for one in (vectors, made)]
    with capsys.disabled():
        print(f"\nNDCG@10 of the first stage {found[0].ndcg:.4f}, of both {found[1].ndcg:.4f}")
    first = vectors.next_batch(cases.histories, k=100, exclude=cases.histories, unknown="skip")
    second = made.recommend(cases.histories, 100, exclude=cases.histories)
    assert [{key for key, _ in one} for one in first] == [{key for key, _ in one} for one in second]
    assert all(np.all(np.diff([score for _, score in one]) <= 0) for one in second)
    made.save(tmp_path / "saved")
    assert load_recommender(tmp_path / "saved").recommend(cases.histories[:50]) == made.recommend(cases.histories[:50])
