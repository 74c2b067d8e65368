"""What a store keeps, refuses and gives back where files around it are lost, damaged or not what they seem."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

import nearfield as nf
from nearfield import Vectors
from nearfield.cli import saving
from nearfield.errors import BadInput, Refused
from nearfield.files import list_files
from nearfield.store import Store


def vectors(value=1.0):
    return Vectors(["a", "b", "c"], np.full((3, 2), value, np.float32))


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "store")
    for number in (1, 2, 3):
        store.publish(vectors(number))
    return store


def numbers(store):
    return [version.number for version in store.versions()]


@pytest.mark.parametrize("lost", ["pointer", "pointer and log"])
def test_without_a_pointer_the_log_or_the_versions_say_what_is_published(store, lost):
    store.rollback(2)
    (store.path / "current").unlink()
    if lost == "pointer and log":
        (store.path / "log.jsonl").unlink()
    assert numbers(store) == [1, 2, 3]
    assert store.current().number == (2 if lost == "pointer" else 3)
    assert store.publish(vectors(4)).number == 4
    assert numbers(store) == [1, 2, 3, 4]


def test_with_an_older_pointer_nothing_is_deleted_and_no_number_given_twice(store):
    older = (store.path / "current").read_bytes()
    store.publish(vectors(4))
    store.publish(vectors(5))
    (store.path / "current").write_bytes(older)
    assert store.current().number == 3
    assert numbers(store) == [1, 2, 3, 4, 5]
    assert store.publish(vectors(6)).number == 6
    assert numbers(store) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("mode", [0o555, 0o700])
def test_modes_of_a_copied_folder_are_those_of_new_ones(tmp_path, mode):
    vectors().save(tmp_path / "words")
    for path in (tmp_path / "words").iterdir():
        path.chmod(mode & 0o666)
    (tmp_path / "words").chmod(mode)
    store = Store(tmp_path / "store")
    for _ in range(4):
        store.publish(tmp_path / "words", keep=1)
    umask = os.umask(0o022)
    os.umask(umask)
    assert store.folder().stat().st_mode & 0o777 == 0o777 & ~umask
    assert (store.folder() / "keys.txt").stat().st_mode & 0o777 == 0o666 & ~umask


@pytest.mark.parametrize("damaged", ["content/vectors.safetensors", "content/config.json", "version.json"])
def test_a_damaged_current_version_is_left_by_rolling_back_or_by_force(store, damaged):
    (store.path / "versions" / "000003" / damaged).write_bytes(b"{")
    with pytest.raises(BadInput, match="damaged|cut short|no JSON|cannot be read"):
        store.publish(vectors(4))
    version = store.publish(vectors(4), force=True)
    assert version.forced
    assert version.report[0]["check"] == "the current version can be read"
    assert store.open().input[0, 0] == 4


def test_a_damaged_current_version_can_be_rolled_back(store):
    (store.path / "versions" / "000003" / "content" / "config.json").write_bytes(b"{")
    assert store.rollback().number == 2
    assert store.open().input[0, 0] == 2


def test_links_that_leave_a_folder_are_refused_and_no_secret_is_copied(tmp_path):
    vectors().save(tmp_path / "words")
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "words" / "extra").symlink_to(tmp_path / "secret")
    with pytest.raises(BadInput, match="extra: is a link to .*secret, which is not in the folder"):
        Store(tmp_path / "store").publish(tmp_path / "words")
    assert not any(path.read_text() == "secret" for path in (tmp_path / "store").rglob("*") if path.is_file())
    (tmp_path / "words" / "extra").unlink()
    os.mkfifo(tmp_path / "words" / "extra")
    with pytest.raises(BadInput, match="extra: is no file"):
        Store(tmp_path / "store").publish(tmp_path / "words")


@pytest.mark.parametrize("damage", ["nan", "cut", "foreign config", "changed byte"])
def test_what_lies_within_a_folder_is_checked_as_well(tmp_path, damage):
    saving.save(vectors(), tmp_path / "words", {saving.USERS: vectors()})
    table = tmp_path / "words" / "users" / "vectors.safetensors"
    content = bytearray(table.read_bytes())
    if damage == "nan":
        table.write_bytes(content[:-4] + np.float32(np.nan).tobytes())
        list_files(tmp_path / "words" / "users")
        list_files(tmp_path / "words")
    elif damage == "cut":
        table.write_bytes(content[:-5])
    elif damage == "foreign config":
        (table.parent / "config.json").write_text(json.dumps({"model_type": "bert"}))
    elif damage == "changed byte":
        content[-1] ^= 1
        table.write_bytes(content)
    with pytest.raises(Refused if damage == "nan" else BadInput, match="users"):
        Store(tmp_path / "store").publish(tmp_path / "words")
    assert Store(tmp_path / "store").current() is None


def test_every_file_of_a_version_is_verified(tmp_path):
    store = Store(tmp_path / "store")
    store.publish(Vectors([f"k{i}" for i in range(9)], np.random.default_rng(1).normal(size=(9, 2)).astype(np.float32)))
    content = Vectors([f"k{i}" for i in range(8)], np.random.default_rng(2).normal(size=(8, 2)).astype(np.float32))
    saving.save(content, tmp_path / "words", {saving.USERS: vectors()})
    store.publish(tmp_path / "words", beside=lambda folder: (folder / "offsets.json").write_text("{}"))
    folder = store.path / "versions" / "000002"
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "version.json"]
    assert {"maps.safetensors", "dropped.json", "offsets.json"} <= {path.name for path in files}
    assert any(path.parent.name == "users" for path in files)
    store.verify()
    for path in files:
        whole = path.read_bytes()
        path.write_bytes(whole + b" ")
        with pytest.raises(BadInput, match=path.name):
            store.verify()
        path.write_bytes(whole)
    store.verify()


def test_what_lies_beside_a_version_outlives_versions_of_others(store):
    store.publish(vectors(4), beside=lambda folder: (folder / "offsets.json").write_text("{}"))
    for number in range(5, 9):
        store.publish(vectors(number), keep=2)
    assert numbers(store) == [4, 7, 8]
    store.publish(vectors(9), keep=2, beside=lambda folder: (folder / "offsets.json").write_text("{}"))
    assert numbers(store) == [4, 8, 9]  # 8 may be rolled back to, and 4 says what it was learnt from
    store.publish(vectors(10), keep=1)
    assert numbers(store) == [9, 10]


def test_opening_a_published_folder_needs_no_store(store):
    assert nf.load(store.folder()).input[0, 0] == 3
