import numpy as np
import pytest

from nearfield.errors import BadInput
from nearfield.vectors import Vectors


@pytest.fixture
def first():
    return Vectors(["a", "b"], np.array([[1, 1], [2, 2]]), np.array([[5, 5], [6, 6]]), [10, 4], {"from": 1})


@pytest.fixture
def second():
    return Vectors(["c", "b"], np.array([[3, 3], [4, 4]]), np.array([[7, 7], [8, 8]]), [7, 5], {"from": 2})


@pytest.mark.parametrize(
    ("conflict", "row", "output", "keys", "counts"),
    [
        ("keep", 2, 6, ("a", "c", "b"), [10, 7, 4]),
        ("replace", 4, 8, ("a", "c", "b"), [10, 7, 5]),
        ("mean", 3, 7, ("a", "b", "c"), [10, 9, 7]),
    ],
)
def test_a_key_that_both_have(first, second, conflict, row, output, keys, counts):
    both = first.merge(second, conflict=conflict)
    assert both.keys == keys
    assert both.counts.tolist() == counts
    assert both["b"].tolist() == [row, row]
    assert both.output[both.vocabulary["b"]].tolist() == [output, output]
    assert both[["a", "c"]].tolist() == [[1, 1], [3, 3]]
    assert both.metadata == {"merged": [{"from": 1}, {"from": 2}]}
    assert first["b"].tolist() == [2, 2]  # nothing was changed in place


def test_without_a_shared_key_nothing_need_be_said(first, second):
    assert first.merge(second.subset("c")).keys == ("a", "c", "b")


def test_without_counts_new_keys_come_last(first, second):
    left, right = (Vectors(v.keys, v.input) for v in (first, second))
    assert left.merge(right, conflict="keep").keys == ("a", "b", "c")
    assert left.merge(right, conflict="keep").counts is None
    right = Vectors(second.keys, second.input, counts=second.counts)
    both = left.merge(right, conflict="keep")
    assert (both.keys, both.counts.tolist()) == (("c", "a", "b"), [7, 0, 0])


def test_smaller_storage_is_widened(first, second):
    both = first.quantize("int8").merge(second.quantize("float16"), conflict="replace")
    assert both.storage == "float32"
    np.testing.assert_allclose(both[["a", "b"]], [[1, 1], [4, 4]], rtol=1e-6)


def test_bad_input_is_named(first, second):
    with pytest.raises(BadInput, match="1 keys are in both, such as 'b'; say what becomes of them: conflict='keep'"):
        first.merge(second)
    with pytest.raises(BadInput, match="conflict is 'left'; expected one of refuse, keep, replace, mean"):
        first.merge(second, conflict="left")
    with pytest.raises(BadInput, match="2 and 3 dimensions"):
        first.merge(Vectors(["c"], np.ones((1, 3))))
    with pytest.raises(BadInput, match="only one of the two has an output matrix"):
        first.merge(Vectors(["c"], np.ones((1, 2))))
