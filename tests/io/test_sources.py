"""Which files a source names."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from nearfield.errors import BadInput, StorageError
from nearfield.io import find_files

Write = Callable[..., Path]


@pytest.fixture
def folder(write: Write, tmp_path: Path) -> Path:
    for name in ["AB/wiki_00", "AA/wiki_01", "AA/wiki_00", "b.txt", "a.txt.gz", ".hidden", ".git/config"]:
        write("text", f"corpus/{name}")
    return tmp_path / "corpus"


def names(files: list[Path], folder: Path) -> list[str]:
    return [str(file.relative_to(folder)) for file in files]


def test_a_folder_is_all_its_files_sorted(folder: Path) -> None:
    assert names(find_files(folder), folder) == ["AA/wiki_00", "AA/wiki_01", "AB/wiki_00", "a.txt.gz", "b.txt"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.txt", ["b.txt"]),
        ("A?/wiki_00", ["AA/wiki_00", "AB/wiki_00"]),
        ("**/wiki_*", ["AA/wiki_00", "AA/wiki_01", "AB/wiki_00"]),
    ],
)
def test_a_glob_is_all_files_that_match_sorted(folder: Path, pattern: str, expected: list[str]) -> None:
    assert names(find_files(f"{folder}/{pattern}"), folder) == expected


def test_a_file_whose_name_looks_like_a_glob_is_itself(write: Write) -> None:
    path = write("text", "what[1]?.txt")
    assert find_files(path) == [path]


def test_a_list_keeps_its_order_and_what_stands_twice(folder: Path) -> None:
    found = find_files([folder / "b.txt", "-", f"{folder}/A?/wiki_01", folder / "b.txt"])
    assert found == [folder / "b.txt", Path("-"), folder / "AA/wiki_01", folder / "b.txt"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("no/such/file.txt", "no/such/file.txt: no such file or folder"),
        ("no/such/*.txt", r"no/such/\*\.txt: no file matches"),
        ("", "source is ''"),
        ("a\0b", "source is"),
        ([], "source is an empty list"),
        (3, "source is a int; expected a path"),
        ([["a", "b"]], "source holds a list; expected paths; for lists of tokens use Sequences.from_lists"),
    ],
)
def test_refuses_what_names_no_file(source: Any, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        find_files(source)


def test_pipes_in_a_folder_are_left_out_and_one_that_is_named_is_taken(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert folder / "pipe" not in find_files(folder)
    assert find_files(folder / "pipe") == [folder / "pipe"]


def test_refuses_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="the folder holds no file"):
        find_files(tmp_path)


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Root may read everything: go on as nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def open_to_all(folder: Path) -> None:
    """Let everybody into a folder of pytest's, which are its owner's alone."""
    for one in [folder, *folder.parents]:
        if Path(tempfile.gettempdir()) in one.parents:
            one.chmod(one.stat().st_mode | 0o055)


def test_a_path_that_may_not_be_looked_at_is_named(tmp_path: Path) -> None:
    open_to_all(tmp_path)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o000)
    with ordinary_user(), pytest.raises(StorageError, match=r"text\.txt: Permission denied"):
        find_files(closed / "text.txt")
    closed.chmod(0o755)


def test_a_folder_within_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    open_to_all(tmp_path)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o000)
    with ordinary_user(), pytest.raises(StorageError, match=r"Permission denied"):
        find_files(tmp_path)
    closed.chmod(0o755)
