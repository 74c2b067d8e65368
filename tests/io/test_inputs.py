"""Compressed files: read whole, in parts, cut short, damaged, and under a wrong name."""

from __future__ import annotations

import bz2
import gzip
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from nearfield.errors import BadInput
from nearfield.io import (
    checked_encoding,
    compression,
    ending,
    open_input,
    plain_file,
    read_chunks,
    read_text_file,
)

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
def test_the_first_bytes_decide_where_the_name_says_nothing(write: Write, kind: str) -> None:
    assert read(write(COMPRESS[kind](b"text"), "plain.txt")) == b"text"


@pytest.mark.parametrize("kind", COMPRESSED)
def test_a_name_that_disagrees_with_the_first_bytes_is_refused(write: Write, kind: str) -> None:
    with pytest.raises(BadInput, match=rf"the name ends in \{kind} but the file is not compressed so"):
        read(write(b"text", f"text{kind}"))
    with pytest.raises(BadInput, match=rf"the name ends in \{kind} but the file is empty"):
        read(write(b"", f"text{kind}"))
    other = next(suffix for suffix in COMPRESSED if suffix != kind)
    with pytest.raises(BadInput, match=rf"the name ends in \{other} but the file is compressed as \{kind}"):
        read(write(COMPRESS[kind](b"text"), f"text{other}"))


def test_a_text_that_begins_like_bzip2_is_text(write: Write) -> None:
    assert read(write("BZhang wrote this")) == b"BZhang wrote this"


def test_a_file_that_is_gone_or_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="gone: no such file"):
        read(tmp_path / "gone")
    with pytest.raises(BadInput, match="is a folder; expected a file"):
        read(tmp_path)


@pytest.mark.parametrize("kind", sorted(COMPRESS))
def test_a_pipe_is_read_and_decompressed_by_its_first_bytes(tmp_path: Path, kind: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(pipe.write_bytes, COMPRESS[kind](b"some text\n" * 1000))
        assert read(pipe) == b"some text\n" * 1000
        written.result()


@pytest.mark.parametrize("kind", sorted(COMPRESS))
def test_an_input_is_read_in_any_pieces(write: Write, kind: str) -> None:
    lines = b"".join(b"%d\n" % i for i in range(100_000))
    with open_input(write(COMPRESS[kind](lines), f"lines.txt{kind}")) as file:
        assert file.read(3) == b"0\n1"
        assert file.readline() == b"\n"
        assert file.peek(1)[:1] == b"2"
        assert sum(1 for _ in file) == 99_998


@settings(deadline=None)
@given(
    text=st.text(st.characters(codec="gb18030"), max_size=300),
    encoding=st.sampled_from(["gb18030", "utf-16", "utf-16-le", "utf-32", "UTF-8"]),
    size=st.integers(1, 600),
)
def test_another_encoding_becomes_utf8(
    tmp_path_factory: pytest.TempPathFactory, text: str, encoding: str, size: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "encoded.txt.gz"
    path.write_bytes(gzip.compress(text.encode(encoding)))
    assert b"".join(read_chunks(path, size, encoding)).decode() == text


def test_bytes_that_are_none_of_the_encoding_are_named_by_their_place(write: Write) -> None:
    path = write("词向量".encode("gb18030") * 200_000 + b"\xff\xff rest", "odd.txt")
    with pytest.raises(BadInput, match=r"odd\.txt: is not gb18030 at byte 1200000; name the encoding"):
        list(read_chunks(path, 1 << 16, "gb18030"))
    replaced = b"".join(read_chunks(path, 1 << 16, "gb18030", "replace")).decode()
    assert replaced.startswith("词向量")
    assert "\ufffd" in replaced[-10:]
    with pytest.raises(BadInput, match=r"is not utf-16"):
        list(read_chunks(write(b"abc", "half.txt"), 1 << 16, "utf-16"))


@pytest.mark.parametrize("encoding", ["klingon", "rot13", "zlib", "", 3, "a\0b"])
def test_an_unknown_encoding_is_refused(write: Write, encoding: Any) -> None:
    path = write("text")
    if encoding == "":
        assert checked_encoding(encoding) is None  # as if none were named
        return
    for reading in (lambda: read_chunks(path, 100, encoding), lambda: open_input(path, encoding).__enter__()):
        with pytest.raises(BadInput, match="expected one that Python knows, such as utf-8, gb18030"):
            reading()


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_text_file_comes_with_line_feeds(write: Write, line_end: str, mark: str) -> None:
    assert read_text_file(write(f"{mark}a{line_end}b c{line_end}")) == "a\nb c\n"
    assert read_text_file(write(f"{mark}a{line_end}b{line_end}".encode("utf-16-le")), "utf-16-le") == "a\nb\n"


def test_a_text_file_that_is_none_is_refused(write: Write) -> None:
    with pytest.raises(BadInput, match=r"a\.txt: is not UTF-8 at byte 2; name its encoding, such as gb18030"):
        read_text_file(write(b"ab\xb4\xca", "a.txt"))
    with pytest.raises(BadInput, match="is UTF-16 by its first bytes"):
        read_text_file(write("text".encode("utf-16"), "a.txt"))
    with pytest.raises(BadInput, match="holds a NUL byte"):
        read_text_file(write(b"ab\0", "a.txt"))


def test_an_engine_gets_the_file_itself_or_a_whole_copy(write: Write, tmp_path: Path) -> None:
    path = write("a,b\n1,2\n", "t.CSV")
    with plain_file(path) as plain:
        assert plain == path
    for name, content, encoding in (
        ("t.csv.gz", gzip.compress(b"a,b\n1,2\n"), None),
        ("t.csv", "a,b\n1,2\n".encode("utf-16"), "utf-16"),
        ("t.csv", b"\xef\xbb\xbfa,b\n1,2\n", None),
        ("t.csv.gz", gzip.compress(b"\xef\xbb\xbfa,b\n1,2\n"), None),
    ):
        with plain_file(write(content, name), encoding) as plain:
            assert plain.suffix == ".csv"
            assert plain.read_bytes() == b"a,b\n1,2\n"
        assert not plain.exists()
    cut = write(gzip.compress(os.urandom(100_000))[:-5000], "cut.csv.gz")
    with pytest.raises(BadInput, match="is cut short"), plain_file(cut):
        pass


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.CSV.gz", (".csv", ".gz")), ("a.Txt.ZST", (".txt", ".zst")), ("a", ("", None)), ("a.bz2", ("", ".bz2"))],
)
def test_the_end_of_a_name(name: str, expected: tuple[str, str | None]) -> None:
    assert (ending(Path(name)), compression(Path(name))) == expected
