"""The study's own arithmetic, held against loops, and its parts on small cuts."""

import numpy as np
import pytest
from scipy.stats import rankdata

import nearfield as nf
from nearfield.datasets import movielens_100k
from nearfield.evaluate import item_retrieval, leave_last_out, rolling_by_time
from nearfield.evaluate.rolling import per_owner

STUDY = "session_context"
SMALL = {"vector_size": 8, "epochs": 2, "negative": 3}


@pytest.fixture(scope="module")
def films(dataset):
    """The latest 150 people of MovieLens 100k."""
    sequences = dataset(movielens_100k.load).sequences()
    latest = np.argsort(sequences.times[sequences.offsets[:-1]])[-150:]
    return sequences.take(latest)


def random_vectors(n=30, dim=6):
    random = np.random.default_rng(1)
    rows = random.normal(size=(2, n, dim)).astype(np.float32)
    return nf.Vectors([f"k{i}" for i in range(n)], *rows)


def test_a_rank_is_the_share_before_and_ties_count_half(study):
    before = study("ranks").before
    random = np.random.default_rng(1)
    for n in (1, 7, 40):
        scores = random.integers(0, 6, (9, n + 1)).astype(float)
        expected = [(rankdata(-row)[0] - 1) / n for row in scores]
        np.testing.assert_allclose(before(scores[:, :1], scores[:, 1:]), expected)
    assert np.isnan(before(np.zeros((2, 1)), np.zeros((2, 0)))).all()


def test_ranks_by_cosine_and_by_next_as_a_loop_has_them(study):
    ranks, searches = study("ranks"), study("searches")
    vectors = random_vectors()
    asked = [
        searches.Search("u", ["k1", "k2", "k3", "k1", "k4", "k5"], "k9", ["k7", "k8", "k10"]),
        searches.Search("v", [f"k{i}" for i in range(20)], "k25", []),
    ]
    cosine, following = ranks.by_cosine(vectors, asked), ranks.by_next(vectors, asked)
    for i, one in enumerate(asked):
        others = [key for key in vectors.keys if key not in {*one.clicks, one.goal}]
        for k in range(1, ranks.CLICKS + 1):
            for name, among in (("offered", one.offered), ("all", others)):
                if k > len(one.clicks) or not among:
                    assert np.isnan(cosine[name][i, k - 1])
                    continue
                click = one.clicks[-k]
                nearer = sum(vectors.similarity(click, o) > vectors.similarity(click, one.goal) for o in among)
                assert cosine[name][i, k - 1] == pytest.approx(nearer / len(among))
        answer = vectors.next(one.clicks[-5:], k=len(vectors), decay=0.8, exclude=one.clicks)
        place = [key for key, _ in answer].index(one.goal)
        assert following["all"][i] == pytest.approx(place / len(others))
        assert following["ndcg"][i] == pytest.approx(1 / np.log2(place + 2) if place < 10 else 0)


def test_folds_learn_from_the_past_and_search_in_what_is_known(study):
    searches = study("searches")
    session = searches.Session
    sessions = [
        session("u", 0, 4, ["a", "b", "c"], 2),
        session("v", 3, 11, ["a", "d"], 1),  # not over at 10: neither learnt from nor asked
        session("w", 10, 12, ["a", "b", "c"], 2),
        session("x", 15, 16, ["b", "c", "a", "b"], 2, goal="a"),
        session("y", 17, 17, ["c", "new"], 1),  # its goal is new
        session("z", 20, 22, ["d", "a"], 1, rejected=["b", "new"]),
    ]
    groups = {"a": "1", "b": "2", "c": "2", "d": "2"}
    first, second = searches.folds(sessions, [10, 20], groups)
    assert [one.user for one in first.sessions] == ["u"]
    assert first.searches == [searches.Search("w", ["a", "b"], "c", []), searches.Search("x", ["b", "c"], "a", [])]
    assert [one.user for one in second.sessions] == ["u", "v", "w", "x", "y"]
    assert second.searches == [searches.Search("z", ["d"], "a", ["b", "new"])]


