import numpy as np
import pytest

from nearfield.errors import BadInput
from nearfield.tables import Table


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(50, 7)).astype(np.float32)


def test_float32_is_taken_as_it_is(rows):
    table = Table(rows)
    assert (table.shape, table.storage, table.nbytes, len(table)) == ((50, 7), "float32", rows.nbytes, 50)
    assert np.shares_memory(table[:], rows)
    np.testing.assert_array_equal(table[3], rows[3])
    np.testing.assert_array_equal(table[np.array([3, 1])], rows[[3, 1]])


def test_int8_is_multiplied_by_its_scales():
    table = Table(np.array([[1, -2], [127, 0]], np.int8), np.array([0.5, 2], np.float32))
    assert (table.storage, table.nbytes) == ("int8", 4 + 8)
    np.testing.assert_array_equal(table[:], [[0.5, -1], [254, 0]])
    np.testing.assert_array_equal(table[1], [254, 0])
    np.testing.assert_array_equal(table.take(np.array([1, 0]))[0], [254, 0])
    assert table[0].dtype == np.float32


def test_other_numbers_become_float32(rows):
    assert Table(rows.astype(np.float64)).storage == "float32"
    assert Table([[1, 2]]).storage == "float32"
    assert Table(rows.astype(">f4")).values.dtype == np.dtype("float32")


def test_nobody_can_write_to_it(rows):
    with pytest.raises(ValueError, match="read-only"):
        Table(rows)[:][0, 0] = 1
    rows[0, 0] = 2  # the array that was given stays its owner's


def test_norms_of_any_size():
    table = Table(np.array([[3, 4], [0, 0], [3e-30, 4e-30], [3e25, 4e25]], np.float32))
    np.testing.assert_allclose(table.norms, [5, 0, 5e-30, 5e25], rtol=1e-6)
    np.testing.assert_allclose(table.inverse_norms, [0.2, 0, 2e29, 2e-26], rtol=1e-6)
    np.testing.assert_allclose(table.unit(np.array([2, 1])), [[0.6, 0.8], [0, 0]], rtol=1e-6)


def test_blocks_cover_all_rows():
    wide = np.arange(30_000, dtype=np.float32).reshape(3, 10_000).repeat(100, axis=0)
    blocks = list(Table(wide).blocks())
    assert len(blocks) > 1
    np.testing.assert_array_equal(np.concatenate([block for _, block in blocks]), wide)
    assert [start for start, _ in blocks] == np.cumsum([0, *(len(block) for _, block in blocks[:-1])]).tolist()


@pytest.mark.parametrize(
    ("values", "scales", "message"),
    [
        (np.ones(3), None, r"input has shape \(3,\); expected \(number of keys, dimensions\)"),
        (np.array([["a"]]), None, "input holds <U1; expected numbers"),
        (np.ones((2, 2), np.complex64), None, "input holds complex64"),
        (np.ones((2, 2), np.int8), None, "stored as int8; expected scales with int8"),
        (np.ones((2, 2), np.float32), np.ones(2), "stored as float32; expected scales with int8"),
        (np.ones((2, 2), np.int8), np.ones(3), "3 scales for 2 rows"),
        (np.array([[1, 2], [3, np.nan]], np.float32), None, "input row 1, column 1 is nan; expected a number"),
        (np.array([[1, 1e300]]), None, "input row 0, column 1 is inf"),
        (np.ones((1, 2), np.int8), np.array([np.inf]), "input row 0, column 0 is inf"),
    ],
)
def test_bad_input_is_named(values, scales, message):
    with pytest.raises(BadInput, match=message):
        Table(values, scales)


def test_a_mapped_table_is_checked_when_its_norms_are_needed(tmp_path):
    np.save(tmp_path / "rows.npy", np.array([[1, 2], [np.inf, 4]], np.float32))
    table = Table(np.load(tmp_path / "rows.npy", mmap_mode="r"), name="rows.npy: input")
    with pytest.raises(BadInput, match="rows.npy: input row 1, column 0 is inf"):
        _ = table.norms
