"""A ranker that reads version 1 of item vectors, and what version 2 is to it: the path of `benchmarks/consumer.py`."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

import nearfield as nf
from nearfield.embed import ItemEmbedding
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank import LogisticRegression
from nearfield.rank.features.similarities import NumberColumns, with_numbers
from nearfield.store import Store

GROUPS, EACH, DIM = 4, 12, 8
SETTINGS = {"vector_size": DIM, "epochs": 10, "min_count": 1, "verbose": False}


def sessions(n, seed, new=0):
    """Each stays among the items of one group; with `new` each group has so many items more."""
    random = np.random.default_rng(seed)
    groups = random.integers(0, GROUPS, n)
    return [[f"{group}-{item}" for item in random.integers(0, EACH + new, 8)] for group in groups]


def liked(vectors, keys):
    """Items as rows of their vectors' numbers; those of the first two groups are liked."""
    labels = np.array([key[0] in "01" for key in keys], np.float32)
    empty = Examples(labels, np.zeros(len(keys) + 1, np.int64), np.empty(0, np.int32), space=FeatureSpace(0, ()))
    return with_numbers(empty, NumberColumns(tuple(f"x{i}" for i in range(vectors.dim)), vectors[keys]))


@pytest.fixture
def stores(tmp_path):
    """Vectors of the first sessions, and in another store the ranker that reads them."""
    items, rankers = Store(tmp_path / "items"), Store(tmp_path / "rankers")
    first = ItemEmbedding(seed=1, **SETTINGS).fit(sessions(300, 1)).vectors_
    items.publish(first)
    rankers.publish(LogisticRegression(alpha=0.3, epochs=20).fit(liked(first, list(first.keys))))
    return items, rankers


def areas(items, consumer):
    """AUC over the items of the current version: raw, in the space of version 1, and of a consumer that learns anew."""
    raw, aligned = items.open(), items.open_in(1)
    keys = list(raw.keys)
    again = LogisticRegression(alpha=0.3, epochs=20).fit(liked(raw, keys))
    pairs = (consumer, raw), (consumer, aligned), (again, raw)
    rows = [(model, liked(vectors, keys)) for model, vectors in pairs]
    return [roc_auc_score(one.labels, model.foretell(one)) for model, one in rows]


def test_retrained_vectors_are_another_space_that_a_map_leads_back_from(stores):
    items, rankers = stores
    both = sessions(300, 1) + sessions(60, 2, new=3)
    found = []
    for seed in (2, 3, 4, 5):
        items.publish(ItemEmbedding(seed=seed, **SETTINGS).fit(both).vectors_)
        found.append(areas(items, rankers.open()))
    raw, aligned, again = np.mean(found, axis=0)
    assert raw < 0.8
    assert min(aligned, again) > 0.97


def test_updated_vectors_stay_in_the_space_that_is_read(stores):
    items, rankers = stores
    found = nf.update(items.open(), sessions(60, 2, new=3))
    assert {key[0] for key in found.new_keys} == set("0123")
    items.publish(found.content)
    raw, aligned, again = areas(items, rankers.open())
    assert min(raw, aligned, again) > 0.97
