import numpy as np
import pytest
from gensim.models import KeyedVectors

from nearfield.errors import BadInput
from nearfield.formats import load, save
from nearfield.vectors import Vectors


def test_gensim_reads_what_we_write(vectors, tmp_path):
    save(vectors, tmp_path / "v.txt", format="glove")
    theirs = KeyedVectors.load_word2vec_format(str(tmp_path / "v.txt"), no_header=True)
    assert tuple(theirs.index_to_key) == vectors.keys
    np.testing.assert_array_equal(theirs.vectors, vectors.input)


def test_we_read_what_gensim_writes(vectors, tmp_path):
    theirs = KeyedVectors(vectors.dim)
    theirs.add_vectors(list(vectors.keys), vectors.input)
    theirs.save_word2vec_format(str(tmp_path / "v.txt"), write_header=False)
    assert load(tmp_path / "v.txt").keys == vectors.keys
    np.testing.assert_array_equal(load(tmp_path / "v.txt").input, vectors.input)


def test_keys_with_spaces_as_in_the_vectors_of_840_billion_tokens(tmp_path):
    (tmp_path / "v.txt").write_text(", 0.1 0.2\n. . . 0.3 0.4\nat name@domain.com 0.5 0.6\n")
    assert load(tmp_path / "v.txt").keys == (",", ". . .", "at name@domain.com")


def test_compressed(vectors, tmp_path):
    save(vectors, tmp_path / "v.gz", format="glove")
    np.testing.assert_array_equal(load(tmp_path / "v.gz").input, vectors.input)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\n", r"v.txt:1: no numbers behind the key"),
        (b"a 1 2\nb 3\n", r"v.txt:2: 1 values behind the key; expected 2"),
        (b"a 1 2\nb 3 4 5\n", r"v.txt:2: 3 values behind the key; expected 2"),
        (b"a 1 2\nb 3 x\n", r"v.txt:2: 'x' is no number"),
        (b"a 1 2\nb 3 4\na 5 6\n", r"v.txt: key 'a' is on line 1 and again on line 3"),
        (b"a 1 2\n\xfe\xff 3 4\n", r"v.txt:2: key b'\\xfe\\xff' is not UTF-8"),
        (b"a 1 2\n" + b"\n" * 100 + b"b 3 4", r"v.txt:2: 0 values behind the key; expected 2"),
        (b"a" + b" 1" * 1_000 + b"\nb\n" * 9_000, r"v.txt:2: 0 values behind the key; expected 1000"),
    ],
)
def test_hostile_text(tmp_path, content, message):
    (tmp_path / "v.txt").write_bytes(content)
    with pytest.raises(BadInput, match=message):
        load(tmp_path / "v.txt", format="glove")


def test_no_vectors_cannot_be_written(tmp_path):
    with pytest.raises(BadInput, match="there are no vectors"):
        save(Vectors([], np.empty((0, 2))), tmp_path / "v", format="glove")
