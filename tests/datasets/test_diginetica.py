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


def test_what_was_bought_in_the_sessions(dataset):
    shop, bought = dataset(diginetica.load), dataset(diginetica.purchases)
    assert sum(map(len, bought.values())) == 18_025
    viewed = {}
    for session, item in shop.views.select("session", "item").iter_rows():
        viewed.setdefault(session, set()).add(item)
    among = {session: items for session, items in bought.items() if session in viewed}
    assert (len(among), sum(map(len, among.values()))) == (138, 256)
    # most of what is bought was viewed before, so that the numbers are of the same sessions and products
    assert sum(item in viewed[session] for session, items in among.items() for item in items) == 121
