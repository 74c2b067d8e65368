"""word2vec's formats as word2vec.c, gensim and we write them; and as nobody should."""

import gzip
import io
import resource
import subprocess
import sys

import numpy as np
import pytest
from gensim.models import KeyedVectors

from nearfield.errors import BadInput
from nearfield.formats import load, save
from nearfield.vectors import Vectors


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_gensim_reads_what_we_write(vectors, tmp_path, binary, ending):
    path = tmp_path / f"vectors{ending}"
    save(vectors, path, format="word2vec-binary" if binary else "word2vec")
    theirs = KeyedVectors.load_word2vec_format(str(path), binary=binary)
    assert tuple(theirs.index_to_key) == vectors.keys
    np.testing.assert_array_equal(theirs.vectors, vectors.input)


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_we_read_what_gensim_writes(vectors, tmp_path, binary, ending):
    theirs = KeyedVectors(vectors.dim)
    theirs.add_vectors(list(vectors.keys), vectors.input)
    path = tmp_path / f"vectors{ending}"
    theirs.save_word2vec_format(str(path), binary=binary)
    ours = load(path)
    assert ours.keys == vectors.keys
    np.testing.assert_array_equal(ours.input, vectors.input)


def test_the_text_of_word2vec_c(tmp_path):
    # fprintf("%lld %lld\n"), then "%s " with "%lf " for each number, and "\n"
    (tmp_path / "v.txt").write_bytes(b"2 3\n</s> 0.004003 0.004419 -0.003830 \nthe 1.0 -2.0 1e-3 \n")
    vectors = load(tmp_path / "v.txt")
    assert vectors.keys == ("</s>", "the")
    np.testing.assert_array_equal(vectors.input, np.float32([[0.004003, 0.004419, -0.00383], [1, -2, 0.001]]))


@pytest.mark.parametrize("end", [b"\n", b""])
@pytest.mark.parametrize("last", [b"\n", b""])
def test_the_binary_of_word2vec_c_and_of_gensim(tmp_path, end, last):
    rows = np.float32(
        [[10, 32, 1], np.frombuffer(b"\n\n\n\n  \n \n \n ", np.float32)]
    )  # bytes that look like separators
    body = end.join(key + b" " + row.tobytes() for key, row in zip([b"a", b"b"], rows, strict=True))
    (tmp_path / "v.bin").write_bytes(b"2 3\n" + body + last)
    vectors = load(tmp_path / "v.bin")
    assert vectors.keys == ("a", "b")
    np.testing.assert_array_equal(vectors.input, rows)


def test_windows_line_ends_and_a_missing_last_one(tmp_path):
    (tmp_path / "v.txt").write_bytes(b"2 2\r\na 1 2\r\nb 3 4")
    assert load(tmp_path / "v.txt")[["a", "b"]].tolist() == [[1, 2], [3, 4]]


def test_a_key_with_spaces_as_gensim_writes_it(tmp_path):
    (tmp_path / "v.txt").write_text("2 2\nNew York 1 2\nb 3 4\n")
    assert load(tmp_path / "v.txt").keys == ("New York", "b")


@pytest.mark.parametrize("header", [b"3 2\r", b""])
def test_line_ends_of_old_macs(tmp_path, header):
    (tmp_path / "v.txt").write_bytes(header + b"a 1 2\rb 3 4\rc 5 6\r")
    vectors = load(tmp_path / "v.txt")
    assert vectors.keys == ("a", "b", "c")
    assert vectors.input.tolist() == [[1, 2], [3, 4], [5, 6]]


def test_two_kinds_of_line_ends_in_a_file(tmp_path):
    (tmp_path / "v.txt").write_bytes(b"a 1 2\nb 3 4\rc 5 6\nd 7 8\n")
    with pytest.raises(BadInput, match=r"v.txt:2: key b'b 3 4\\rc' holds a carriage return; expected one kind of line"):
        load(tmp_path / "v.txt")


@pytest.mark.parametrize("errors", ["strict", "replace", "ignore"])
@pytest.mark.parametrize("key", ["New York", "a b c d", "北京 市"])
def test_gensim_writes_keys_with_spaces_that_binary_cannot_hold(tmp_path, key, errors):
    gensim = KeyedVectors(50)
    rows = np.random.default_rng(7).normal(scale=0.3, size=(4, 50)).astype(np.float32)
    gensim.add_vectors(["x", key, "y", "z"], rows)
    gensim.save_word2vec_format(tmp_path / "v.bin", binary=True)
    with pytest.raises(BadInput, match="v.bin: vector 2 holds bytes of text: its key has a space"):
        load(tmp_path / "v.bin", errors=errors)


def test_more_vectors_than_fit_a_block(tmp_path):
    random = np.random.default_rng(0)
    many = Vectors([f"key{i}" for i in range(4_000)], random.normal(size=(4_000, 300)))
    for name in ("v.txt", "v.bin", "v.bin.gz"):
        many.save(tmp_path / name)
        back = load(tmp_path / name)
        assert back.keys == many.keys
        np.testing.assert_array_equal(back.input, many.input)


