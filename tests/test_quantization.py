import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nearfield.errors import BadInput
from nearfield.quantization import quantization_loss, quantize
from nearfield.tables import Table
from nearfield.vectors import Vectors

tables = hnp.arrays(
    np.float32, st.tuples(st.integers(0, 8), st.integers(1, 8)), elements=st.floats(-60_000, 60_000, width=32)
)


@given(tables)
def test_int8_is_off_by_half_a_step_at_most(rows):
    stored = quantize(Table(rows), "int8")
    step = np.abs(rows).max(axis=1, keepdims=True, initial=0) / 127
    assert (np.abs(stored[:] - rows) <= step * 0.5001 + 1e-37).all()


@given(tables)
def test_float16_is_off_by_a_two_thousandth_at_most(rows):
    stored = quantize(Table(rows), "float16")
    assert (np.abs(stored[:] - rows) <= np.abs(rows) / 2048 + 2.0**-25).all()


@given(tables, st.sampled_from(["float32", "float16", "int8"]))
def test_storing_twice_loses_nothing_more(rows, storage):
    once = quantize(Table(rows), storage)
    np.testing.assert_allclose(quantize(once, storage)[:], once[:], rtol=1e-6)
    np.testing.assert_array_equal(quantize(once, "float32")[:], once[:])


@pytest.fixture(scope="module")
def vectors():
    random = np.random.default_rng(0)
    keys = [f"k{i}" for i in range(2_000)]
    return Vectors(keys, random.normal(size=(2_000, 50)), random.normal(size=(2_000, 50)))


@pytest.mark.parametrize(("storage", "share"), [("float16", 2), ("int8", 4)])
def test_it_takes_less_room(vectors, storage, share):
    small = vectors.quantize(storage)
    assert small.storage == small.output_table.storage == storage
    assert vectors.nbytes / share <= small.nbytes < 1.1 * vectors.nbytes / share
    assert small.metadata == vectors.metadata


@pytest.mark.parametrize(
    ("storage", "error", "overlap"), [("float32", 0, 1), ("float16", 1e-6, 0.99), ("int8", 1e-4, 0.95)]
)
def test_the_loss_is_small(vectors, storage, error, overlap):
    loss = quantization_loss(vectors, vectors.quantize(storage))
    assert 0 <= loss.mean_cosine_error <= loss.max_cosine_error <= error
    assert loss.neighbour_overlap >= overlap
    assert (loss.k, loss.queries) == (10, 1_000)


def test_the_loss_is_what_it_says(vectors):
    noise = np.random.default_rng(1).normal(size=vectors.input.shape)
    other = Vectors(vectors.keys, vectors.input + noise)
    loss = quantization_loss(vectors, other, k=5, queries=20)
    units = [
        v.input.astype(float) / np.linalg.norm(v.input.astype(float), axis=1, keepdims=True) for v in (vectors, other)
    ]
    errors = 1 - (units[0] * units[1]).sum(axis=1)
    assert loss.max_cosine_error == pytest.approx(errors.max(), rel=1e-4)
    assert loss.mean_cosine_error == pytest.approx(errors.mean(), rel=1e-4)
    whole = quantization_loss(vectors, other, k=5, queries=2_000)
    shared = [
        len({key for key, _ in vectors.similar(key, k=5)} & {key for key, _ in other.similar(key, k=5)}) / 5
        for key in vectors.keys[::20]
    ]
    assert whole.neighbour_overlap == pytest.approx(np.mean(shared), abs=0.1)


def test_bad_input_is_named(vectors):
    with pytest.raises(BadInput, match="storage is 'int4'; expected one of float32, float16, int8"):
        vectors.quantize("int4")
    with pytest.raises(BadInput, match="input holds 70000, beyond float16; use int8, or normalized"):
        Vectors(["a"], np.array([[7e4]])).quantize("float16")
    with pytest.raises(BadInput, match="differ in their keys"):
        quantization_loss(vectors, vectors.subset(["k1"]))
