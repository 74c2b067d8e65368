"""All formats: what is written is read again, and nothing is lost in silence."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nearfield.errors import BadInput
from nearfield.formats import WRITABLE, load, save
from nearfield.vectors import Vectors

ENDINGS = {
    "native": "",
    "word2vec": ".txt",
    "word2vec-binary": ".bin",
    "glove": ".glove",
    "parquet": ".parquet",
    "numpy": ".npz",
    "projector": ".folder",
}
anything = st.text(st.characters(exclude_categories=()), max_size=8)  # also halves of surrogate pairs
text = st.text(max_size=8)
words = st.text(st.characters(exclude_categories=("Cs",), exclude_characters=" \t\n\v\f\r"), min_size=1, max_size=8)
ADMITTED = {
    "native": anything,
    "word2vec": words,
    "word2vec-binary": words,
    "glove": words,
    "parquet": text,
    "numpy": anything.filter(lambda key: not key.endswith("\0")),
    "projector": text.filter(lambda key: key and not set(key) & set("\t\n\r")),
}


@st.composite
def some_vectors(draw, keys):
    names = draw(st.lists(keys, min_size=1, max_size=6, unique=True))
    rows = hnp.arrays(
        np.float32,
        (len(names), draw(st.shared(st.integers(1, 6), key="dim"))),
        elements=st.floats(allow_nan=False, allow_infinity=False, width=32),
    )
    counts = st.lists(st.integers(0, 2**62), min_size=len(names), max_size=len(names))
    return Vectors(
        names,
        draw(rows),
        draw(st.none() | rows),
        draw(st.none() | counts.map(lambda values: sorted(values, reverse=True))),
        draw(st.dictionaries(anything, st.integers() | anything, max_size=2)),
    )


@pytest.mark.parametrize("format", WRITABLE)
@given(data=st.data())
def test_there_and_back(format, data):
    vectors = data.draw(some_vectors(ADMITTED[format]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"vectors{ENDINGS[format]}"
        left_out = save(vectors, path, format=format)
        back = load(path, format=format)
        assert back.keys == vectors.keys
        np.testing.assert_array_equal(back.input.view(np.uint32), vectors.input.view(np.uint32))
        for name in ("output", "counts"):
            expected = None if name in left_out else getattr(vectors, name)
            np.testing.assert_array_equal(getattr(back, name), expected)
        assert back.metadata == ({} if "metadata" in left_out else vectors.metadata)


@pytest.mark.parametrize("format", WRITABLE)
def test_the_format_is_found_out(vectors, tmp_path, format):
    path = tmp_path / f"vectors{ENDINGS[format]}"
    save(vectors, path, format=format)
    np.testing.assert_array_equal(load(path).input, vectors.input)


@pytest.mark.parametrize("format", [name for name in WRITABLE if name != "glove"])
def test_no_vectors_at_all(tmp_path, format):
    path = tmp_path / f"none{ENDINGS[format]}"
    save(Vectors([], np.empty((0, 3))), path, format=format)
    assert len(load(path, format=format)) == 0


@pytest.mark.parametrize(
    ("format", "left_out"),
    [
        ("native", ()),
        ("word2vec", ("output", "counts", "metadata", "storage")),
        ("parquet", ("metadata", "storage")),
        ("projector", ("output", "metadata", "storage")),
    ],
)
def test_it_says_what_it_left_out(vectors, tmp_path, format, left_out):
    assert save(vectors.quantize("int8"), tmp_path / "vectors", format=format) == left_out
    assert save(Vectors(["a"], np.ones((1, 2))), tmp_path / "few.npz") == ()


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("v.txt", "word2vec"),
        ("v.vec", "word2vec"),
        ("v.txt.gz", "word2vec"),
        ("v.bin", "word2vec-binary"),
        ("v.bin.gz", "word2vec-binary"),
        ("v.parquet", "parquet"),
        ("v.npz", "numpy"),
        ("v", "native"),
        ("v.2", "native"),
    ],
)
def test_the_ending_names_the_format(vectors, tmp_path, name, format):
    vectors.save(tmp_path / name)
    vectors.save(tmp_path / "same", format)
    left, right = tmp_path / name, tmp_path / "same"
    if left.is_dir():
        left, right = left / "vectors.safetensors", right / "vectors.safetensors"
    if name.endswith(".gz"):
        np.testing.assert_array_equal(load(left).input, load(right).input)
        assert left.read_bytes()[:2] == b"\x1f\x8b"
    else:
        assert left.read_bytes() == right.read_bytes()


@pytest.mark.parametrize("format", ["word2vec", "word2vec-binary", "glove", "projector"])
def test_a_key_that_the_format_cannot_hold_is_refused_or_replaced(tmp_path, format):
    vectors = Vectors(["New\tYork", "b"], np.ones((2, 4)))
    path = tmp_path / "vectors"
    with pytest.raises(
        BadInput, match=r"vectors: key 'New\\tYork' holds '\\t', .* give replace_spaces='_', or use the"
    ):
        save(vectors, path, format=format)
    assert not path.exists()
    save(vectors, path, format=format, replace_spaces="_")
    assert load(path).keys == ("New_York", "b")


@pytest.mark.parametrize("format", WRITABLE)
def test_what_was_there_stays_when_writing_fails(vectors, tmp_path, format):
    path = tmp_path / "vectors"
    save(vectors, path, format=format)
    if format in ("native", "projector"):
        bad = Vectors(["a"], np.ones((1, 4)))
        bad.input_table.values = None  # stands for a disk that fails in the middle
        error = AttributeError
    else:
        bad, error = Vectors(["a\0", "\ud800"], np.ones((2, 4))), BadInput
    with pytest.raises(error):
        save(bad, path, format=format)
    assert load(path, format=format).keys == vectors.keys
    assert [file.name for file in tmp_path.iterdir()] == ["vectors"]


def test_the_folder_of_another_program_is_not_replaced(vectors, tmp_path):
    (tmp_path / "letters.txt").write_text("dear")
    for format in ("native", "projector", "word2vec"):
        with pytest.raises(BadInput, match="is a folder"):
            save(vectors, tmp_path, format=format)
    assert (tmp_path / "letters.txt").read_text() == "dear"


def test_bad_input_is_named(vectors, tmp_path):
    with pytest.raises(BadInput, match="absent: is not there"):
        load(tmp_path / "absent")
    with pytest.raises(BadInput, match="format 'csv' is not known; expected one of native, word2vec, "):
        load(tmp_path, format="csv")
    with pytest.raises(BadInput, match="format 'csv' is not known"):
        save(vectors, tmp_path / "v", format="csv")
    with pytest.raises(BadInput, match="is a folder; expected a file"):
        load(tmp_path, format="word2vec")
