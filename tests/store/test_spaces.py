"""Reading one version in the space of another: a consumer that was trained on version 1 goes on with version 4."""

import shutil

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from nearfield import Vectors
from nearfield.errors import BadInput
from nearfield.store import Store

N, DIM = 300, 8


def turned(rows, seed, noise=0.02):
    """The same points from another side, a little off."""
    random = np.random.default_rng(seed)
    rotation = np.linalg.qr(random.normal(size=(DIM, DIM)))[0]
    return (rows @ rotation + random.normal(size=rows.shape) * noise).astype(np.float32)


@pytest.fixture
def store(tmp_path):
    """Four versions, each turned, with a few keys that leave and a few that come."""
    store, rows = Store(tmp_path / "store"), np.random.default_rng(5).normal(size=(N, DIM)).astype(np.float32)
    for version in range(4):
        rows = rows if version == 0 else turned(rows, version)
        some = slice(10 * version, N - 30 + 10 * version)
        store.publish(Vectors([f"k{i}" for i in range(N)][some], rows[some]))
    return store


def shared(store, left, right):
    return [key for key in store.open(left).keys if key in store.open(right)]


def test_consumers_of_the_first_version(store):
    first, keys = store.open(1), shared(store, 1, 4)
    versions = [store.open(), store.open_in(1), store.open_in(1, kind="affine")]
    found = []
    for weights in np.random.default_rng(2).normal(size=(10, DIM)):
        consumer = LogisticRegression().fit(first.input, first.input @ weights > 0.3)
        truth = first[keys] @ weights > 0.3
        found.append([roc_auc_score(truth, consumer.decision_function(version[keys])) for version in versions])
    raw, orthogonal, affine = zip(*found, strict=True)
    assert np.mean(raw) < 0.8
    assert min(orthogonal + affine) > 0.99


@pytest.mark.parametrize("kind", ["orthogonal", "affine"])
def test_maps_lead_back_to_a_version_that_is_gone(store, kind):
    keys, first = shared(store, 1, 4), store.open(1)
    wanted, direct = first[keys], store.open_in(1, kind=kind)[keys]
    shutil.rmtree(store.folder(1).parent)
    through_others = store.open_in(1, kind=kind)[keys]
    for found in (direct, through_others):
        assert np.abs(found - wanted).mean() < 0.05
    assert np.abs(store.open()[keys] - wanted).mean() > 0.5


def test_forth_and_back(store):
    keys = shared(store, 1, 4)
    assert np.abs(store.open_in(4, 1)[keys] - store.open(4)[keys]).mean() < 0.05
    np.testing.assert_array_equal(store.open_in(2, 2).input, store.open(2).input)


def test_what_no_map_leads_to(store):
    store.publish(Vectors(store.open().keys, store.open().input[:, :3]), keep=2)
    with pytest.raises(BadInput, match="version 1 is gone, and no map leads there"):
        store.open_in(1, 4)
    with pytest.raises(BadInput, match="no orthogonal map to the version before; it holds: affine"):
        store.open_in(3, 5)
    with pytest.raises(BadInput, match="has no version 9"):
        store.open_in(1, 9)
    with pytest.raises(BadInput, match="3 and 8 dimensions"):
        store.open_in(4, 5)
    assert store.open_in(3, 4).dim == DIM
    assert store.open_in(3, 5, kind="affine").dim == DIM
