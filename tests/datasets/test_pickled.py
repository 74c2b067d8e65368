"""Only arrays come out of a pickle, and nothing runs on the way."""

import contextlib
import os
import pickle
import pickletools

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random

from nearfield.datasets.pickled import read_arrays
from nearfield.errors import BadInput

OLD_NAMES = {b"scipy.sparse._csr": b"scipy.sparse.csr", b"numpy._core.multiarray": b"numpy.core.multiarray"}


@pytest.fixture
def written(tmp_path):
    """A function that pickles with the names of modules that Python 2 wrote, and returns the path."""

    def write(thing):
        content = pickle.dumps(thing, protocol=3)
        for new, old in OLD_NAMES.items():
            content = content.replace(b"c" + new + b"\n", b"c" + old + b"\n")
        (path := tmp_path / "pickle").write_bytes(content)
        return path

    return write


def test_arrays_come_back(written):
    array, matrix = np.arange(6, dtype=np.int32).reshape(2, 3), csr_matrix(random(5, 7, 0.4, rng=1))
    np.testing.assert_array_equal(read_arrays(written(array)), array)
    assert (read_arrays(written(matrix)) != matrix).nnz == 0
    assert read_arrays(written({1: [2, 3]})) == {1: [2, 3]}


class Runs:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("function", [os.system, eval, getattr, open])
def test_nothing_is_run(written, tmp_path, function):
    path = written([Runs(function, f"{tmp_path}/made")])
    assert "REDUCE" in {code.name for code, _, _ in pickletools.genops(path.read_bytes())}
    with pytest.raises(BadInput, match="which is no part of an array"):
        read_arrays(path)
    assert [one.name for one in tmp_path.iterdir()] == ["pickle"]


def test_what_is_no_array_is_refused(written, tmp_path):
    with pytest.raises(BadInput, match="holds a str"):
        read_arrays(written("text"))
    path = written(np.arange(100))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BadInput, match="expected pickled arrays"):
        read_arrays(path)
    path.write_bytes(b"not a pickle")
    with pytest.raises(BadInput, match="expected pickled arrays"):
        read_arrays(path)
    with pytest.raises(BadInput, match="No such file"):
        read_arrays(tmp_path / "absent")


@pytest.mark.parametrize("column", [-1, 7])
def test_a_matrix_whose_entries_are_outside_of_it_is_refused(written, column):
    matrix = csr_matrix(random(5, 7, 0.4, rng=1))
    matrix.indices[0] = column
    with pytest.raises(BadInput, match="expected pickled arrays"):
        read_arrays(written(matrix))


def test_states_of_types_are_data(written):
    """What `pickle` would hand to NumPy's C code stays text: a type with forged fields, sizes that do not fit."""
    array = written(np.arange(6, dtype=np.int64)).read_bytes()
    for old, new in ((b"i8", b"O8"), (b"i8", b"V8"), (b"X\x02\x00\x00\x00i8", b"X\x03\x00\x00\x00i99")):
        assert old in array
        path = written(0)
        path.write_bytes(array.replace(old, new))
        with pytest.raises(BadInput, match="expected numbers; expected pickled arrays"):
            read_arrays(path)


def test_no_change_of_a_byte_does_more_than_refuse(written):
    rng = np.random.default_rng(1)
    for thing in (np.arange(40.0).reshape(8, 5), csr_matrix(random(5, 7, 0.4, rng=1)), {1: [2, 3], 4: []}):
        path = written(thing)
        whole = path.read_bytes()
        for _ in range(300):
            changed = bytearray(whole)
            changed[rng.integers(len(whole))] = rng.integers(256)
            path.write_bytes(changed)
            with contextlib.suppress(BadInput):
                read_arrays(path)


@pytest.mark.parametrize(
    "content", [b"", b".", b"].", b"(" * 5000 + b".", b"I" + b"9" * 6000 + b"\n.", b"]" + b"2a" * 50]
)
def test_what_only_looks_like_a_pickle_is_refused(tmp_path, content):
    path = tmp_path / "pickle"
    path.write_bytes(content)
    with pytest.raises(BadInput):
        read_arrays(path)
