import io
import zipfile

import numpy as np
import pytest

from nearfield.errors import BadInput
from nearfield.formats import load
from nearfield.vectors import Vectors


def test_anybody_can_read_it(vectors, tmp_path):
    vectors.save(tmp_path / "v.npz")
    with np.load(tmp_path / "v.npz", allow_pickle=False) as arrays:
        assert arrays["keys"].tolist() == list(vectors.keys)
        np.testing.assert_array_equal(arrays["input"], vectors.input)
        np.testing.assert_array_equal(arrays["output"], vectors.output)
        assert arrays["counts"].tolist() == vectors.counts.tolist()


def test_files_that_numpy_has_compressed(tmp_path):
    np.savez_compressed(tmp_path / "v.npz", keys=np.array(["a", "bc"]), input=np.zeros((2, 1_000)), more=np.ones(1))
    assert load(tmp_path / "v.npz").keys == ("a", "bc")
    assert load(tmp_path / "v.npz").input.shape == (2, 1_000)


def test_columns_first(tmp_path):
    np.savez(tmp_path / "v.npz", keys=np.array(["a", "b"]), input=np.asfortranarray([[1, 2, 3], [4, 5, 6]]))
    assert load(tmp_path / "v.npz")["b"].tolist() == [4, 5, 6]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"words": np.array(["a"])}, "holds words; expected arrays keys and input"),
        ({"keys": np.array([1]), "input": np.ones((1, 1))}, "keys are int64"),
        ({"keys": np.array([["a"]]), "input": np.ones((1, 1))}, r"keys are <U1, shape \(1, 1\)"),
        ({"keys": np.array(["a"], object), "input": np.ones((1, 1))}, "keys holds Python objects, which can run code"),
        ({"keys": np.array(["a", "b"]), "input": np.ones((1, 1))}, "input has 1 rows for 2 keys"),
        ({"keys": np.array(["a", "a"]), "input": np.ones((2, 1))}, "key 'a' is on row 1 and again on row 2"),
        (
            {"keys": np.array(["a"]), "input": np.array([[np.nan]])},
            r"row 1 \(key 'a'\) holds a value that is no finite number",
        ),
        ({"keys": np.array(["a"]), "input": np.array([["x"]])}, "input holds <U1; expected numbers"),
        ({"keys": np.array(["a"]), "input": np.ones((1, 2)), "output": np.ones((1, 3))}, "output has shape"),
        ({"keys": np.array(["a"]), "input": np.ones((1, 2)), "counts": np.array([0.5])}, "no whole number"),
        (
            {"keys": np.array(["a"]), "input": np.ones((1, 2)), "counts": np.array(["x"])},
            "counts are <U1; expected whole",
        ),
    ],
)
def test_bad_arrays_are_named(tmp_path, arrays, message):
    np.savez(tmp_path / "v.npz", **arrays)
    with pytest.raises(BadInput, match=message) as caught:
        load(tmp_path / "v.npz")
    assert "v.npz" in str(caught.value)


def archive(path, header, data=b"", compression=zipfile.ZIP_STORED):
    """An archive whose array `input` has the header given."""
    keys = io.BytesIO()
    np.save(keys, np.array(["a"]))
    with zipfile.ZipFile(path, "w", compression) as file:
        file.writestr("keys.npy", keys.getvalue())
        file.writestr("input.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 100), }\n",
            r"400,000,000,000,000 bytes, but",
        ),
        (b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }\n", "12 bytes, but there are 8"),
        (b"{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -2), }\n", "damaged"),
        (
            b"{'descr': '|O', 'fortran_order': False, 'shape': (1, 1), }\n",
            "input holds Python objects, which can run code",
        ),
        (b"__import__('os').getcwd()\n", "input is no .npy array"),
        (b"((((((((" * 1_000 + b"\n", "input is no .npy array"),
        (b"\xff\xff\n", "input is no .npy array"),
    ],
)
def test_hostile_headers(tmp_path, header, message):
    archive(tmp_path / "v.npz", header, bytes(8))
    with pytest.raises(BadInput, match=message) as caught:
        load(tmp_path / "v.npz")
    assert "v.npz" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("keep", [4, 50, -30, -1])
def test_cut_short(vectors, tmp_path, keep):
    vectors.save(tmp_path / "v.npz")
    (tmp_path / "v.npz").write_bytes((tmp_path / "v.npz").read_bytes()[:keep])
    with pytest.raises(BadInput, match="v.npz: the .npz is damaged or cut short"):
        load(tmp_path / "v.npz")


def test_damaged_within(vectors, tmp_path):
    vectors.save(tmp_path / "v.npz")
    data = bytearray((tmp_path / "v.npz").read_bytes())
    at = data.index(vectors.input.tobytes())
    data[at] ^= 1
    (tmp_path / "v.npz").write_bytes(data)
    with pytest.raises(BadInput, match="v.npz: .*CRC.* the file is damaged"):
        load(tmp_path / "v.npz")


@pytest.mark.parametrize(
    ("key", "message"),
    [("a\0", "ends in a zero, which NumPy's text loses"), ("a" * 300_000_000, "300,000,000 characters")],
)
def test_keys_that_numpy_cannot_hold(tmp_path, key, message):
    with pytest.raises(BadInput, match=message):
        Vectors([key], np.ones((1, 1))).save(tmp_path / "v.npz")
