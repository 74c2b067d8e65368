"""Compressed files: read whole, in parts, cut short, damaged, and under a wrong name."""

from __future__ import annotations

import bz2
import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from nearfield.errors import BadInput, StorageError
from nearfield.text.decompression import read_chunks

Write = Callable[..., Path]
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".zst": lambda data: zstandard.ZstdCompressor(write_checksum=True).compress(data),
}
COMPRESSED = sorted(set(COMPRESS) - {""})


def read(path: Path, size: int = 1 << 16) -> bytes:
    return b"".join(read_chunks(path, size))


@settings(deadline=None)
@given(
    parts=st.lists(st.binary(max_size=500).filter(lambda data: data[:1] not in b"B\x1f\x28"), min_size=1, max_size=3),
    kind=st.sampled_from(sorted(COMPRESS)),
    size=st.integers(1, 600),
)
def test_what_was_compressed_comes_back(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], kind: str, size: int
) -> None:
    path = tmp_path_factory.getbasetemp() / f"parts{kind}"
    path.write_bytes(b"".join(COMPRESS[kind](part) for part in parts))
    chunks = list(read_chunks(path, size))
    assert b"".join(chunks) == b"".join(parts)
    assert all(chunks)


@pytest.mark.parametrize("kind", COMPRESSED)
def test_chunks_stay_near_their_size(write: Write, kind: str) -> None:
    path = write(COMPRESS[kind](bytes(64 << 20)), f"zeros{kind}")
    lengths = [len(chunk) for chunk in read_chunks(path, 1 << 20)]
    assert sum(lengths) == 64 << 20
    assert max(lengths) <= 17 << 20


@pytest.mark.parametrize("kind", COMPRESSED)
@pytest.mark.parametrize("missing", [1, 10, 1000])
def test_a_file_cut_short_is_refused(write: Write, kind: str, missing: int) -> None:
    whole = COMPRESS[kind](os.urandom(100_000))
    path = write(whole[:-missing], f"short.txt{kind}")
    with pytest.raises(BadInput, match=rf"short\.txt\{kind}: is cut short .* get the file again"):
        read(path)


@pytest.mark.parametrize("kind", COMPRESSED)
def test_a_damaged_file_is_refused(write: Write, kind: str) -> None:
    whole = bytearray(COMPRESS[kind](b"some text that is long enough " * 1000))
    whole[len(whole) // 2 : len(whole) // 2 + 8] = b"\xff" * 8
    with pytest.raises(BadInput, match=rf"the \{kind} data are damaged|is cut short"):
        read(write(bytes(whole), f"damaged{kind}"))


@pytest.mark.parametrize("kind", COMPRESSED)
def test_a_name_that_disagrees_with_the_first_bytes_is_refused(write: Write, kind: str) -> None:
    with pytest.raises(BadInput, match=rf"is compressed \(\{kind}\) .* rename it to plain\.txt\{kind}"):
        read(write(COMPRESS[kind](b"text"), "plain.txt"))
    with pytest.raises(BadInput, match=rf"the name ends in \{kind} but the file is not compressed so"):
        read(write(b"text", f"text{kind}"))
    with pytest.raises(BadInput, match=rf"the name ends in \{kind} but the file is empty"):
        read(write(b"", f"text{kind}"))
    other = next(one for one in COMPRESSED if one != kind)
    with pytest.raises(BadInput, match=rf"the name ends in \{other} but the file is compressed as \{kind}"):
        read(write(COMPRESS[kind](b"text"), f"text{other}"))


def test_a_text_that_begins_like_bzip2_is_text(write: Write) -> None:
    assert read(write("BZhang wrote this")) == b"BZhang wrote this"


def test_a_file_that_is_gone_or_a_folder_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="No such file"):
        read(tmp_path / "gone")
    with pytest.raises(StorageError, match="Is a directory"):
        read(tmp_path)
