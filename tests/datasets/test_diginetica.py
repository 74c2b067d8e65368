"""The part of Diginetica has what its description says."""

from nearfield.datasets import diginetica


def test_counts(dataset):
    shop = dataset(diginetica.load)
    assert shop.views.height == 12_391
    assert shop.views["session"].n_unique() == 2_986
    assert shop.views["item"].n_unique() == 7_139
    days = shop.views["time"] // 86_400_000_000
    assert days.n_unique() == 142
    assert shop.categories["139578"] == "1096"


def test_sessions_are_in_the_order_of_time(dataset):
    shop = dataset(diginetica.load)
    sequences = shop.sequences()
    assert len(sequences) == 2_986
    assert sequences.n_tokens == 12_391
    first = shop.views.filter(shop.views["session"] == "1").sort("time")["item"].to_list()
    assert sequences.keys(0) == first
    assert all(item in shop.categories for item in sequences.vocabulary.keys)
