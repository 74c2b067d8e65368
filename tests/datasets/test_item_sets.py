import gzip

import numpy as np
import pytest

from nearfield.datasets import amazon_beauty, amazon_video_games, movielens_1m_half, taobao
from nearfield.datasets.histories import in_time_order


@pytest.mark.parametrize(
    ("load", "users", "events", "items"),
    [
        (movielens_1m_half.load, 2_999, 487_650, 3_615),
        (amazon_video_games.load, 31_013, 287_107, 23_715),
        (amazon_beauty.load, 22_363, 198_502, 12_101),
    ],
)
def test_the_counts_are_those_described(dataset, load, users, events, items):
    sequences = dataset(load).sequences()
    assert (len(sequences), sequences.n_tokens, len(sequences.vocabulary)) == (users, events, items)


def test_the_films_of_the_half_are_in_the_order_of_time(dataset):
    data = dataset(movielens_1m_half.load)
    sequences = data.sequences()
    assert all(
        (np.diff(sequences.times[a:b]) >= 0).all()
        for a, b in zip(sequences.offsets, sequences.offsets[1:], strict=False)
    )
    assert (data.titles["1"], data.genres["1"]) == ("Toy Story (1995)", ["Animation", "Children's", "Comedy"])


def test_the_people_of_the_half_are_known(dataset):
    data = dataset(movielens_1m_half.load)
    assert set(data.users) <= set(data.people)
    assert data.people["2"] == ("M", "56", "16")
    assert {age for _, age, _ in data.people.values()} == {"1", "18", "25", "35", "45", "50", "56"}


def test_beauty_has_attributes(dataset):
    data = dataset(amazon_beauty.load)
    assert data.attributes["4"] == ["1", "2", "3"]
    assert {item for history in data.histories for item in history} <= set(data.attributes)


@pytest.mark.parametrize(
    ("find", "events", "users"), [(taobao.two_hours, 96_168, 58_732), (taobao.nine_days, 10_000, 114)]
)
def test_the_cuts_of_taobao(dataset, find, events, users):
    rows = [line.split(",") for line in gzip.decompress(dataset(find).read_bytes()).decode().splitlines()]
    assert {len(row) for row in rows} == {len(taobao.COLUMNS)}
    assert (len(rows), len({row[0] for row in rows})) == (events, users)
    assert {row[3] for row in rows} == {"pv", "cart", "fav", "buy"}


def test_events_of_one_moment_stay_in_the_order_given():
    sequences = in_time_order(["u", "v", "u", "u"], ["a", "b", "c", "d"], np.array([5, 1, 3, 3]))
    assert [sequences.keys(i) for i in range(2)] == [["c", "d", "a"], ["b"]]
    assert sequences.times.tolist() == [3, 3, 5, 1]
