"""Files: whole or not there, whatever happens while they are written."""

import errno
import json
import os
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nearfield as nf
from nearfield import Vectors, files
from nearfield.errors import BadInput, StorageError
from nearfield.files import (
    GrowingArray,
    atomic_file,
    atomic_folder,
    check_file_target,
    check_files,
    check_folder_target,
    read_keys,
    release,
    storage_errors,
    write_keys,
)


@given(st.lists(st.text()))
def test_any_key_survives(tmp_path_factory, keys):
    path = tmp_path_factory.mktemp("keys") / "keys.txt"
    write_keys(path, keys)
    assert read_keys(path) == keys


def test_plain_keys_stay_plain(tmp_path):
    write_keys(tmp_path / "k", ["king", "北京", "a b", "new\nline", '"quoted"'])
    assert (tmp_path / "k").read_text().splitlines() == ["king", "北京", "a b", '"new\\nline"', '"\\"quoted\\""']


def write(folder, text, kind="words"):
    (folder / "config.json").write_text(json.dumps({"nearfield_version": text, "kind": kind}))
    (folder / "table.npy").write_text(text)


def written(folder):
    return json.loads((folder / "config.json").read_text())["nearfield_version"]


def test_a_folder_is_replaced_whole(tmp_path):
    for text in ("old", "new"):
        with atomic_folder(tmp_path / "deep" / "words") as folder:
            write(folder, text)
    assert written(tmp_path / "deep" / "words") == "new"
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["words"]


def test_an_error_leaves_what_was_there(tmp_path):
    with atomic_folder(tmp_path / "words") as folder:
        write(folder, "old")
    with pytest.raises(RuntimeError), atomic_folder(tmp_path / "words") as folder:
        write(folder, "new")
        raise RuntimeError
    assert written(tmp_path / "words") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["words"]


def test_there_is_a_folder_at_every_moment_of_a_replacement(tmp_path, monkeypatch):
    with atomic_folder(tmp_path / "words") as folder:
        write(folder, "old")
    calls = []
    for name in ("rename", "rmtree"):
        owner = Path if name == "rename" else shutil
        real = getattr(owner, name)
        monkeypatch.setattr(
            owner, name, lambda *args, real=real, **options: (calls.append(seen()), real(*args, **options))
        )

    def seen():
        return written(tmp_path / "words")

    with atomic_folder(tmp_path / "words") as folder:
        write(folder, "new")
    assert set(calls) == {"old", "new"}


@pytest.mark.parametrize("exchanged", [True, False])
def test_readers_and_two_writers_of_one_path(tmp_path, monkeypatch, exchanged):
    if not exchanged:
        monkeypatch.setattr(files, "_exchange", lambda first, second: False)
    path, errors = tmp_path / "words", []

    def write_often(text):
        for _ in range(20):
            try:
                with atomic_folder(path) as folder:
                    write(folder, text)
            except (OSError, BadInput) as error:
                errors.append(error)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write_often, ("a", "b")))
    assert written(path) in ("a", "b")
    if exchanged:
        assert not errors
        assert [p.name for p in tmp_path.iterdir()] == ["words"]