def test_films_are_cut_at_the_moment(study):
    searches = study("searches")
    events = [
        ("u", "a", 5, 0),
        ("u", "b", 1, 1),
        ("u", "c", 3, 2),
        ("u", "a2", 4, 12),
        ("v", "a2", 4, 3),
        ("v", "d", 3, 4),
        ("v", "c", 5, 14),
        ("v", "d2", 2, 15),
        ("v", "a", 1, 16),
        ("v", "b", 4, 17),  # known from a refusal only, which gives no vector
        ("w", "a", 5, 13),
        ("w", "d", 3, 14),
        ("w", "c", 4, 25),
    ]
    first, second = searches.film_folds(*map(list, zip(*events, strict=True)), [10, 20])
    assert [(one.user, one.items, one.rejected) for one in first.sessions] == [
        ("u", ["a", "c"], ["b"]),
        ("v", ["a2", "d"], []),
    ]
    search = searches.Search
    assert first.searches == [search("u", ["a", "c"], "a2", []), search("v", ["a2", "d"], "c", ["a"])]
    assert [one.user for one in second.sessions] == ["u", "v", "w"]
    assert second.searches == [search("w", ["a", "d"], "c", [])]


def test_each_part_is_learnt_with_and_none_is_alike(study):
    airbnb, searches = study("airbnb"), study("searches")
    random = np.random.default_rng(2)
    sessions = []
    for i in range(300):
        items = [f"{i % 3}:{j}" for j in random.integers(0, 8, 4)]
        refused = [f"{(i + 1) % 3}:{j}" for j in random.integers(0, 8, 3)]
        sessions.append(searches.Session(f"u{i % 20}", i, i, items, 3, items[-1], refused))
    groups = {f"{group}:{j}": str(j % 2) for group in range(3) for j in range(8)}
    folds = searches.folds(sessions, [200, 250], groups)
    log = searches.Log("made up", folds, groups, "refused", airbnb.ALL)
    assert log.n_searches > 50
    alike, following = airbnb.judge(log, seeds=[1], vector_size=8, epochs=60)
    assert list(alike) == list(following) == list(airbnb.PARTS)
    whole = {name: airbnb.nan_mean(values["offered"]).mean() for name, values in alike.items()}
    assert max(whole.values()) < 0.25  # what is refused is of another third of the items
    assert len({values["all"].tobytes() for values in alike.values()}) == len(airbnb.PARTS)
    rows = [*airbnb.rows_of_cosine(alike)]
    assert {len(row) for row in rows} == {len(airbnb.HEAD)}
    assert {len(row) for row in airbnb.rows_by_next(following)} == {len(airbnb.HEAD_NEXT)}


def test_the_mean_of_what_is_known(study):
    nan_mean = study("airbnb").nan_mean
    values = np.array([[1.0, np.nan, 0.0], [np.nan] * 3, [0.2, 0.3, 0.4]])
    np.testing.assert_allclose(nan_mean(values), [0.5, np.nan, 0.3])


def test_types_that_belong_together_rank_first(study):
    kinds, searches = study("kinds"), study("searches")
    random = np.random.default_rng(3)
    films = {f"{kind}{i}": f"film:{kind}" for kind in "abc" for i in range(10)}
    taste = dict(zip("xyz", "abc", strict=True))
    people = {f"u{i}": f"user:{'xyz'[i % 3]}" for i in range(240)}

    def watched(user, n):
        own = taste[people[user][-1]]
        return [f"{own if random.random() < 0.8 else 'a'}{random.integers(10)}" for _ in range(n)]

    sessions = [searches.Session(user, 0, 1, watched(user, 12), 0) for user in list(people)[:200]]
    asked = [searches.Search(user, ["a0"], f"{taste[people[user][-1]]}1", []) for user in list(people)[200:]]
    met = [searches.Search("u0", ["a0"], "c1", [])]  # not asked: this person is known
    judged = kinds.judge(searches.Fold(sessions, asked + met), people, films, seeds=[1])
    assert {name: len(ranks) for name, ranks in judged.items()} == dict.fromkeys(judged, 40)
    assert judged["popularity"].mean() > 0.3
    for how in set(judged).difference(["popularity"]):
        assert judged[how].mean() == 0.0, how


