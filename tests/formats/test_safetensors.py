"""The library of the format's authors is the twin."""

import contextlib
import json

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nearfield.errors import BadInput
from nearfield.formats.safetensors import read_arrays, write_arrays

arrays = st.dictionaries(
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=5).filter(
        lambda name: name != "__metadata__"
    ),
    st.sampled_from([np.float32, np.float16, np.int8, np.int64]).flatmap(
        lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=4))
    ),
    min_size=1,
    max_size=4,
)


def same(left, right):
    assert set(left) == set(right)
    for name, array in left.items():
        assert (array.dtype, array.shape) == (right[name].dtype, right[name].shape)
        assert array.tobytes() == right[name].tobytes()


@given(arrays, st.booleans())
def test_the_library_reads_what_we_write_and_we_what_it_writes(tmp_path_factory, given_arrays, mmap):
    folder = tmp_path_factory.mktemp("arrays")
    write_arrays(folder / "ours", given_arrays)
    same(safetensors.numpy.load_file(folder / "ours"), given_arrays)
    same(read_arrays(folder / "ours", mmap=mmap), given_arrays)
    safetensors.numpy.save_file(given_arrays, folder / "theirs", metadata={"format": "np"})
    same(read_arrays(folder / "theirs", mmap=mmap), given_arrays)


def test_arrays_stay_on_disk_unless_they_are_wanted_in_memory(tmp_path):
    write_arrays(tmp_path / "file", {"a": np.arange(6, dtype=np.float32).reshape(2, 3)})
    assert isinstance(read_arrays(tmp_path / "file", mmap=True)["a"], np.memmap)
    assert not isinstance(read_arrays(tmp_path / "file", mmap=False)["a"], np.memmap)


def packed(header, data=bytes(16), length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def entry(dtype="F32", shape=(2, 2), offsets=(0, 16)):
    return {"a": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has 0 bytes; the file is cut short"),
        (b"\x01\x02", "has 2 bytes"),
        (packed({}, length=2**60), "the header is said to take 1,152,921,504,606,846,976 of 26 bytes"),
        (packed({}, length=100), "the header is said to take 100 of"),
        (packed(b"\x80\x04."), "the header is no JSON"),
        (packed(b"\xff\xff"), "the header is no JSON"),
        (packed(b"[" * 100_000), "the header is no JSON"),
        (packed([1]), "the header is a list"),
        (packed(entry(), bytes(15)), r"a \[2, 2\] is said to lie at 0-16 of 15 bytes"),
        (packed(entry(shape=(2, 3))), r"a \[2, 3\] is said to lie at 0-16"),
        (packed(entry(shape=(10**12, 100), offsets=(0, 4 * 10**14))), r"a \[1000000000000, 100\] is said to lie at"),
        (packed(entry(shape=(2**62, 4), offsets=(0, 0))), "is said to lie at 0-0"),
        (packed(entry(shape=(-2, -2))), r"a \[-2, -2\] is said to lie"),
        (packed(entry(offsets=(16, 0))), "is said to lie at 16-0"),
        (packed(entry(offsets=(-16, 0))), "is said to lie at -16-0"),
        (packed(entry(dtype="BF16")), "the header says a is .*BF16.*, which cannot be read"),
        (packed(entry(shape=(2, "2"))), "which cannot be read"),
        (packed(entry(shape=(2, 2.0))), "which cannot be read"),
        (packed({"a": 3}), "the header says a is 3, which cannot be read"),
        (packed({"a": {"dtype": "F32"}}), "which cannot be read"),
    ],
)
def test_hostile_files(tmp_path, content, message):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(BadInput, match=message) as caught:
        read_arrays(tmp_path / "file", mmap=True)
    assert len(str(caught.value)) < 400


@given(st.data())
def test_no_damage_is_fatal(tmp_path_factory, data):
    """Any bytes changed: an error by name, or arrays of some sort; never a crash or a traceback of another kind."""
    path = tmp_path_factory.mktemp("damaged") / "file"
    write_arrays(path, {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.arange(3)})
    content = bytearray(path.read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=3)):
        content[at] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with contextlib.suppress(BadInput):
        for array in read_arrays(path, mmap=True).values():
            array.sum()
