"""How vectors are read: all formats alike."""

import bz2
import gzip
import os
import subprocess
import sys
import threading
from contextlib import suppress

import numpy as np
import pytest
import zstandard
from gensim.models import KeyedVectors

from nearfield import load
from nearfield.errors import BadInput
from nearfield.formats import WRITABLE, save
from nearfield.vectors import Vectors

KEYS = [f"key{i}" for i in range(50)]
ENDINGS = {"word2vec": ".txt", "word2vec-binary": ".bin", "parquet": ".parquet", "numpy": ".npz"}
COMPRESS = {".gz": gzip.compress, ".bz2": bz2.compress, ".zst": zstandard.compress}
STREAMED = ["word2vec", "word2vec-binary", "glove", "parquet", "numpy"]


@pytest.fixture
def many():
    return Vectors(KEYS, np.random.default_rng(0).normal(size=(50, 6)), counts=np.arange(50, 0, -1))


@pytest.fixture(params=WRITABLE)
def written(request, many, tmp_path):
    path = tmp_path / f"v{ENDINGS.get(request.param, '')}"
    save(many, path, format=request.param)
    return path


def test_the_first_ones_and_those_that_are_named(many, written):
    assert load(written, limit=7).keys == tuple(KEYS[:7])
    np.testing.assert_array_equal(load(written, limit=7).input, many.input[:7])
    assert load(written, limit=99).keys == tuple(KEYS)
    some = load(written, keys=["key9", "absent", "key3", "key49"])
    assert some.keys == ("key3", "key9", "key49")
    np.testing.assert_array_equal(some.input, many.input[[3, 9, 49]])
    assert load(written, keys="key3", limit=5).keys == ("key3",)
    if some.counts is not None:
        assert some.counts.tolist() == [47, 41, 1]
    with pytest.raises(
        BadInput, match=r"has none of the 1 keys that are wanted among its first 5 vectors, such as 'key9'"
    ):
        load(written, keys=["key9"], limit=5)
    with pytest.raises(BadInput, match=r"has none of the 1 keys that are wanted, such as 'x'"):
        load(written, keys="x")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"limit": 0}, "limit is 0; expected a whole number of at least 1"),
        ({"limit": 2.0}, "limit is 2.0; expected a whole number"),
        ({"limit": True}, "limit is True; expected a whole number"),
        ({"keys": []}, "keys is an empty list"),
        ({"keys": 3}, "3 is a int; expected a key"),
        ({"errors": "refuse"}, "errors is 'refuse'; expected one of strict, replace, ignore"),
        ({"on_bad": "raise"}, "on_bad is 'raise'; expected one of refuse, skip"),
        ({"encoding": "utf-99"}, "encoding is 'utf-99'; expected one that Python knows"),
    ],
)
def test_values_that_are_none(written, options, message):
    with pytest.raises(BadInput, match=message):
        load(written, **options)


def test_options_of_vectors_are_for_vectors(tmp_path):
    from nearfield.sequences import Sequences

    Sequences.from_lists([["a"]]).save(tmp_path / "s")
    with pytest.raises(BadInput, match="s: limit is for vectors; this is a folder of another kind"):
        load(tmp_path / "s", limit=3)


@pytest.mark.parametrize("ending", COMPRESS)
@pytest.mark.parametrize("format", STREAMED)
def test_compressed(many, tmp_path, format, ending):
    save(many, tmp_path / "plain", format=format)
    path = tmp_path / f"v{ENDINGS.get(format, '')}{ending}"
    path.write_bytes(COMPRESS[ending]((tmp_path / "plain").read_bytes()))
    np.testing.assert_array_equal(load(path).input, many.input)
    assert load(path, limit=3).keys == ("key0", "key1", "key2")
    path.rename(tmp_path / "nameless")
    assert load(tmp_path / "nameless").keys == many.keys
    whole = (tmp_path / "nameless").read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(
        BadInput, match=rf"v{ENDINGS.get(format, '')}{ending}: (is cut short|the {ending} data are dam)"
    ):
        load(path, format=format)


@pytest.mark.parametrize("ending", COMPRESS)
@pytest.mark.parametrize("name", ["v.txt", "v.bin", "V.VEC"])
def test_written_compressed(many, tmp_path, name, ending):
    path = tmp_path / (name + ending)
    many.save(path)
    np.testing.assert_array_equal(load(path).input, many.input)
    many.save(tmp_path / name)
    opened = {".gz": gzip.open, ".bz2": bz2.open, ".zst": zstandard.open}[ending]
    with opened(path, "rb") as file:
        assert file.read() == (tmp_path / name).read_bytes()


@pytest.mark.parametrize("format", STREAMED)
def test_a_pipe(many, tmp_path, format):
    save(many, tmp_path / "plain", format=format)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for options in ({}, {"limit": 4}):

        def write():
            # the reader may have enough
            with suppress(BrokenPipeError), pipe.open("wb") as file:
                file.write((tmp_path / "plain").read_bytes())

        thread = threading.Thread(target=write)
        thread.start()
        vectors = load(pipe, **options)
        thread.join()
        np.testing.assert_array_equal(vectors.input, many.input[: options.get("limit")])


