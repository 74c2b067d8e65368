import pickle

import numpy as np
import pytest
from gensim.models import KeyedVectors

from nearfield.errors import BadInput
from nearfield.formats import load, save
from nearfield.formats.detection import detect as detect_source
from nearfield.formats.streams import open_source
from nearfield.vectors import Vectors


def detect(path):
    with open_source(path) as source:
        return detect_source(source)


@pytest.mark.parametrize("format", ["word2vec", "word2vec-binary", "glove", "parquet", "numpy"])
@pytest.mark.parametrize("dim", [8, 50])
@pytest.mark.parametrize("name", ["vectors", "vectors.txt", "vectors.bin", "vectors.npz"])
def test_content_goes_before_the_name(tmp_path, format, dim, name):
    random = np.random.default_rng(dim)
    vectors = Vectors(["a", "b", "c"], random.normal(size=(3, dim)))
    save(vectors, tmp_path / "named", format=format)
    (tmp_path / "named").rename(tmp_path / name)
    assert detect(tmp_path / name) == format


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize(("name", "format"), [("v.txt", "word2vec"), ("v.bin", "word2vec-binary")])
def test_where_the_content_does_not_tell_the_name_does(tmp_path, dim, name, format):
    for seed in range(50):
        save(Vectors(["a"], np.random.default_rng(seed).normal(size=(1, dim))), tmp_path / name)
        assert detect(tmp_path / name) == format


def test_a_pickle_is_refused(tmp_path):
    KeyedVectors(3).save(str(tmp_path / "gensim.kv"))
    (tmp_path / "words.bin").write_bytes(pickle.dumps({"a": [1.0, 2.0]}))
    for name in ("gensim.kv", "words.bin"):
        with pytest.raises(BadInput, match=r"is a Python pickle, which can run code .*save_word2vec_format"):
            load(tmp_path / name)


@pytest.mark.parametrize("content", [b"hello world", b"{}", b"\xfe\x00\x01", b"\n", b"a,b,c\n1,2,3\n", b"word \n"])
def test_what_is_in_no_format(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(BadInput, match="file: is in no known format; expected"):
        load(tmp_path / "file")


@pytest.mark.parametrize(("separator", "name"), [("\t", "TABs"), (",", "commas"), (";", "semicolons")])
def test_another_separator_is_named(tmp_path, separator, name):
    (tmp_path / "file").write_text("New York 1 2\nb 3 4\n".replace(" ", separator).replace(f"w{separator}Y", "w Y"))
    with pytest.raises(BadInput, match=f"file: its fields are separated by {name}; expected .* with single spaces"):
        load(tmp_path / "file")


def test_nothing_to_read(tmp_path):
    (tmp_path / "empty.bin").touch()
    with pytest.raises(BadInput, match=r"empty.bin: is empty; expected vectors"):
        load(tmp_path / "empty.bin")
    with pytest.raises(BadInput, match="holds neither config.json nor tensors.tsv"):
        load(tmp_path)
