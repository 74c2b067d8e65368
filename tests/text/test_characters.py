"""Marks without letters, invisible characters, normal forms, line ends."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nearfield as nf
from nearfield.text.characters import categories, may_change_in_nfc, spaces

Write = Callable[..., Path]
N = 0x110000


def words(path: Path, **options: Any) -> list[list[str]]:
    read = nf.read_text(path, **{"min_count": 1} | options)
    return [read.keys(i) for i in range(len(read))]


def test_tables_are_unicodedatas() -> None:
    assigned = [i for i in range(N) if unicodedata.category(chr(i))[0] != "C"]
    table, changes = categories(N), may_change_in_nfc(N)
    assert [table[i].tobytes().decode() for i in assigned] == [unicodedata.category(chr(i)) for i in assigned]
    assert np.flatnonzero(spaces(N)).tolist() == [i for i in range(N) if chr(i).isspace()]
    assert not any(changes[:0xC0])
    for code in assigned:
        parts = unicodedata.decomposition(chr(code))
        if not unicodedata.is_normalized("NFC", chr(code)):
            assert changes[code]
        if parts and "<" not in parts and " " in parts:  # what a letter before it may be joined with
            assert changes[int(parts.split()[1], 16)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I ❤️ you ❤️", ["i", "you"]),
        ("👩‍💻 1️⃣ ok", ["1\u20e3", "ok"]),
        ("\u0301 \ufe0f\ufe0f a", ["a"]),
        ("co\u00adoperate", ["cooperate"]),
        ("co\u00ad operate", ["co", "operate"]),
        ("Auf\u200clage", ["auflage"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("می\u200c\u200cخواهم می\u200c", ["می\u200cخواهم", "می"]),
        ("क्\u200dष", ["क्\u200dष"]),
        ("שלום\u200f \u200eabc", ["שלום", "abc"]),
        ("葛\U000e0100飾", ["葛飾"]),
        ("ខ្មែរ\u200bជា", ["ខ្មែរ", "ជា"]),
        ("don\u00ad't", ["don't"]),
        ("e\u00ad\u0301t", ["ét"]),
    ],
)
@pytest.mark.parametrize("block_size", [16, 1 << 20])
def test_what_a_word_is(write: Write, text: str, expected: list[str], block_size: int) -> None:
    assert words(write(text + "\n"), block_size=block_size) == [expected]


def test_marks_are_no_tokens_of_their_own(write: Write) -> None:
    assert words(write("I ❤️ you \u0301\n"), punctuation=True) == [["i", "❤", "you"]]


@pytest.mark.parametrize(
    ("normalization", "expected"),
    [
        ("NFC", ["café", "ａｂｃ１２", "ﬁne", "가"]),
        ("NFKC", ["café", "abc12", "fine", "가"]),
        ("none", ["cafe\u0301", "ａｂｃ１２", "ﬁne", "\u1100\u1161"]),
    ],
)
@pytest.mark.parametrize("language", ["en", "whitespace"])
def test_normal_forms(write: Write, language: str, normalization: str, expected: list[str]) -> None:
    path = write("cafe\u0301 ａｂｃ１２ ﬁne \u1100\u1161\n")
    assert words(path, language=language, normalization=normalization) == [expected]


def test_full_width_letters_and_digits_in_chinese(write: Write) -> None:
    path = write("我有１２个ＡＢＣ苹果\n")
    assert words(path, language="zh", normalization="NFKC") == [["我", "有", "12", "个", "abc", "苹果"]]


def test_both_forms_of_a_letter_are_one_key(write: Write) -> None:
    path = write("café cafe\u0301 Ångström A\u030angstro\u0308m \u212bngström\n")
    for language in ("en", "whitespace"):
        assert len(nf.read_text(path, language=language, min_count=1).vocabulary) == 2


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\n\r"])
@pytest.mark.parametrize("language", ["en", "whitespace", "zh"])
@pytest.mark.parametrize("block_size", [16, 1 << 20])
def test_every_line_end_ends_a_sentence(write: Write, end: str, language: str, block_size: int) -> None:
    path = write(end.join(["one two three", "four five six seven", "", "eight"]))
    expected = [["one", "two", "three"], ["four", "five", "six", "seven"], ["eight"]]
    assert words(path, language=language, block_size=block_size) == expected


def test_keep_and_stop_are_brought_to_the_form_of_the_text(write: Write) -> None:
    path = write("The Café the café rare l’été\n" + "the café many\n" * 5)
    read = nf.read_text(path, stop=["The", "cafe\u0301"], keep=["Rare", "L’ÉTÉ"])
    assert set(read.vocabulary) == {"many", "rare", "l'été"}
    assert read.reading["read_text"]["stop"] == ["the", "café"]
    wide = nf.read_text(path, stop=["ＴＨＥ"], normalization="NFKC")
    assert "the" not in wide.vocabulary