@pytest.mark.parametrize("format", STREAMED)
def test_standard_input(many, tmp_path, format):
    save(many, tmp_path / "plain", format=format)
    code = "from nearfield import load; v = load('-'); print(len(v), v.dim, v.keys[-1])"
    with (tmp_path / "plain").open("rb") as file:
        done = subprocess.run([sys.executable, "-c", code], stdin=file, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["50", "6", "key49"]


def test_a_byte_order_mark_and_blank_last_lines(tmp_path):
    for content in (b"2 2\na 1 2\nb 3 4\n", b"a 1 2\nb 3 4"):
        (tmp_path / "v.txt").write_bytes(b"\xef\xbb\xbf" + content + b"\n\r\n \n")
        assert load(tmp_path / "v.txt").keys == ("a", "b")
    many = Vectors(["\ufeffa", "b"], np.ones((2, 5)))
    for format in ("word2vec", "word2vec-binary", "glove"):
        save(many, tmp_path / "v", format=format)
        assert load(tmp_path / "v").keys == many.keys


@pytest.mark.parametrize("binary", [False, True])
def test_keys_cut_within_a_character(tmp_path, binary):
    row = np.float32([1, 2, 3, 4])
    numbers = row.tobytes() if binary else b"1 2 3 4"
    path = tmp_path / ("v.bin" if binary else "v.txt")
    path.write_bytes(b"2 4\n" + b"ab\xe5\x8c " + numbers + b"\nc " + numbers + b"\n")
    place = "v.bin: vector 1" if binary else "v.txt:2"
    with pytest.raises(
        BadInput, match=rf'{place}: key b\'ab.*\' is not UTF-8; pass over its bytes with errors="replace"'
    ):
        load(path)
    for errors in ("replace", "ignore"):
        theirs = KeyedVectors.load_word2vec_format(str(path), binary=binary, unicode_errors=errors)
        assert load(path, errors=errors).keys == tuple(theirs.index_to_key)
    with pytest.warns(UserWarning, match=r"passed over 1 fault: .*is not UTF-8"):
        assert load(path, on_bad="skip").keys == ("c",)
    assert load(path, keys="c").keys == ("c",)


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "utf-16", "utf-16-le", "utf-32"])
def test_other_encodings_of_text(tmp_path, encoding):
    (tmp_path / "v.txt").write_bytes("2 2\n詞語 1 2\n\u4e00 3 4\n".encode(encoding))
    assert load(tmp_path / "v.txt", encoding=encoding).keys == ("詞語", "\u4e00")
    (tmp_path / "v.bin").write_bytes(b"1 5\n" + "詞語".encode("gb18030") + b" " + np.ones(5, np.float32).tobytes())
    assert load(tmp_path / "v.bin", encoding="gb18030").keys == ("詞語",)
    (tmp_path / "v.txt").write_bytes("詞語 1 2\n".encode("utf-16"))
    with pytest.raises(BadInput, match="v.txt: is UTF-16 by its first bytes; name its encoding, utf-16"):
        load(tmp_path / "v.txt")


