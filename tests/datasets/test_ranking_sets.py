"""Rows to rank: what is read is what plain splitting of the files finds."""

import gzip
import itertools

import numpy as np
import pytest

from nearfield.datasets import adult, click_through, criteo_tiny, find, frappe, mind_sample, movielens_100k
from nearfield.errors import BadInput


def lines(name, file):
    return gzip.decompress(find(name, file).read_bytes()).decode().splitlines()


def names(examples, row):
    """The features of a row by name."""
    one = examples[row : row + 1]
    return [examples.space.name(feature) for feature in one.features.tolist()]


def test_people_of_adult_are_those_of_the_file(dataset):
    parts = dataset(adult.load)
    assert [len(part) for part in parts] == [32_561, 16_281]
    assert [(part["income"] == ">50K").sum() for part in parts] == [7_841, 3_846]
    assert set(parts.test["income"]) == {">50K", "<=50K"}
    for part, file in zip(parts, ("adult.data.gz", "adult.test.gz"), strict=True):
        found = [", ".join(str(cell) for cell in row) for row in part.fill_null("?").iter_rows()]
        assert found == [line.rstrip(".") for line in lines("adult", file)[1:] if line]


def test_examples_of_adult_share_a_space(dataset):
    train, test = dataset(adult.examples, {"sex": "categorical", "age": "numeric"})
    assert train.space == test.space
    assert {"sex=Male", "sex=Female", "age", "race=White"} <= set(test.space.names)
    ages = np.array([int(line.split(",")[0]) for line in lines("adult", "adult.data.gz")[1:] if line])
    of_age = train.features == train.space.names.index("age")
    np.testing.assert_allclose(train.values[of_age], (ages - ages.mean()) / ages.std(), rtol=1e-4, atol=1e-5)
    assert train.labels.sum() == 7_841


def test_rows_of_frappe_are_those_of_the_file(dataset):
    parts = dataset(frappe.load)
    for part, file in zip(parts, ("validation", "test"), strict=True):
        rows = part.features.reshape(-1, 10)
        written = [
            " ".join(["1" if label else "-1", *(f"{feature}:1" for feature in row)])
            for label, row in zip(part.labels, rows.tolist(), strict=True)
        ]
        assert written == [line.strip() for line in lines("frappe_part", f"frappe.{file}.libfm.gz")]
        assert np.array_equal(part.fields.reshape(-1, 10), np.tile(np.arange(10), (len(part), 1)))
    assert [int(part.labels.sum()) for part in parts] == [19_063, 9_536]


def test_a_feature_of_frappe_has_one_field(dataset):
    train, test = dataset(frappe.load)
    fields = np.full(train.space.size, -1)
    fields[train.features] = train.fields
    known = fields[test.features] >= 0
    assert np.array_equal(fields[test.features][known], test.fields[known])


def test_criteo_is_read_with_its_gaps(dataset):
    train, sample = dataset(criteo_tiny.load)
    assert (len(train), len(sample)) == (1_999, 200)
    cells = [line.split(",") for line in lines("criteo_tiny", "train.tiny.csv.gz")[1:]]
    assert np.diff(train.indptr).tolist() == [sum(cell != "" for cell in row[2:]) for row in cells]
    assert train.labels.tolist() == [float(row[1]) for row in cells]
    first = dict(zip(criteo_tiny.SCHEMA, cells[0][2:], strict=True))
    assert names(train, 0) == [f if f[0] == "I" else f"{f}={cell}" for f, cell in first.items() if cell]
    counts = [np.sign(float(v)) * np.log1p(abs(float(v))) for f, v in first.items() if f[0] == "I" and v]
    np.testing.assert_allclose(train.values[: len(counts)], counts, rtol=1e-6)


@pytest.mark.parametrize(
    ("loader", "n", "positive"),
    [
        (click_through.ml_100k, 100_000, 55_375),
        (click_through.ml_1m_half, 487_650, 279_124),
        (click_through.mind, 189_359, 7_542),
    ],
)
def test_clicks_are_split_by_time_and_grouped_by_user_or_page(dataset, loader, n, positive):
    parts = dataset(loader)
    assert [len(part) for part in parts] == [n * 8 // 10, n * 9 // 10 - n * 8 // 10, n - n * 9 // 10]
    assert sum(int(part.labels.sum()) for part in parts) == positive
    times = np.concatenate([part.times for part in parts])
    assert np.all(np.diff(times) >= 0)
    assert all(part.space == parts.train.space for part in parts)
    user = [names(parts.train, row)[0] for row in range(300)]  # the same group, the same user
    assert len(set(zip(user, parts.train.groups[:300], strict=True))) == len(set(parts.train.groups[:300]))


def test_a_rating_becomes_a_click_with_what_is_known(dataset):
    data = dataset(movielens_100k.load)
    train = click_through.ml_100k().train
    rows = sorted(data.interactions.iter_rows(), key=lambda row: row[3])  # stable
    for i in (0, 1, 40_000, 79_999):
        user, item, rating, time = rows[i]
        age, gender, occupation = data.people[user]
        expected = {f"user={user}", f"item={item}", f"age={age}", f"gender={gender}", f"occupation={occupation}"}
        assert set(names(train, i)) == expected | {f"genres={genre}" for genre in data.genres[item]}
        assert (train.labels[i], train.times[i], train.groups[i]) == (rating >= 4, time, int(user))


def test_slices_of_films_keep_the_numbers_of_features(dataset):
    whole = dataset(click_through.ml_100k)
    slices = click_through.ml_100k_slices((0.5, 0.9, 1.0))
    assert [len(one) for one in slices] == [50_000, 40_000, 10_000]
    for earlier, later in itertools.pairwise(slices):
        assert later.space.names[: earlier.space.size] == earlier.space.names
        assert later.space.size > earlier.space.size
        assert earlier.times.max() <= later.times.min()
    assert all(names(slices[1], row) == names(whole.train[50_000:], row) for row in range(0, 30_000, 997))
    assert len({name for name in slices[-1].space.names if name.startswith("user=")}) == 943


def test_an_article_shown_becomes_a_row_of_its_page_with_the_last_clicks(dataset):
    data = dataset(mind_sample.load)
    train = click_through.mind().train
    for page in data.impressions[:3].iter_rows(named=True):
        rows = np.flatnonzero(train.groups == int(page["impression"]))
        assert train.labels[rows].sum() == len(page["clicked"])
        shown = {f"item={item}" for item in [*page["clicked"], *page["skipped"]]}
        assert {name for row in rows for name in names(train, row) if name.startswith("item=")} == shown
        last = {f"history={item}" for item in page["history"][-25:]}
        assert all({name for name in names(train, row) if name.startswith("history=")} == last for row in rows)


@pytest.mark.parametrize(
    ("loader", "folder", "file", "content", "message"),
    [
        (adult.load, "adult", "adult.data.gz", "age, income\n39, <=50K\n", "row 1 has 2 cells; expected the 15"),
        (frappe.load, "frappe_part", "frappe.validation.libfm.gz", "1 3:1\n", ":1: has 1 features; expected the 10"),
    ],
)
def test_another_file_is_refused(tmp_path, monkeypatch, loader, folder, file, content, message):
    (tmp_path / folder).mkdir()
    (tmp_path / folder / file).write_bytes(gzip.compress(content.encode()))
    monkeypatch.setenv("NEARFIELD_DATA", str(tmp_path))
    with pytest.raises(BadInput, match=message):
        loader()
