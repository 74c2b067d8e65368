"""`kill -9` before every step that writes: what was current is current, or what was to come, and the store goes on."""

import shutil
import subprocess
import sys

import numpy as np
import pytest

from nearfield import Vectors
from nearfield.store import Store

# forks a writer for each step, which it kills just before that step; prints how many steps there were
PROGRAM = """
import os, shutil, signal, sys
from pathlib import Path
import numpy as np
from nearfield import Vectors
from nearfield.formats import load  # imported before a step is counted
from nearfield.store import Store

start, folder, action = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
steps = {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate"}
left = None


def step():
    global left
    if left is not None:
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


def watch(event, arguments):
    if event in steps and (event != "open" or str(arguments[0]).startswith(str(folder))):
        step()


def synced(descriptor):
    step()  # and nothing else: a kill loses nothing that was written


def act(path):
    if action == "publish":
        Store(path).publish(Vectors(["a", "b"], np.full((2, 2), 3, np.float32)), keep=1)
    else:
        Store(path).rollback()


os.fsync = synced
sys.addaudithook(watch)
for number in range(10_000):
    path = folder / str(number)
    if start.exists():
        shutil.copytree(start, path)
    child = os.fork()
    if child == 0:
        left = number
        act(path)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
print(number)
"""


def vectors(value):
    return Vectors(["a", "b"], np.full((2, 2), value, np.float32))


def value_of(vectors):
    return vectors.input[0, 0]


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """Here, too, nothing is lost but time."""
    monkeypatch.setattr("os.fsync", lambda _: None)


def killed(start, folder, action):
    """Return the stores that killed writers have left, and the one where the writer was not killed."""
    folder.mkdir()
    command = [sys.executable, "-c", PROGRAM, start, folder, action]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [folder / str(number) for number in range(int(done.stdout) + 1)]


def leftovers(path):
    return [one for one in path.rglob("*") if ".new" in one.name or one.name.startswith(".")]


@pytest.fixture
def start(tmp_path):
    store = Store(tmp_path / "start")
    store.publish(vectors(1))
    store.publish(vectors(2))
    return store.path


def test_while_it_publishes(start, tmp_path):
    stores = killed(start, tmp_path / "killed", "publish")
    found = [value_of(Store(path).open()) for path in stores]
    n_old = found.count(2)
    assert found == [2] * n_old + [3] * (len(found) - n_old)
    assert min(n_old, len(found) - n_old) > 5
    assert any(map(leftovers, stores))
    for path, value in zip(stores, found, strict=True):
        store = Store(path)
        assert store.verify() == store.current()
        number = store.publish(vectors(4), keep=1).number
        assert number == (3 if value == 2 else 4)
        assert [version.number for version in store.versions()] == [number]
        assert [line["version"] for line in store.log()] == list(range(1, number + 1))
        assert [one.name for one in (path / "versions").iterdir()] == [f"{number:06d}"]
        assert leftovers(path) == []


def test_while_it_publishes_the_first(tmp_path):
    stores = killed(tmp_path / "nothing", tmp_path / "killed", "publish")
    found = [Store(path).current() for path in stores]
    n_none = found.count(None)
    assert n_none > 5
    assert all(version.number == 1 for version in found[n_none:])
    for path in stores:
        assert value_of(Store(path).open(Store(path).publish(vectors(4)).number)) == 4
        assert leftovers(path) == []


def test_while_it_rolls_back(start, tmp_path):
    stores = killed(start, tmp_path / "killed", "rollback")
    found = [value_of(Store(path).open()) for path in stores]
    assert found == sorted(found, reverse=True)
    assert set(found) == {1, 2}
    for path, value in zip(stores, found, strict=True):
        store = Store(path)
        assert store.publish(vectors(4)).previous == value
        assert [line["event"] for line in store.log()].count("rollback") == (value == 1)
        assert leftovers(path) == []
        shutil.rmtree(path)
