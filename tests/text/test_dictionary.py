"""A user's dictionary of Chinese words, in jieba's format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nearfield as nf
from nearfield.errors import BadInput
from nearfield.text.dictionary import parse_line, read_dictionary

Write = Callable[..., Path]
TEXT = "他来到了网易杭研大厦，学习C++和C#。云计算 Edu Trust认证 迈克尔·乔丹，机油5w-30\n"


def words(path: Path, **options: Any) -> list[str]:
    return nf.read_text(path, **{"language": "zh", "min_count": 1} | options).keys(0)


def test_words_of_the_dictionary_are_found(write: Write) -> None:
    """jieba's own example, with a word that has a space in it (fxsjy/jieba#300), a dot, a hyphen and signs."""
    user = "云计算 5\n杭研大厦 1000 n\nEdu Trust认证 2000\n迈克尔·乔丹 nr\nC++\n5w-30 99\n"
    path = write(TEXT)
    expected = ["他", "来到", "了", "网易", "杭研大厦", "学习", "c++", "和", "c", "云计算", "edu trust认证"]
    expected += ["迈克尔·乔丹", "机油", "5w-30"]
    assert words(path, dictionary=write(user, "user.txt")) == expected
    assert words(path, dictionary=user.splitlines()) == expected
    assert words(path, dictionary=write(user.replace(" 1000 n", "\t1000\tn"), "tabs.txt"), digits=False) == expected
    assert words(path, dictionary=write(b"\xef\xbb\xbf" + user.replace("\n", "\r\n").encode(), "dos.txt")) == expected
    assert "杭研大厦" not in words(path)


def test_a_frequency_of_0_takes_a_word_away(write: Write) -> None:
    assert "来到" in words(write(TEXT))
    assert "来到" not in words(write(TEXT), dictionary=["来到 0"])


def test_words_within_other_words_are_not_cut_out(write: Write) -> None:
    assert words(write("database a base\n"), dictionary=["a base 9"]) == ["database", "a base"]


def test_the_dictionary_is_in_the_encoding_of_the_text_and_remembered(write: Write) -> None:
    path, user = write(TEXT.encode("gb18030")), write("杭研大厦 1000 n\n".encode("gb18030"), "user.txt")
    read = nf.read_text(path, language="zh", min_count=1, dictionary=user, encoding="gb18030")
    assert "杭研大厦" in read.vocabulary
    user.unlink()
    assert nf.read_text(path, **read.reading["read_text"]).vocabulary == read.vocabulary


def test_traditional_dictionaries_are_simplified_with_the_text(write: Write) -> None:
    read = nf.read_text(
        write("他來到杭研大廈。\n"), language="zh", simplify=True, dictionary=["杭研大廈 1000"], min_count=1
    )
    assert "杭研大厦" in read.vocabulary


def test_phrases_keep_and_stop_see_the_words_of_the_dictionary(write: Write) -> None:
    read = nf.read_text(write(TEXT * 3), language="zh", dictionary=["C++"], keep=["C++"], stop=["他"])
    assert read.vocabulary.keys == ("c++",)


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("云计算", ("云计算", None, None)),
        ("云计算 5", ("云计算", 5, None)),
        ("云计算 n", ("云计算", None, "n")),
        ("云计算 5 n", ("云计算", 5, "n")),
        ("Edu Trust认证 2000", ("Edu Trust认证", 2000, None)),
        ("apple pie", ("apple pie", None, None)),
        ("apple pie 3 n", ("apple pie", 3, "n")),
        ("iphone 12\t\t", ("iphone 12", None, None)),
        ("云计算\t5\tn", ("云计算", 5, "n")),
    ],
)
def test_lines_are_read_as_jieba_reads_them(line: str, entry: tuple[str, int | None, str | None]) -> None:
    (read,) = read_dictionary([line])
    assert parse_line(read) == entry


@given(
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), st.integers(0, 10**9), st.sampled_from(["n", ""])
)
def test_lines_round_trip(word: str, frequency: int, tag: str) -> None:
    (read,) = read_dictionary([f"{word}\t{frequency}\t{tag}"])
    assert read_dictionary([read]) == [read]
    assert parse_line(read) == (word, frequency, tag or None)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("云计算 1_0\n", r"user\.txt:1: frequency '1_0' is no whole number; expected lines such as: 云计算 1000 n"),
        ("\n云计算 -5\n", r"user\.txt:2: frequency '-5'"),
        ("云计算 3.5\n", "frequency '3.5'"),
        ("云计算 ５\n", "frequency '５'"),
        ("云计算\tmany\n", "frequency 'many'"),
        ("\t5\n", "has no word"),
        ("\n", "holds no word"),
        ("云计算\n".encode("gb18030"), "is not UTF-8"),
    ],
)
def test_a_line_that_is_none_is_named(write: Write, content: str | bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        nf.read_text(write(TEXT), language="zh", dictionary=write(content, "user.txt"))
