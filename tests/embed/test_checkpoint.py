"""Checkpoints: damaged ones are refused before a kernel runs, and a disk that refuses costs the checkpoint only."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from nearfield import Vectors, Word2Vec
from nearfield.errors import BadInput
from nearfield.files import storage_errors

TEXT = [list("abcdefgh"), list("hgfedcba")] * 20


def model(**settings):
    return Word2Vec(**{"vector_size": 8, "epochs": 2, "workers": 1, "verbose": False, "sample": 0, **settings})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("next", -1),
        ("next", 2**62),
        ("next", 1.5),
        ("next", "3"),
        ("next", None),
        ("next", True),
        ("epoch", -1),
        ("epoch", 99),
        ("random", -5),
        ("random", 2**64),
        ("loss", [[1]]),
        ("loss", "none"),
        ("loss", {"a": 1}),
    ],
)
def test_a_damaged_state_is_refused(tmp_path, name, value):
    path = tmp_path / "checkpoint"
    model(checkpoint=path).fit(TEXT)
    config = json.loads((path / "config.json").read_text())
    config["shards"][0][name] = value
    (path / "config.json").write_text(json.dumps(config))
    with pytest.raises(BadInput, match="the checkpoint is damaged"):
        model(checkpoint=path).fit(TEXT, resume=True)


def test_vectors_are_not_replaced_by_a_checkpoint(tmp_path):
    Vectors(["a"], np.ones((1, 2), np.float32)).save(tmp_path / "words")
    with pytest.raises(BadInput, match="words: holds a vectors, which checkpoint would replace"):
        model(checkpoint=tmp_path / "words").fit(TEXT)


def test_a_disk_that_refuses_costs_the_checkpoint_and_not_the_training(tmp_path, monkeypatch):
    whole = model().fit(TEXT)

    def full(*_):
        raise OSError("1000 requested and 10 written")

    monkeypatch.setattr("numpy.save", full)
    with pytest.warns(UserWarning, match="no checkpoint was saved, and training goes on: .*is the disk full"):
        fitted = model(checkpoint=tmp_path / "checkpoint").fit(TEXT)
    assert fitted.vectors_.input.tobytes() == whole.vectors_.input.tobytes()
    assert not (tmp_path / "checkpoint").exists()
    assert not list(tmp_path.iterdir())


def test_a_finished_run_resumed_is_the_same(tmp_path):
    path = tmp_path / "checkpoint"
    first = model(checkpoint=path).fit(TEXT)
    shutil.copytree(path, tmp_path / "copy")
    again = model(checkpoint=path).fit(TEXT, resume=True)
    assert again.losses_ == first.losses_
    assert again.vectors_.input.tobytes() == first.vectors_.input.tobytes()


def test_what_numpy_could_not_write_is_one_line(tmp_path):
    with pytest.raises(OSError, match="^there: not all could be written"), storage_errors("there"):
        raise OSError("253848 requested and 46048 written")
