"""Maps between spaces, held against scipy and NumPy's least squares."""

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from nearfield import Vectors
from nearfield.errors import BadInput
from nearfield.update import SpaceMap, align
from nearfield.update.alignment import read_maps, write_maps

RANDOM = np.random.default_rng(7)


def vectors(rows, first=0):
    return Vectors([f"k{first + i}" for i in range(len(rows))], rows.astype(np.float32))


@pytest.fixture
def pair():
    """Two versions that share the keys k10 … k59; their rows have nothing to do with each other."""
    return vectors(RANDOM.normal(size=(60, 5))), vectors(RANDOM.normal(size=(70, 5)), 10)


def test_orthogonal_is_scipys(pair):
    old, new = pair
    expected, _ = orthogonal_procrustes(old.input[10:], new.input[:50])
    found = align(old, new)
    np.testing.assert_allclose(found.matrix, expected, atol=1e-5)
    np.testing.assert_allclose(found.matrix @ found.matrix.T, np.eye(5), atol=1e-6)
    assert not found.shift.any()


def test_blocks_add_up_to_the_whole(pair, monkeypatch):
    whole = align(*pair), align(*pair, kind="affine")
    monkeypatch.setattr("nearfield.update.alignment.BLOCK_ROWS", 7)
    for before, found in zip(whole, (align(*pair), align(*pair, kind="affine")), strict=True):
        np.testing.assert_allclose(found.matrix, before.matrix, atol=1e-5)


def test_affine_is_least_squares(pair):
    old, new = pair
    extended = np.hstack([old.input[10:], np.ones((50, 1))])
    expected = np.linalg.lstsq(extended, new.input[:50], rcond=None)[0]
    found = align(old, new, kind="affine")
    np.testing.assert_allclose(np.vstack([found.matrix, found.shift]), expected, atol=1e-5)


def test_a_rotation_is_found_again():
    rotation = np.linalg.qr(RANDOM.normal(size=(8, 8)))[0]
    old = vectors(RANDOM.normal(size=(100, 8)))
    new = vectors(old.input @ rotation)
    np.testing.assert_allclose(align(old, new).vectors(old).input, new.input, atol=1e-5)
    np.testing.assert_allclose(align(new, old).vectors(new).input, old.input, atol=1e-5)


def test_affine_goes_between_dimensions():
    old = vectors(RANDOM.normal(size=(100, 8)))
    new = vectors(old.input @ RANDOM.normal(size=(8, 3)) + 2)
    found = align(old, new, kind="affine")
    np.testing.assert_allclose(found.rows(old.input), new.input, atol=1e-4)


def test_maps_one_after_the_other():
    first, second = (SpaceMap(RANDOM.normal(size=(4, 4)), RANDOM.normal(size=4)) for _ in range(2))
    rows = RANDOM.normal(size=(9, 4)).astype(np.float32)
    np.testing.assert_allclose(first.then(second).rows(rows), second.rows(first.rows(rows)), atol=1e-4)


def test_saved_maps_are_the_same(pair, tmp_path):
    maps = {kind: align(*pair, kind=kind) for kind in ("orthogonal", "affine")}
    write_maps(tmp_path / "maps", maps)
    for name, found in read_maps(tmp_path / "maps").items():
        np.testing.assert_array_equal(found.matrix, maps[name].matrix)
        np.testing.assert_array_equal(found.shift, maps[name].shift)
    (tmp_path / "maps").write_bytes((tmp_path / "maps").read_bytes()[:200])
    with pytest.raises(BadInput, match="damaged"):
        read_maps(tmp_path / "maps")


def test_what_cannot_be_aligned(pair):
    old, new = pair
    with pytest.raises(BadInput, match="no key in common"):
        align(old, vectors(old.input, 1_000))
    with pytest.raises(BadInput, match="5 and 3 dimensions"):
        align(old, vectors(old.input[:, :3]))
    with pytest.raises(BadInput, match="5 keys in common for 5 dimensions"):
        align(old, vectors(new.input[:5]), kind="affine")
    with pytest.raises(BadInput, match="expected one of orthogonal, affine"):
        align(old, new, kind="linear")
    damaged = vectors(old.input)
    damaged.input_table.values = np.full((60, 5), np.nan, np.float32)  # as a mapped file may be
    for kind in ("orthogonal", "affine"):
        with pytest.raises(BadInput, match="holds NaN"):
            align(damaged, new, kind=kind)
    with pytest.raises(BadInput, match="this map takes 5"):
        align(old, new).vectors(vectors(old.input[:, :3]))
