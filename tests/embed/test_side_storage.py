"""EGES as a folder: what is read is what was written, and what is damaged is named."""

from __future__ import annotations

import json

import numpy as np
import pytest

import nearfield as nf
from nearfield.errors import BadInput, IncompatibleVersion, NotFitted
from nearfield.formats.safetensors import read_arrays, write_arrays

SETTINGS = {"vector_size": 5, "epochs": 2, "negative": 2, "workers": 1, "verbose": False}
SIDE = {"tone": {"a": ["low", "loud"], "b": "high"}, "place": {}, "mood": {"c": "glad=sad"}}


@pytest.fixture(scope="module")
def model():
    return nf.EGES(**SETTINGS).fit([["a", "b", "c", "d"], ["d", "a", "c"]] * 10, side=SIDE)


@pytest.fixture
def saved(model, tmp_path):
    model.save(tmp_path / "model")
    return tmp_path / "model"


def test_a_model_comes_back_as_it_was(model, saved):
    found = nf.load(saved)
    assert type(found) is nf.EGES
    assert found.get_params() == model.get_params()
    assert found.losses_ == model.losses_
    assert found.vectors_.keys == model.vectors_.keys
    assert found.side_vectors_.keys == model.side_vectors_.keys
    for name in ("input", "output", "counts"):
        assert np.array_equal(getattr(found.vectors_, name), getattr(model.vectors_, name))
    assert np.array_equal(found.item_rows_, model.item_rows_)
    assert all(found.attention_of(key) == model.attention_of(key) for key in "abcd")
    cold = {"x": {"tone": ["low", "high"], "mood": "glad=sad"}}
    assert np.array_equal(found.cold(cold)["x"], model.cold(cold)["x"])
    assert found.vectors_.metadata == model.vectors_.metadata


def test_saving_twice_writes_the_same(model, saved, tmp_path):
    nf.EGES.load(saved).save(tmp_path / "again")
    names = [path.relative_to(saved) for path in saved.rglob("*") if path.is_file()]
    assert all((tmp_path / "again" / name).read_bytes() == (saved / name).read_bytes() for name in names)


def test_what_is_not_fitted_is_not_saved(tmp_path):
    with pytest.raises(NotFitted):
        nf.EGES().save(tmp_path / "model")
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("attention", lambda a: a[1:], "attention has 6 numbers for 7 slots"),
        ("attention", lambda a: a * np.float32(np.nan), "do not fit 4 items"),
        ("item_rows", lambda a: a[1:], "do not fit 4 items"),
        ("item_rows", lambda a: a[:, 1:].copy(), "fields, values and vectors do not fit together"),
        ("items", lambda a: a + 4, "do not fit 4 items"),
        ("items", lambda a: a[1:], "do not fit 4 items"),
        ("values", lambda a: a - 1, "do not fit 4 items"),
        ("values", lambda a: a.astype(np.float32), "expected item_rows, attention, items, values"),
        ("values", None, "expected item_rows, attention, items, values"),
    ],
)
def test_damaged_tables_are_named(saved, name, change, message):
    arrays = read_arrays(saved / "learnt.safetensors", mmap=False)
    changed = {} if change is None else {name: np.ascontiguousarray(change(arrays[name]))}
    rest = {key: array for key, array in arrays.items() if key != name or change is not None}
    write_arrays(saved / "learnt.safetensors", rest | changed)
    with pytest.raises(BadInput, match=message):
        nf.load(saved)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"parameters": {"alpha": 1}}, BadInput, "parameters are {'alpha': 1}; expected vector_size"),
        ({"parameters": None}, BadInput, "parameters are None"),
        ({"fields": ["tone"]}, BadInput, "fields, values and vectors do not fit together"),
        ({"fields": "tone"}, BadInput, "fields, values and vectors do not fit together"),
        ({"fields": [["tone"]]}, BadInput, "fields, values and vectors do not fit together"),
        ({"format_version": 2}, IncompatibleVersion, "format version 2"),
    ],
)
def test_damaged_settings_are_named(saved, changes, error, message):
    path = saved / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(error, match=message):
        nf.load(saved)


def test_missing_files_are_named(saved):
    (saved / "learnt.safetensors").unlink()
    with pytest.raises(BadInput, match="learnt.safetensors: is missing"):
        nf.load(saved)
