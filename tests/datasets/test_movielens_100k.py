import gzip
from operator import itemgetter

import numpy as np
import pytest

from nearfield.datasets import find, movielens_100k
from nearfield.errors import BadInput


@pytest.fixture(scope="module")
def movielens(dataset):
    return dataset(movielens_100k.load)


def test_the_counts_are_those_published(movielens):
    ratings = movielens.interactions
    assert (len(ratings), ratings["user"].n_unique(), ratings["item"].n_unique()) == (100_000, 943, 1_682)
    assert sorted(ratings["rating"].unique()) == [1, 2, 3, 4, 5]
    assert len(movielens.titles) == 1_682
    assert movielens.titles["50"] == "Star Wars (1977)"
    assert movielens.genres["50"] == ["Action", "Adventure", "Romance", "Sci-Fi", "War"]
    assert len({genre for genres in movielens.genres.values() for genre in genres}) == 19  # one of them is "unknown"
    assert len(movielens.people) == 943
    assert movielens.people["1"] == ("24", "M", "technician")


def test_times_are_those_of_the_study(movielens):
    # Harper and Konstan (2015), section 2: September 1997 to April 1998
    days = movielens.interactions["time"].to_numpy().astype("datetime64[us]").astype("datetime64[D]")
    assert np.datetime64("1997-09-19") <= days.min() < days.max() <= np.datetime64("1998-04-23")


def test_a_sequence_a_user_in_the_order_of_time(movielens):
    by_user = {}
    for user, item, _, time in movielens.interactions.iter_rows():
        by_user.setdefault(user, []).append((item, time))
    sequences = movielens.sequences()
    assert len(sequences) == 943
    for i, user in enumerate(movielens.users):
        expected = sorted(by_user[user], key=itemgetter(1))  # stable: ratings of one second stay in the file's order
        assert sequences.keys(i) == [item for item, _ in expected]
        times = sequences.times[sequences.offsets[i] : sequences.offsets[i + 1]]
        assert times.tolist() == [time for _, time in expected]
    assert movielens.users[:3] == ["1", "2", "3"]


def test_the_vocabulary_counts_ratings(movielens):
    vocabulary = movielens.sequences().vocabulary
    assert (vocabulary.keys[0], vocabulary.counts[0]) == ("50", 583)
    assert vocabulary.counts.sum() == 100_000


def test_it_is_downloaded_once_where_it_is_not(dataset, movielens, request):
    source = dataset(find, "ml-100k")
    packed = source / "ml-100k.inter.gz"
    ratings = gzip.decompress(packed.read_bytes()) if packed.exists() else (source / "ml-100k.inter").read_bytes()
    cache, make_wheel = request.getfixturevalue("empty_machine"), request.getfixturevalue("package_index")
    inside = "recbole/dataset_example/ml-100k/ml-100k"
    films, people = ((source / f"ml-100k.{part}").read_bytes() for part in ("item", "user"))
    make_wheel("recbole", "1.2.1", {f"{inside}.inter": ratings, f"{inside}.item": films, f"{inside}.user": people})
    downloaded = movielens_100k.load()
    assert downloaded.interactions.equals(movielens.interactions)
    assert downloaded.titles == movielens.titles
    assert downloaded.people == movielens.people
    kept = cache / "ml-100k" / "ml-100k.item"
    before = kept.stat().st_mtime_ns
    movielens_100k.load()
    assert kept.stat().st_mtime_ns == before


def test_another_table_is_refused_by_name(empty_machine):
    (empty_machine / "ml-100k").mkdir(parents=True)
    (empty_machine / "ml-100k" / "ml-100k.inter").write_text("user_id:token\titem_id:token\n1\t2\n")
    with pytest.raises(BadInput, match=r"ml-100k\.inter: has no column 'rating'"):
        movielens_100k.load()
