import numpy as np
import pytest

from nearfield import load


@pytest.mark.parametrize(("name", "options"), [("w.txt", ["--to", "word2vec"]), ("w.parquet", []), ("again", [])])
def test_there_and_back(nearfield, saved, vectors, tmp_path, name, options):
    code, out, err = nearfield("convert", saved, tmp_path / name, *options)
    assert (code, out) == (0, "")
    assert "6 keys × 4 dimensions" in err
    back = load(tmp_path / name)
    assert back.keys == vectors.keys
    np.testing.assert_array_equal(back.input, vectors.input)


def test_an_unknown_format_is_named(nearfield, saved, tmp_path):
    code, _, err = nearfield("convert", saved, tmp_path / "w.xyz", "--to", "xyz")
    assert (code, err.count("\n")) == (2, 1)
    assert "xyz" in err
    assert "word2vec" in err
    assert not (tmp_path / "w.xyz").exists()


def test_the_input_may_be_named_by_format(nearfield, saved, tmp_path):
    assert nearfield("convert", saved, tmp_path / "words.dat", "--to", "word2vec").code == 0
    assert nearfield("convert", tmp_path / "words.dat", tmp_path / "back", "--from", "word2vec").code == 0
    assert load(tmp_path / "back").keys == load(saved).keys
