"""Files: whole or not there, whatever happens while they are written."""

import errno
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield.errors import BadInput, StorageError
from nearfield.files import GrowingArray, atomic_file, atomic_folder, read_keys, release, storage_errors, write_keys


@given(st.lists(st.text()))
def test_any_key_survives(tmp_path_factory, keys):
    path = tmp_path_factory.mktemp("keys") / "keys.txt"
    write_keys(path, keys)
    assert read_keys(path) == keys


def test_plain_keys_stay_plain(tmp_path):
    write_keys(tmp_path / "k", ["king", "北京", "a b", "new\nline", '"quoted"'])
    assert (tmp_path / "k").read_text().splitlines() == ["king", "北京", "a b", '"new\\nline"', '"\\"quoted\\""']


def write(folder, text):
    (folder / "config.json").write_text(f'{{"nearfield_version": "{text}"}}')


def test_a_folder_is_replaced_whole(tmp_path):
    for text in ("old", "new"):
        with atomic_folder(tmp_path / "deep" / "words") as folder:
            write(folder, text)
    assert (tmp_path / "deep" / "words" / "config.json").read_text() == '{"nearfield_version": "new"}'
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["words"]


def test_an_error_leaves_what_was_there(tmp_path):
    with atomic_folder(tmp_path / "words") as folder:
        write(folder, "old")
    with pytest.raises(RuntimeError), atomic_folder(tmp_path / "words") as folder:
        write(folder, "new")
        raise RuntimeError
    assert (tmp_path / "words" / "config.json").read_text() == '{"nearfield_version": "old"}'
    assert [p.name for p in tmp_path.iterdir()] == ["words"]


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
