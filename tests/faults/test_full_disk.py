"""A disk that refuses at any step, and at any byte: one line is said, and the store is as it was or has the version."""

import contextlib
import errno
import os
import resource
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest

from nearfield import Vectors
from nearfield.errors import BadInput, StorageError
from nearfield.store import Store


def vectors(value):
    return Vectors(["a", "b"], np.full((2, 500), value, np.float32))


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def start(tmp_path):
    store = Store(tmp_path / "start")
    store.publish(vectors(1))
    store.publish(vectors(2))
    return store.path


@pytest.mark.parametrize("call", ["os.fsync", "os.rename", "os.replace", "os.mkdir", "os.open"])
def test_every_refusal(start, tmp_path, monkeypatch, call):
    real = getattr(os, call.removeprefix("os."))
    before = files(start)
    for number in range(100):
        store = Store(shutil.copytree(start, tmp_path / f"{call}{number}"))
        left = number

        def refuse(*arguments, **options):
            nonlocal left
            left -= 1
            if left == -1:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(*arguments, **options)

        monkeypatch.setattr(call, refuse)
        try:
            with contextlib.suppress(StorageError):  # any other error is none of ours
                store.publish(vectors(3), keep=1)
        finally:
            monkeypatch.setattr(call, real)
        if store.current().number == 2:
            assert files(store.path) == before
        else:
            assert store.current().number == 3
        assert store.verify() == store.current()
        number_next = store.publish(vectors(4), keep=1).number
        assert [one.name for one in (store.path / "versions").iterdir()] == [f"{number_next:06d}"]
        if left >= 0:
            break
    assert left >= 0
    assert number > 0


def test_files_that_cannot_grow(start):
    """The kernel itself refuses what lies beyond a limit on the size of files, as a full disk does."""
    before = files(start)
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        for most in (0, 10, 100, 1_000, 3_000):
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
            with pytest.raises(StorageError, match="File too large"):
                Store(start).publish(vectors(3))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert files(start) == before
    assert Store(start).publish(vectors(3)).number == 3


def test_a_folder_that_cannot_be_read(start, tmp_path):
    vectors(3).save(tmp_path / "words")
    (tmp_path / "words" / "vectors.safetensors").unlink()
    (tmp_path / "words" / "vectors.safetensors").symlink_to(Path("nowhere"))
    before = files(start)
    with pytest.raises(BadInput, match="vectors.safetensors: is a link to nowhere") as caught:
        Store(start).publish(tmp_path / "words")
    assert "\n" not in str(caught.value)
    assert files(start) == before
