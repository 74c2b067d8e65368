"""Blocks end between words, and know where they come from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearfield.errors import BadInput
from nearfield.io import LONGEST_WORD, read_blocks

Write = Callable[..., Path]


@settings(deadline=None)
@given(content=st.text(st.sampled_from("aé \n\t\r"), max_size=300), size=st.integers(1, 64), mark=st.booleans())
def test_blocks_are_the_file_in_pieces(
    tmp_path_factory: pytest.TempPathFactory, content: str, size: int, mark: bool
) -> None:
    data = content.encode()
    path = tmp_path_factory.getbasetemp() / "blocks.txt"
    path.write_bytes(b"\xef\xbb\xbf" * mark + data)
    blocks = list(read_blocks([path], size))
    assert b"".join(block.data for block in blocks) == data
    assert [block.last for block in blocks] == [False] * (len(blocks) - 1) + [True]
    before = b""
    for block in blocks:
        assert block.last or block.data[-1:] in b" \n\t\r"
        assert block.start == len(before) + 3 * mark
        assert block.line == before.count(b"\n") + 1
        before += block.data


def test_every_file_ends_with_a_last_block(write: Write) -> None:
    files = [write("a b", "1"), write("", "2"), write("c", "3")]
    assert [(block.path.name, block.data, block.last) for block in read_blocks(files, 100)] == [
        ("1", b"a ", False),
        ("1", b"b", True),
        ("2", b"", True),
        ("3", b"c", True),
    ]


def test_place_of_a_byte(write: Write) -> None:
    *_, block = read_blocks([write("one two\nthree four\nfive")], 16)
    assert (block.data, block.where(2)) == (b"five", f"{block.path}:3 (byte 21)")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_refuses_utf16(write: Write, encoding: str) -> None:
    path = write("\ufeff".encode("utf-16-be") * (encoding == "utf-16-be") + "hello".encode(encoding))
    with pytest.raises(BadInput, match=r"is UTF-16 by its first bytes; name its encoding"):
        list(read_blocks([path], 100))


def test_refuses_a_binary_file_and_names_the_byte(write: Write) -> None:
    path = write("\ufefftext and more text".encode() + b"\0")
    with pytest.raises(BadInput, match=r"corpus\.txt: holds a NUL byte \(byte 21\)"):
        list(read_blocks([path], 16))


def test_refuses_a_word_without_end(tmp_path: Path) -> None:
    path = tmp_path / "genome.txt"
    path.write_bytes(b"two words\n" + b"a" * (LONGEST_WORD + (2 << 20)))
    with pytest.raises(BadInput, match=r"genome\.txt:2: no blank in 6\d,\d{3},\d{3} bytes"):
        list(read_blocks([path], 1 << 20))