def test_kin_are_counted_among_the_ten_most_alike(study):
    kin = study("windows").kin
    vectors = nf.Vectors([f"k{i}" for i in range(30)], random_vectors().input, counts=np.arange(60, 30, -1))
    genres = {key: [str(i % 3), "all"] if i % 5 else [str(i % 3)] for i, key in enumerate(vectors.keys)}
    expected = [
        np.mean([bool({*genres[key]} & {*genres[other]}) for other, _ in vectors.similar(key, k=10)])
        for key in vectors.keys[:11]
    ]
    np.testing.assert_allclose(kin(vectors, genres, least=50), expected)


def test_training_weights_cool(study, films):
    cooled = study("half_lives").cooled(films, "7d")
    assert cooled.weights[films.times.argmax()] == cooled.weights.max() == 1
    week = 7 * 86_400 * 1e6
    ratio = 2.0 ** (-(films.times[0] - films.times[1]) / week)
    assert cooled.weights[1] / cooled.weights[0] == pytest.approx(ratio, rel=1e-4)


def test_decay_is_judged_as_a_query_has_it(study, films):
    half_lives = study("half_lives")
    split = rolling_by_time(films, most=300)
    judged = half_lives.judge(split, False, **SMALL)
    assert len(judged) == len(half_lives.QUERIES) + len(half_lives.WEIGHTS) + 2
    vectors = nf.ItemEmbedding(workers=1, verbose=False, **SMALL).fit(split.train).vectors_
    cases = split.cases.unseen()
    expected = item_retrieval(vectors, cases, half_life=["1h", "30d"]).values["ndcg"]
    found = judged["query: half-lives 1h and 30d"]["ndcg"]
    np.testing.assert_allclose(found, per_owner(expected, cases.owners))
    assert len(found) == len(set(cases.owners.tolist())) < len(cases)


def test_users_as_means_are_what_a_query_has(study, films):
    users = study("users")
    judged = users.judge(films, [1], **SMALL)
    assert len(judged) == len(users.MEANS) + 3 * len(users.TRAINED)
    train, cases = leave_last_out(films)
    vectors = nf.ItemEmbedding(workers=1, verbose=False, **SMALL).fit(train).vectors_
    expected = item_retrieval(vectors, cases, last=5, decay=0.8).values["ndcg"]
    np.testing.assert_allclose(judged[next(iter(users.MEANS))]["ndcg"], expected)
    assert len({values["ndcg"].tobytes() for values in judged.values()}) == len(judged)


def test_sections_that_are_not_new_stay(study, tmp_path):
    layout, path = study("layout"), tmp_path / "table.md"
    section = layout.Section
    layout.update(path, [section("B", ["b", "", "| 1 |"]), section("A", ["a"])], ["A", "B", "C"])
    assert path.read_text() == "## A\n\na\n\n## B\n\nb\n\n| 1 |\n"
    layout.update(path, [section("C", ["c"])], ["A", "B", "C"])
    assert path.read_text() == "## A\n\na\n\n## B\n\nb\n\n| 1 |\n\n## C\n\nc\n"
    layout.update(path, [section("A", ["new"])], ["A", "B", "C"])
    assert path.read_text() == "## A\n\nnew\n\n## B\n\nb\n\n| 1 |\n\n## C\n\nc\n"


@pytest.mark.parametrize(("shift", "bold"), [(0.5, True), (0.0, False)])
def test_a_change_is_bold_where_its_interval_does_not_hold_zero(study, shift, bold):
    off = np.random.default_rng(1).normal(size=200)
    noise = np.random.default_rng(2).normal(size=200)
    noise -= noise.mean()
    text = study("layout").change(off + shift + 0.1 * noise, off)
    assert text.startswith(f"{'**' if bold else ''}{shift:+.3f} (")
    assert study("layout").change(off, off, told=False) == ""
