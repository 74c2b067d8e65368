"""Text in another encoding than it is read in."""

from __future__ import annotations

import gzip
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

import nearfield as nf
from nearfield.errors import BadInput

Write = Callable[..., Path]
CHINESE = "他来到了北京，学习自然语言处理。我们在这里工作，他们也来了。\n" * 9
FRENCH = "L'été, déjà à l'école; la forêt était très belle.\n" * 9


def as_lists(sequences: nf.Sequences) -> list[list[str]]:
    return [sequences.keys(i) for i in range(len(sequences))]


@pytest.mark.parametrize("block_size", [64, 1 << 20])
@pytest.mark.parametrize(
    ("text", "encoding", "message"),
    [
        (
            CHINESE,
            "gb18030",
            r"\.txt: .* are no UTF-8, the first at .*\.txt:1 .*read it with encoding='gb18030'",
        ),
        (FRENCH, "latin-1", r"corpus\.txt: 81 of 450 characters \(18\.0%\) are no UTF-8.*--encoding latin-1"),
        (CHINESE, "utf-16", "is UTF-16 by its first bytes; name its encoding, utf-16"),
        ("plain\n" * 9, "utf-16-le", r"holds a NUL byte \(byte 1\): it looks like utf-16-le: name its encoding"),
    ],
)
def test_text_that_is_not_utf8_is_refused_with_the_fix(
    write: Write, text: str, encoding: str, message: str, block_size: int
) -> None:
    path, language = write(text.encode(encoding)), "zh" if text == CHINESE else "en"
    with pytest.raises(BadInput, match=message):
        nf.read_text(path, language=language, min_count=1, block_size=block_size)
    expected = as_lists(nf.read_text(write(text, "utf8.txt"), language=language, min_count=1))
    read = nf.read_text(path, language=language, min_count=1, encoding=encoding, block_size=block_size)
    assert as_lists(read) == expected


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "GB2312", "utf-16", "utf-16-be", "utf-32", "utf_8_sig", "hz"])
@pytest.mark.parametrize("compressed", [False, True])
def test_every_codec_of_python_is_read(write: Write, encoding: str, compressed: bool) -> None:
    content = CHINESE.encode(encoding)
    path = write(gzip.compress(content), "t.gz") if compressed else write(content)
    read = nf.read_text(path, language="zh", min_count=1, encoding=encoding, block_size=50)
    assert as_lists(read) == as_lists(nf.read_text(write(CHINESE, "utf8.txt"), language="zh", min_count=1))


def test_one_bad_file_of_several_is_named(write: Write) -> None:
    good, bad = write(FRENCH * 50, "a.txt"), write(FRENCH.encode("latin-1"), "b.txt")
    with pytest.raises(BadInput, match=r"b\.txt: 81 of 450 characters"):
        nf.read_text([good, bad, good], min_count=1)


def test_up_to_one_percent_is_replaced_and_told(write: Write) -> None:
    good = b"nine and \n"
    with pytest.warns(UserWarning, match="2 invalid UTF-8 sequences replaced by U"):
        nf.read_text(write(good * 19 + b"t\xffo and \xff\n" + good), min_count=1)
    with pytest.raises(BadInput, match=r"3 of 210 characters \(1\.4%\) are no UTF-8"):
        nf.read_text(write(good * 20 + b"\xfft\xffw\xffo nd\n"), min_count=1)


@pytest.mark.parametrize(
    ("text", "stored", "encoding", "message"),
    [
        (
            FRENCH,
            "utf-8",
            "latin-1",
            r"is UTF-8, but encoding is .*8859-1.*, in which its text would have .L'Ã©",
        ),
        (CHINESE, "utf-8", "gb18030", "leave the encoding out|are no gb18030.*UTF-8 needs none"),
        (CHINESE, "gb18030", "latin-1", "encoding is .*8859-1.*, but it looks like gb18030"),
        (CHINESE, "gb18030", "big5", "are no big5"),
        (CHINESE, "gb18030", "utf-16", "is not utf-16|no utf-16|looks like|NUL"),
    ],
)
def test_another_encoding_than_said_is_refused(
    write: Write, text: str, stored: str, encoding: str, message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        nf.read_text(write(text.encode(stored)), language="zh", min_count=1, encoding=encoding)


def test_what_is_not_in_a_named_encoding_is_refused_replaced_or_left_out(write: Write) -> None:
    content = CHINESE.encode("gb18030") + b"\xff \n"
    with pytest.warns(UserWarning, match="1 invalid gb18030 sequence replaced by U"):
        nf.read_text(write(content), language="zh", encoding="gb18030", min_count=1)
    with pytest.raises(BadInput, match="is not gb18030 at byte"):
        nf.read_text(write(content), language="zh", encoding="gb18030", min_count=1, errors="refuse")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nf.read_text(write(content), language="zh", encoding="gb18030", min_count=1, errors="ignore")