TEXT = {
    "cut short": (
        b"3 2\na 1 2\nb 3 4\n",
        r"v.txt: ends after 2 of 3 vectors; it is cut short, or the header's count is wrong; on_bad",
    ),
    "cut within a line": (b"2 2\na 1 2\nb 3", r"v.txt:3: 1 values behind the key; expected 2"),
    "too few promised": (b"1 2\na 1 2\nb 3 4\n", r"v.txt:3: a line after the last of 1 vectors; the header's count"),
    "too many promised": (b"9999999999999 2\na 1 2\n", r"v.txt: ends after 1 of 9,999,999,999,999 vectors"),
    "too wide": (b"1 999999999\na 1 2\n", r"v.txt:1: the header promises 1 vectors of 999,999,999 numbers"),
    "no width": (b"1 0\na\n", r"v.txt:1: the header promises 1 vectors of 0 numbers"),
    "one number too many": (b"2 2\na 1 2\nb 3 4 5\n", r"v.txt:3: 3 values behind the key; expected 2"),
    "no number": (b"2 2\na 1 2\nb 3 four\n", r"v.txt:3: 'four' is no number that float32 can hold"),
    "nan": (b"2 2\na nan 2\nb 3 4\n", r"v.txt:2: 'nan' is no number that float32 can hold"),
    "inf": (b"2 2\na 1 2\nb 3 -inf\n", r"v.txt:3: '-inf' is no number"),
    "beyond float32": (b"2 2\na 1 2\nb 3 1e39\n", r"v.txt:3: '1e39' is no number that float32 can hold"),
    "empty value": (b"2 2\na 1 2\nb  4\n", r"v.txt:3: '' is no number"),
    "no key": (b"2 2\na 1 2\n 3 4\n", r"v.txt:3: there is no key"),
    "empty line": (b"3 2\na 1 2\n\nb 3 4\n", r"v.txt:3: 0 values behind the key; expected 2"),
    "a key twice": (
        b"3 2\na 1 2\nb 3 4\na 5 6\n",
        r"v.txt: key 'a' is on line 2 and again on line 4; on_bad=\"skip\" \(--on-bad skip\)",
    ),
    "not UTF-8": (
        b"2 2\na 1 2\nb\xff 3 4\n",
        r"v.txt:3: key b'b\\xff' is not UTF-8; pass over its bytes with errors=\"replace\"",
    ),
}
ROW = np.float32([1, 2]).tobytes()
BINARY = {
    "cut short": (
        b"3 2\na " + ROW + b"b" * 9 + b" " + ROW,
        r"v.bin: ends after 2 of 3 vectors; it is cut short, or the header's",
    ),
    "cut within a vector": (
        b"2 2\na " + ROW + b"bbbb " + ROW[:4],
        r"v.bin: is damaged or cut short within vector 2 of 2",
    ),
    "too few promised": (b"1 2\na " + ROW + b"b " + ROW, r"v.bin: goes on after the last of 1 vectors"),
    "too many promised": (b"999999999999 2\na " + ROW, r"v.bin: ends after 1 of 999,999,999,999 vectors"),
    "no space behind the key": (b"1 2\n" + b"a" * 70_000, r"v.bin: is damaged or cut short within vector 1 of 1"),
    "nan": (b"1 2\na " + np.float32([1, np.nan]).tobytes(), r"v.bin: vector 1 \(key 'a'\) holds a value that is no"),
    "a key twice": (b"2 2\na " + ROW + b"a " + ROW, r"v.bin: key 'a' is on vector 1 and again on vector 2"),
    "no key": (b"2 2\na " + ROW + b" " + ROW + b"\n", r"v.bin: vector 2: there is no key"),
    "not UTF-8": (b"1 2\n\xff " + ROW, r"v.bin: vector 1: key b'\\xff' is not UTF-8"),
    "no header": (b"a " + ROW, r"v.bin:1: .* is no header; expected the number of vectors and of dimensions"),
}


@pytest.mark.parametrize("case", TEXT)
def test_hostile_text(tmp_path, case):
    content, message = TEXT[case]
    (tmp_path / "v.txt").write_bytes(content)
    with pytest.raises(BadInput, match=message) as caught:
        load(tmp_path / "v.txt", format="word2vec")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("case", BINARY)
def test_hostile_binary(tmp_path, case):
    content, message = BINARY[case]
    (tmp_path / "v.bin").write_bytes(content)
    with pytest.raises(BadInput, match=message) as caught:
        load(tmp_path / "v.bin", format="word2vec-binary")
    assert "\n" not in str(caught.value)


def test_damaged_gzip(vectors, tmp_path):
    vectors.save(tmp_path / "v.bin.gz")
    whole = (tmp_path / "v.bin.gz").read_bytes()
    for damaged in (whole[:-20], whole[:40] + b"\0\0\0\0" + whole[44:]):
        (tmp_path / "v.bin.gz").write_bytes(damaged)
        with pytest.raises(BadInput, match=r"v.bin.gz"):
            load(tmp_path / "v.bin.gz")


def test_a_promise_that_compression_could_keep_takes_no_memory(tmp_path):
    # 600 kB that might unpack to 600 MB, as the header says, but hold two vectors
    noise = np.random.default_rng(0).bytes(600_000)
    data = io.BytesIO()
    with gzip.GzipFile(fileobj=data, mode="wb") as file:
        file.write(b"1500000 100\n" + b"a " + bytes(400) + b"b " + bytes(400) + noise)
    (tmp_path / "v.bin.gz").write_bytes(data.getvalue())
    code = (
        "import resource, sys; from nearfield import load; from nearfield.errors import BadInput\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"try: load({str(tmp_path / 'v.bin.gz')!r}, format='word2vec-binary')\n"
        "except BadInput: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100_000  # kB


def test_memory_stays_at_the_table(tmp_path):
    vectors = Vectors([f"k{i}" for i in range(20_000)], np.random.default_rng(0).normal(size=(20_000, 200)))
    vectors.save(tmp_path / "v.bin")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    loaded = load(tmp_path / "v.bin")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 3 * loaded.nbytes / 1024
