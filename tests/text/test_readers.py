"""`read_text` beside a slow and obvious twin, beside gensim, and before hostile files."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gensim.models import Word2Vec
from gensim.models.word2vec import LineSentence
from hypothesis import given, settings
from hypothesis import strategies as st

import nearfield as nf
from nearfield.errors import BadInput
from nearfield.text.readers import in_order

Write = Callable[..., Path]
# letters of one to four bytes, letters whose lower case is longer, marks, digits, joiners, blanks of all kinds
ALPHABET = "abAZ\u0301éÉİΣσñ한글ﬁ𐐀١2Ⅷ'’.,!-_€😀 \t\r\n\x0b\x1c\x85\u2028\u3000\u00a0"
ALPHABET += "\u00ad\ufeff\ufffd\u200b\u200c\u200dم\ufe0fᄀ\u1161"
# two letters of a script that is spelt with zero-width joiners, and what Unicode calls ignorable by default
JOINING, IGNORABLE = "م١", "\u00ad\ufeff\ufe0f"


def as_lists(sequences: nf.Sequences) -> list[list[str]]:
    return [sequences.keys(i) for i in range(len(sequences))]


def slow_words(line: str, language: str, digits: bool, punctuation: bool) -> list[str]:
    if language == "whitespace":
        return line.split()
    kinds = {"L": "w", "N": "w" if digits else "n"}
    line_kinds = "".join(
        "'" if c == "'" else "j" if c in "\u200c\u200d" else kinds.get(k := unicodedata.category(c)[0], k) for c in line
    )
    tokens = "w[wM]*(?:['j]w[wM]*)*" + ("|[PS']" if punctuation else "")
    return [line[found.start() : found.end()] for found in re.finditer(tokens, line_kinds)]


def slow_clean(text: str) -> str:
    """Without what is invisible, and with one zero-width joiner where a script is spelt with it."""
    text = "".join(c for c in text if c not in IGNORABLE)
    cleaned = ""
    for c in text:
        if c not in "\u200c\u200d" or (cleaned[-1:] in (*JOINING, "\u0301") and cleaned[-1:] >= "\u0590"):
            cleaned += c
    return cleaned


def slow_read(
    text: str, language: str, lowercase: bool, digits: bool, punctuation: bool, longest: int
) -> list[list[str]]:
    text = text.removeprefix("\ufeff")
    if language != "whitespace":
        text = text.lower() if lowercase else text
        text = slow_clean(unicodedata.normalize("NFC", text.replace("’", "'")))
    text = unicodedata.normalize("NFC", text)
    lines = (
        slow_words(line, language, digits, punctuation) for line in re.split("[\n\x0b\x0c\r\x85\u2028\u2029]", text)
    )
    return [words[i : i + longest] for words in lines for i in range(0, len(words), longest)]


@settings(max_examples=300, deadline=None)
@given(
    text=st.text(st.sampled_from(ALPHABET), min_size=1, max_size=200),
    language=st.sampled_from(["en", "whitespace"]),
    lowercase=st.booleans(),
    digits=st.booleans(),
    punctuation=st.booleans(),
    longest=st.integers(1, 5),
    workers=st.integers(1, 3),
    block_size=st.sampled_from([1, 17, 40, 1 << 20]),
)
def test_reads_what_the_slow_twin_reads(
    tmp_path_factory: pytest.TempPathFactory,
    text: str,
    language: str,
    lowercase: bool,
    digits: bool,
    punctuation: bool,
    longest: int,
    workers: int,
    block_size: int,
) -> None:
    path = tmp_path_factory.getbasetemp() / "twin.txt"
    path.write_bytes(text.encode())
    options: dict[str, Any] = {"lowercase": lowercase, "digits": digits, "punctuation": punctuation}
    expected = slow_read(text, language, longest=longest, **options)
    options |= {"max_sentence_length": longest, "workers": workers, "block_size": block_size}
    if not expected:
        with pytest.raises(BadInput, match="holds no token"):
            nf.read_text(path, language=language, min_count=1, **options)
        return
    read = nf.read_text(path, language=language, min_count=1, **options)
    assert as_lists(read) == expected
    assert read.vocabulary == nf.Sequences.from_lists(expected).vocabulary


@pytest.mark.parametrize(
    ("options", "tokens"),
    [
        ({}, ["don't", "tom's", "co", "op", "3", "14", "covid19", "naïve"]),
        ({"lowercase": False}, ["Don't", "Tom's", "co", "op", "3", "14", "COVID19", "naïve"]),
        ({"digits": False}, ["don't", "tom's", "co", "op", "covid", "naïve"]),
        (
            {"punctuation": True},
            ["'", "don't", "'", ",", "tom's", "co", "-", "op", "3", ".", "14", "covid19", "!", "naïve"],
        ),
        ({"language": "whitespace"}, ["'Don't',", "Tom’s", "co-op", "3.14", "COVID19!", "naïve"]),
        (
            {"language": "whitespace", "normalization": "none"},
            ["'Don't',", "Tom’s", "co-op", "3.14", "COVID19!", "nai\u0308ve"],
        ),
    ],
)
def test_options_decide_what_a_token_is(write: Write, options: dict[str, Any], tokens: list[str]) -> None:
    path = write("'Don't', Tom’s co-op 3.14\tCOVID19! nai\u0308ve\r\n")
    assert as_lists(nf.read_text(path, min_count=1, **options)) == [tokens]


def test_agrees_with_gensim_on_real_text(text8_lines: Path) -> None:
    peer = Word2Vec(min_count=5)
    peer.build_vocab(LineSentence(str(text8_lines)))
    read = nf.read_text(text8_lines)
    expected = {key: peer.wv.get_vecattr(key, "count") for key in peer.wv.index_to_key}
    assert dict(zip(read.vocabulary.keys, read.vocabulary.counts.tolist(), strict=True)) == expected
    kept = [[word for word in line.split() if word in expected] for line in text8_lines.read_text().splitlines()]
    assert as_lists(read) == kept


def test_one_line_of_megabytes_is_cut(text8: Path) -> None:
    read = nf.read_text(text8, min_count=1)
    lengths = [len(sentence) for sentence in read]
    assert sum(lengths) == 1_171_946
    assert set(lengths[:-1]) == {10_000}


def test_neither_workers_nor_blocks_change_the_result(text8_lines: Path) -> None:
    first = nf.read_text(text8_lines, workers=1, block_size=1 << 22)
    for workers, block_size in [(1, 10_007), (2, 100_003), (4, 1 << 20)]:
        other = nf.read_text(text8_lines, workers=workers, block_size=block_size)
        assert other.vocabulary == first.vocabulary
        assert (other.tokens == first.tokens).all()
        assert (other.offsets == first.offsets).all()


def test_vocabulary_options(write: Write) -> None:
    path = write("a a a a b b b c c d\nd e\n")
    assert as_lists(nf.read_text(path, min_count=3)) == [["a"] * 4 + ["b"] * 3, []]
    assert nf.read_text(path, min_count=1, max_vocab_size=2).vocabulary.keys == ("a", "b")
    assert nf.read_text(path, min_count=3, keep=["e"], stop=["a"]).vocabulary.keys == ("b", "e")
    assert nf.read_text(path, min_count=3, keep=["never seen"]).vocabulary.keys == ("a", "b")


def test_several_sources_are_read_in_order(write: Write, tmp_path: Path) -> None:
    write("b b", "folder/2.txt")
    write("a", "folder/1.txt")
    last = write("c\n")
    read = nf.read_text([tmp_path / "folder", str(last)], min_count=1)
    assert as_lists(read) == [["a"], ["b", "b"], ["c"]]


def test_reads_standard_input() -> None:
    program = "import nearfield as nf; s = nf.read_text('-', min_count=1); print(s.vocabulary.keys, len(s))"
    done = subprocess.run([sys.executable, "-c", program], input=b"a b\na\n", capture_output=True, check=True)
    assert done.stdout.decode().strip() == "('a', 'b') 2"


@pytest.mark.parametrize("block_size", [16, 1 << 20])
def test_invalid_utf8_is_replaced_and_counted(write: Write, block_size: int) -> None:
    path = write(b"some plain words to begin with\n\xff \xe9t\xe9 \xef\xbf\xbd ok\n" + b"and many more of them\n" * 20)
    with pytest.warns(UserWarning, match=r"^3 invalid UTF-8 sequences .* first at .*corpus\.txt:2 \(byte 31\)"):
        read = nf.read_text(path, min_count=1, language="whitespace", block_size=block_size)
    assert read.keys(1) == ["\ufffd", "\ufffdt\ufffd", "\ufffd", "ok"]
    read = nf.read_text(path, min_count=1, language="whitespace", block_size=block_size, errors="ignore")
    assert read.keys(1) == ["t", "\ufffd", "ok"]


def test_valid_text_warns_of_nothing(write: Write) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nf.read_text(write("\ufeffété \ufffd\n"), min_count=1)


def test_invalid_utf8_is_refused_with_its_place(write: Write) -> None:
    path = write(b"\xef\xbb\xbffine\nfine again\n caf\xe9 \n")
    with pytest.raises(BadInput, match=r"corpus\.txt:3 \(byte 23\): 0xe9 is no UTF-8"):
        nf.read_text(path, errors="refuse", block_size=16)


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("", {}, "the text holds no token"),
        (" \r\n\t\n \n", {}, "the text holds no token"),
        ("... 1 !\n", {"digits": False}, "the text holds no token"),
        ("a a a b", {}, "no token is as frequent as min_count=5; the most frequent was seen 3 times"),
        ("a a b", {"min_count": 1, "stop": ["a", "b"]}, "stop holds every token"),
        ("a", {"language": "klingon"}, "language is 'klingon'; expected one of: en, zh, whitespace"),
        ("a", {"errors": "skip"}, "errors is 'skip'; expected one of: replace, refuse, ignore"),
        ("a", {"simplify": True}, "simplify is for language 'zh'"),
        ("a", {"normalization": "NFD"}, "normalization is 'NFD'; expected one of: NFC, NFKC, none"),
        ("a", {"lowercase": "no"}, "lowercase is 'no'; expected True or False"),
        ("a", {"dictionary": ["云"]}, "dictionary is for language 'zh'; language is 'en'"),
        ("a", {"encoding": "klingon"}, "encoding is 'klingon'; expected one that Python knows"),
        ("a", {"encoding": "hex"}, "encoding is 'hex'; expected one that Python knows"),
        ("a", {"min_count": 0}, "min_count is 0"),
        ("a", {"max_sentence_length": 0}, "max_sentence_length is 0"),
        ("a", {"max_vocab_size": 0}, "max_vocab_size is 0"),
        ("a", {"workers": 0}, "workers is 0"),
        ("a", {"block_size": 0.5}, "block_size is 0.5"),
        ("a", {"keep": "the"}, "keep is 'the'; expected a list"),
        ("a", {"stop": [1]}, "stop is .1.; expected a list"),
        ("a", {"min_count": 1, "stop": ["a"], "keep": ["a"]}, "both keep and stop"),
        (b"\x89PNG\r\n\x1a\n\0\0", {}, "holds a NUL byte"),
    ],
)
def test_refuses_with_one_clear_line(write: Write, content: str | bytes, options: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        nf.read_text(write(content), **options)
    assert "\n" not in str(caught.value)


def test_a_later_text_is_read_alike(write: Write) -> None:
    options: dict[str, Any] = {"lowercase": False, "digits": False, "min_count": 2, "stop": ["is"], "keep": ["Rome"]}
    read = nf.read_text(
        write("New York is big\nNew York 1\nRome\n"), phrases=nf.Phrases(min_count=1, threshold=0.5), **options
    )
    read.save(write("", "old").with_name("sequences"))
    reading = nf.load(write("", "old").with_name("sequences")).reading
    later = write("New York is old\nNew York 2 is Rome\n", "later.txt")
    expected = [["New_York"], ["New_York", "Rome"]]
    assert as_lists(nf.read_text(later, **reading["read_text"])) == expected
    assert nf.read_text(later, **reading["read_text"]).reading["read_text"] == reading["read_text"]


def test_memory_does_not_grow_with_the_text(text8_lines: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.txt"
    large.write_bytes(text8_lines.read_bytes() * 8)
    program = (
        "import nearfield as nf, resource, sys\n"
        "def peak(path):\n"
        "    nf.read_text(path, workers=2)\n"
        "    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(-peak(sys.argv[1]) + peak(sys.argv[2]))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, text8_lines, large], capture_output=True, check=True)
    unit = 1024 if sys.platform == "linux" else 1
    assert int(done.stdout) * unit < 24 << 20, "reading 55 MB took much more memory than reading 7 MB"


def test_results_come_in_order_and_errors_come_through() -> None:
    assert list(in_order(lambda x: x * x, range(50), 3)) == [x * x for x in range(50)]
    results = in_order(lambda x: 1 // (3 - x), range(50), 3)
    assert [next(results) for _ in range(3)] == [0, 0, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)
