import inspect
import re

import numpy as np
import pytest

from nearfield import Vectors, load
from nearfield.cli.convert import convert
from nearfield.formats import FORMATS


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


def test_the_help_lists_the_formats():
    assert f"one of: {', '.join(FORMATS)}." in inspect.getdoc(convert)


def test_what_a_format_cannot_hold_is_said(nearfield, saved, tmp_path):
    assert "without output, counts" in nearfield("convert", saved, tmp_path / "w.bin").err
    assert "without" not in nearfield("convert", saved, tmp_path / "copy").err
    Vectors(["a", "b"], np.eye(2), counts=[2, 1], nodes=np.ones((1, 2))).save(tmp_path / "tree")
    assert "without nodes, which" in nearfield("convert", tmp_path / "tree", tmp_path / "t.parquet").err


def test_spaces_are_refused_or_replaced(nearfield, tmp_path):
    Vectors(["new york", "rome"], np.eye(2, dtype=np.float32)).save(tmp_path / "places")
    code, _, err = nearfield("convert", tmp_path / "places", tmp_path / "p.txt")
    assert (code, err.count("\n")) == (2, 1)
    assert nearfield("convert", tmp_path / "places", tmp_path / "p.txt", "--replace-spaces", "_").code == 0
    assert load(tmp_path / "p.txt").keys == ("new_york", "rome")


def test_smaller_storage_and_what_it_costs(nearfield, saved, tmp_path):
    code, _, err = nearfield("convert", saved, tmp_path / "small", "--storage", "int8")
    assert code == 0
    assert re.match(r"as int8: [\d.]+% of the 5 nearest to 6 keys stay", err)
    assert load(tmp_path / "small").storage == "int8"
