"""The counts are those of the data's README and of a reading by the standard library."""

import csv
import gzip

import numpy as np
import pytest

from nearfield.datasets import find, obd_zozo
from nearfield.errors import BadInput


@pytest.mark.parametrize(
    ("policy", "campaign", "clicks", "items"),
    [("bts", "all", 42, 80), ("random", "all", 38, 80), ("bts", "men", 69, 34), ("random", "men", 46, 34)],
)
def test_what_was_shown_and_clicked(dataset, policy, campaign, clicks, items):
    data = dataset(obd_zozo.load, policy, campaign)
    assert (len(data.shown), data.shown["click"].sum(), len(data.items)) == (10_000, clicks, items)
    assert set(data.shown["item"]) == set(data.items["item"])
    assert set(data.shown["position"]) == {1, 2, 3}
    days = data.shown["time"].to_numpy().astype("datetime64[us]").astype("datetime64[D]")
    assert (np.diff(data.shown["time"].to_numpy()) >= 0).all()
    assert (str(days.min()), str(days.max())) == ("2019-11-24", "2019-11-30")


def test_rows_are_those_of_the_file(dataset):
    data = dataset(obd_zozo.load)
    with gzip.open(find("obd_zozo", "bts/all/all.csv.gz"), "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["click"] == "1"]
    clicked = data.shown.filter("click")
    assert sorted(row["item_id"] for row in rows) == sorted(clicked["item"])
    assert sorted(row["user_feature_2"] for row in rows) == sorted(clicked["user_feature_2"])
    expected = sorted(float(row["propensity_score"]) for row in rows)
    np.testing.assert_allclose(sorted(clicked["propensity"].to_list()), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("thompson", "all"), "policy is 'thompson'; expected one of bts, random"),
        (("bts", "women"), "campaign is 'wom"),
    ],
)
def test_what_there_is_not(arguments, message):
    with pytest.raises(BadInput, match=message):
        obd_zozo.load(*arguments)