BAD = {
    "one more than promised": (b"1 2\na 1 2\nb 3 4\n", ["a", "b"], 1, "a line after the last of 1 vectors"),
    "one less than promised": (b"3 2\na 1 2\nb 3 4\n", ["a", "b"], 1, "ends after 2 of 3 vectors"),
    "twice": (b"3 2\na 1 2\nb 3 4\na 5 6\n", ["a", "b"], 1, "key 'a' is on line 2 and again on line 4"),
    "too many values": (b"3 2\na 1 2\nb 3 4 5\nc 5 6\n", ["a", "c"], 1, ":3: 3 values behind the key; expected 2"),
    "no number": (b"3 2\na 1_0 2\nb 3 4\nc nan 1\n", ["b"], 2, ":2: '1_0' is no number"),
    "blank line": (b"3 2\na 1 2\n\nb 3 4\n", ["a", "b"], 1, ":3: 0 values behind the key"),
    "no key": (b"2 2\n 1 2\nb 3 4\n", ["b"], 1, ":2: there is no key"),
    "cut short": (b"2 2\na 1 2\nb 3", ["a"], 1, ":3: 1 values behind the key"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_lines_are_refused_or_counted(tmp_path, case):
    content, keys, n, message = BAD[case]
    (tmp_path / "v.txt").write_bytes(content)
    with pytest.raises(BadInput, match=rf'{message}.*; on_bad="skip" \(--on-bad skip\) reads the rest$'):
        load(tmp_path / "v.txt", format="word2vec")
    with pytest.warns(UserWarning, match=rf"passed over {n} fault.*{message}"):
        vectors = load(tmp_path / "v.txt", format="word2vec", on_bad="skip")
    assert vectors.keys == tuple(keys)
    assert vectors["b" if "b" in keys else "a"].tolist() == ([3, 4] if "b" in keys else [1, 2])


def test_bad_vectors_in_binary_are_counted(tmp_path):
    rows = np.float32([[1, 2], [np.nan, 1], [3, 4], [5, 6]])
    body = b"".join(key + b" " + row.tobytes() for key, row in zip([b"a", b"b", b"a", b"c"], rows, strict=True))
    (tmp_path / "v.bin").write_bytes(b"3 2\n" + body + b"cut ")
    with pytest.warns(UserWarning, match=r"passed over 4 faults, the first: .*goes on after the last of 3"):
        vectors = load(tmp_path / "v.bin", format="word2vec-binary", on_bad="skip")
    assert vectors.keys == ("a", "c")


def test_bad_rows_of_tables_are_counted(tmp_path):
    import polars as pl

    vector = [[1.0, 2.0], None, [3.0], [4.0, None], [5.0, float("nan")], [6.0, 7.0], [8.0, 9.0]]
    frame = pl.DataFrame({"key": ["a", "b", "c", "d", "e", "a", None], "vector": vector})
    frame.write_parquet(tmp_path / "v.parquet")
    with pytest.warns(UserWarning, match="passed over 6 faults"):
        assert load(tmp_path / "v.parquet", on_bad="skip").keys == ("a",)
    np.savez(tmp_path / "v.npz", keys=np.array(["a", "b", "a"]), input=np.float32([[1, 2], [np.inf, 1], [3, 4]]))
    with pytest.warns(UserWarning, match="passed over 2 faults"):
        assert load(tmp_path / "v.npz", on_bad="skip")["a"].tolist() == [1, 2]


def test_glove_whose_first_keys_hold_spaces(tmp_path):
    lines = [". . . 0.1 0.2", ", 0.3 0.4", "at name@domain.com 0.5 0.6", "2019 0.7 0.8"]
    for order in (lines, lines[::-1], lines[:1], [lines[3], lines[0]]):
        (tmp_path / "v.txt").write_text("\n".join(order) + "\n")
        vectors = load(tmp_path / "v.txt")
        assert vectors.keys == tuple(line.rsplit(" ", 2)[0] for line in order)
        assert vectors.dim == 2


SPACES = ["a\u00a0b", "\u3000", "\u0085x", "y\u2028", "\u2009", "z\x1c"]


@pytest.mark.parametrize("binary", [False, True])
def test_spaces_beyond_ascii_stay_in_keys_as_gensim_has_them(tmp_path, binary):
    vectors = Vectors(SPACES, np.random.default_rng(0).normal(size=(len(SPACES), 6)))
    vectors.save(tmp_path / "v", "word2vec-binary" if binary else "word2vec")
    theirs = KeyedVectors.load_word2vec_format(str(tmp_path / "v"), binary=binary)
    assert theirs.index_to_key == SPACES
    assert load(tmp_path / "v").keys == tuple(SPACES)
    theirs.save_word2vec_format(str(tmp_path / "theirs"), binary=binary)
    assert load(tmp_path / "theirs").keys == tuple(SPACES)


def test_spaces_are_replaced(tmp_path):
    vectors = Vectors(["New York", "a\u00a0b"], np.ones((2, 5)))
    with pytest.raises(BadInput, match=r"key 'New York' holds ' ', which would end it here; give replace_spaces='_'"):
        vectors.save(tmp_path / "v.txt")
    vectors.save(tmp_path / "v.txt", replace_spaces="_")
    assert load(tmp_path / "v.txt").keys == ("New_York", "a\u00a0b")


@pytest.mark.parametrize(
    "name",
    [
        "w.csv",
        "w.tsv",
        "w.json",
        "w.safetensors",
        "w.kv",
        "W.CSV",
        "w.csv.gz",
        "w.zst",
        "w.npz.gz",
        "w.parquet.zst",
        "-",
    ],
)
def test_endings_of_no_format_are_refused(many, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        BadInput, match=r"names no format; expected a name without an ending \(a folder\), .txt, .vec, "
    ):
        many.save(name)
    assert list(tmp_path.iterdir()) == []
    many.save(tmp_path / name, "native")
    assert load(tmp_path / name).keys == many.keys


@pytest.mark.parametrize(
    ("name", "magic"),
    [("W.TXT", b"50 6\n"), ("w.Parquet", b"PAR1"), ("w.pq", b"PAR1"), ("w.NPZ", b"PK"), ("w.BIN", b"50 6\n")],
)
def test_endings_in_capitals(many, tmp_path, name, magic):
    many.save(tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(magic)
    np.testing.assert_array_equal(load(tmp_path / name).input, many.input)


def test_time_and_memory_follow_what_is_kept(tmp_path):
    """Of 100 MB of text a reader of few keys or of the first ones holds little, and parses little."""
    n = 40_000
    random = np.random.default_rng(0)
    Vectors([f"key{i}" for i in range(n)], random.normal(size=(n, 200))).save(tmp_path / "v.txt")
    for options in ("limit=100", "keys=['key7', 'key39999']"):
        code = (
            "import resource; from nearfield import load; import polars, nearfield.formats\n"
            "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            f"load({str(tmp_path / 'v.txt')!r}, {options})\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert int(done.stdout) < 60_000  # kB: blocks of lines of 8 MB, not the file