def test_what_killed_writers_left_is_removed_and_what_living_ones_write_is_not(tmp_path):
    for name in (".words.1.new", ".other.3.new", ".words.4.new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "table.npy").write_text("")
        if name != ".words.4.new":
            os.utime(tmp_path / name, (0, 0))
    with atomic_folder(tmp_path / "words") as living:
        os.utime(living, (0, 0))
        with atomic_folder(tmp_path / "words") as folder:
            write(folder, "second")
        assert living.exists()
        write(living, "first")
    assert written(tmp_path / "words") == "first"
    assert sorted(p.name for p in tmp_path.iterdir()) == [".other.3.new", ".words.4.new", "words"]


def test_what_a_killed_writer_had_moved_away_comes_back(tmp_path):
    (tmp_path / ".words.1.old").mkdir()
    write(tmp_path / ".words.1.old", "old")
    files.list_files(tmp_path / ".words.1.old")
    with pytest.raises(RuntimeError), atomic_folder(tmp_path / "words"):
        raise RuntimeError
    assert written(tmp_path / "words") == "old"


def test_only_the_same_kind_is_replaced_and_only_what_was_written(tmp_path, monkeypatch):
    with atomic_folder(tmp_path / "words") as folder:
        write(folder, "old")
    with pytest.raises(BadInput, match="words: holds a words, which ranker would replace"):
        check_folder_target(tmp_path / "words", "ranker")
    with pytest.raises(BadInput, match="holds a words, which ranker"), atomic_folder(tmp_path / "words") as folder:
        write(folder, "new", kind="ranker")
    for name in ("notes.txt", "sub/notes.txt", "empty"):
        other = tmp_path / "words" / name
        if name == "empty":
            other.mkdir()
        else:
            other.parent.mkdir(exist_ok=True)
            other.write_text("mine")
        with pytest.raises(BadInput, match=f"words: holds '{name}', which nearfield did not write there"):
            check_folder_target(tmp_path / "words")
        if name == "empty":
            other.rmdir()
        else:
            other.unlink()
            if other.parent != tmp_path / "words":
                other.parent.rmdir()
    monkeypatch.chdir(tmp_path / "words")
    for path in (".", "..", tmp_path, tmp_path / "words", "/"):
        with pytest.raises(BadInput, match="is the working folder, or holds it"):
            check_folder_target(path)
    assert written(tmp_path / "words") == "old"


def test_a_link_is_followed_and_stays(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to("disk/words")
    with pytest.raises(BadInput, match="link: is a link to disk/words, which is not there"):
        check_folder_target(tmp_path / "link")
    (tmp_path / "disk" / "words").mkdir()
    for text in ("old", "new"):
        with atomic_folder(tmp_path / "link") as folder:
            write(folder, text)
    assert (tmp_path / "link").is_symlink()
    assert written(tmp_path / "disk" / "words") == "new"
    assert [p.name for p in (tmp_path / "disk").iterdir()] == ["words"]


def test_a_link_to_a_file_is_followed_and_stays(tmp_path):
    (tmp_path / "link.txt").symlink_to("v.txt")
    with pytest.raises(BadInput, match=r"link.txt: is a link to v.txt, which is not there"):
        check_file_target(tmp_path / "link.txt")
    (tmp_path / "v.txt").write_text("old")
    with atomic_file(tmp_path / "link.txt") as file:
        file.write_text("new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "v.txt").read_text() == "new"


@pytest.mark.parametrize("write", [check_file_target, check_folder_target, atomic_file, atomic_folder])
@pytest.mark.parametrize("name", ["pipe", "link"])
def test_a_pipe_is_not_replaced(tmp_path, write, name):
    """Nor is a device, such as /dev/stdout."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    refused = pytest.raises(BadInput, match=f"{name}: is a pipe or a device; expected the name of a file or a folder")
    with refused, ExitStack() as stack:
        if write in (atomic_file, atomic_folder):
            stack.enter_context(write(tmp_path / name))
        write(tmp_path / name)
    assert (tmp_path / "pipe").is_fifo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "pipe"]


@pytest.mark.parametrize("damage", ["changed", "shorter", "gone", "unlisted", "no list"])
def test_a_saved_folder_knows_its_files(tmp_path, damage):
    path = tmp_path / "words"
    with atomic_folder(path) as folder:
        write(folder, "old")
        (folder / "users").mkdir()
        (folder / "users" / "keys.txt").write_text("u")
    check_files(path)
    check_files(path, "table.npy")
    if damage == "changed":
        (path / "users" / "keys.txt").write_text("v")
    elif damage == "shorter":
        (path / "table.npy").write_text("ol")
    elif damage == "gone":
        (path / "table.npy").unlink()
    elif damage == "no list":
        write(path, "old")
    with pytest.raises(BadInput, match="damaged"):
        check_files(path, *(["more.npy"] if damage == "unlisted" else []))


def test_what_is_not_ours_is_not_overwritten(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("years of work")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text('{"model_type": "bert"}')
    (tmp_path / "file").write_text("")
    not_ours = "nearfield did not write"
    for name, message in (("thesis", not_ours), ("model", not_ours), ("file", "is a file"), ("file/x", "is a file")):
        with pytest.raises(BadInput, match=message), atomic_folder(tmp_path / name) as folder:
            write(folder, "")
    assert (tmp_path / "thesis" / "chapter1.txt").exists()
    assert "bert" in (tmp_path / "model" / "config.json").read_text()


def test_a_file_is_replaced_whole(tmp_path):
    (tmp_path / "f").write_text("old")
    with pytest.raises(RuntimeError), atomic_file(tmp_path / "f") as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert (tmp_path / "f").read_text() == "old"
    with atomic_file(tmp_path / "f") as temporary:
        temporary.write_text("new")
    assert [p.name for p in tmp_path.iterdir()] == ["f"]
    assert (tmp_path / "f").read_text() == "new"
    with pytest.raises(BadInput, match="is a folder"), atomic_file(tmp_path):
        pass


def test_a_full_disk_is_one_line():
    with pytest.raises(StorageError, match="^there: No space left on device$"), storage_errors("there"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_while_an_array_grows():
    full = GrowingArray(np.int32)
    full._file.close()
    full._file = open("/dev/full", "r+b", buffering=0)  # noqa: SIM115 - closed with the array
    with pytest.raises(StorageError, match="No space left on device"):
        full.append(np.arange(10))


def test_an_array_grows_on_disk():
    growing = GrowingArray(np.int32)
    assert growing.array().tolist() == []
    growing.append(np.arange(5))
    growing.append(np.array([7, 8], np.int64))
    assert len(growing) == 7
    assert growing.array().tolist() == [0, 1, 2, 3, 4, 7, 8]
    assert growing.array().dtype == np.int32


def test_released_memory_can_be_read_again():
    growing = GrowingArray(np.int32)
    growing.append(np.arange(100_000))
    array = growing.array()[10:]
    release(array, 5_000, 90_000)
    np.testing.assert_array_equal(array, np.arange(10, 100_000))
    release(np.arange(10), 0, 10)


@pytest.mark.skipif(sys.platform != "linux", reason="the process's own memory is read from /proc")
def test_a_pass_in_small_blocks_holds_little_of_the_file():
    growing = GrowingArray(np.int32)
    growing.append(np.zeros(16 << 20, np.int32))  # 64 MB
    array = growing.array()
    before = mapped_bytes()
    for start in range(0, len(array), 10_000):
        array[start : start + 10_000].sum()
        release(array, start, min(start + 10_000, len(array)))
    assert mapped_bytes() - before < 4 << 20


def mapped_bytes():
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"RssFile:\s+(\d+)", status)[1]) * 1024


def test_a_reader_gets_one_save_and_never_parts_of_two(tmp_path):
    """Three readers load vectors while a writer replaces their folder; keys and rows of a save have the same number."""
    path, stop = tmp_path / "words", Event()

    def save(number):
        Vectors([f"{number}-{i}" for i in range(50)], np.full((50, 4), number, np.float32)).save(path)

    def read_often():
        n = 0
        while not stop.is_set():
            vectors = nf.load(path)
            assert {key.partition("-")[0] for key in vectors.keys} == {str(int(vectors.input[0, 0]))}
            n += 1
        return n

    save(0)
    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read_often) for _ in range(3)]
        for number in range(1, 60):
            save(number)
        stop.set()
        assert all(reader.result() for reader in readers)
