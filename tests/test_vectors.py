import numpy as np
import pytest

from nearfield.errors import BadInput, UnknownKey
from nearfield.vectors import Vectors
from nearfield.vocabulary import Vocabulary


@pytest.fixture
def vectors():
    random = np.random.default_rng(0)
    return Vectors(
        ["the", "cat", "sat"],
        random.normal(size=(3, 4)),
        random.normal(size=(3, 4)),
        counts=[9, 5, 5],
        metadata={"trained": {"epochs": np.int64(5), "alpha": (0.025, 0.1)}},
    )


def test_keys_rows_and_numbers(vectors):
    assert vectors.keys == ("the", "cat", "sat")
    assert (len(vectors), vectors.dim, vectors.nbytes, vectors.storage) == (3, 4, 2 * 3 * 4 * 4, "float32")
    assert "cat" in vectors
    assert "dog" not in vectors
    assert vectors.counts.tolist() == [9, 5, 5]
    np.testing.assert_array_equal(vectors["cat"], vectors.input[1])
    np.testing.assert_array_equal(vectors[["sat", "the"]], vectors.input[[2, 0]])
    assert vectors[[]].shape == (0, 4)
    assert vectors["cat"].dtype == vectors.output.dtype == np.float32
    with pytest.raises(UnknownKey, match="unknown key 'cap'; nearest known keys: 'cat'"):
        vectors["cap"]
    with pytest.raises(BadInput, match=r"1 is a int; expected a key \(a string\) or a list of keys"):
        vectors[1]


def test_a_vocabulary_brings_its_counts():
    table = np.ones((2, 3))
    assert Vectors(Vocabulary(["a", "b"], [2, 1]), table).counts.tolist() == [2, 1]
    assert Vectors(Vocabulary(["a", "b"]), table).counts is None
    assert Vectors(Vocabulary(["a", "b"], [2, 1]), table, counts=[7, 6]).counts.tolist() == [7, 6]


def test_nothing_can_be_changed(vectors):
    for array in (vectors.input, vectors.output, vectors.counts):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_metadata_are_a_copy_in_json():
    given = {"sizes": [1, 2], "array": np.arange(2)}
    vectors = Vectors(["a"], np.ones((1, 1)), metadata=given)
    given["sizes"].append(3)
    assert vectors.metadata == {"sizes": [1, 2], "array": [0, 1]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input": np.ones((3, 2))}, "input has 3 rows for 2 keys"),
        ({"input": np.ones((2, 0))}, "input has no dimensions"),
        ({"input": np.ones((2, 2)), "output": np.ones((2, 3))}, r"output has shape \(2, 3\); expected .*\(2, 2\)"),
        ({"input": np.ones((2, 2)), "counts": [1]}, "1 counts for 2 keys"),
        ({"input": np.ones((2, 2)), "keys": ["a", "a"]}, "key 'a' stands twice"),
        ({"input": np.ones((2, 2)), "metadata": {"a": object()}}, "metadata cannot be written as JSON: .* object"),
        ({"input": np.ones((2, 2)), "metadata": {(1, 2): 3}}, "metadata cannot be written as JSON"),
        ({"input": np.full((2, 2), np.nan)}, "input row 0, column 0 is nan"),
        ({"input": np.ones((2, 2)), "output": np.full((2, 2), np.inf)}, "output row 0, column 0 is inf"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(BadInput, match=message):
        Vectors(**({"keys": ["a", "b"]} | arguments))


def test_normalized(vectors):
    unit = vectors.normalized()
    np.testing.assert_allclose(np.linalg.norm(unit.input, axis=1), 1, rtol=1e-6)
    assert unit.similarity("the", "cat") == pytest.approx(vectors.similarity("the", "cat"), abs=1e-6)
    np.testing.assert_array_equal(unit.output, vectors.output)
    assert unit.metadata == vectors.metadata
    assert Vectors(["zero"], np.zeros((1, 2))).normalized().input.tolist() == [[0, 0]]


def test_a_subset_is_ordered_by_count(vectors):
    some = vectors.subset(["sat", "cat", "the"])
    assert some.keys == ("the", "sat", "cat")
    assert some.counts.tolist() == [9, 5, 5]
    np.testing.assert_array_equal(some.input, vectors.input[[0, 2, 1]])
    np.testing.assert_array_equal(some.output, vectors.output[[0, 2, 1]])
    assert vectors.quantize("int8").subset("cat").storage == "int8"
    assert Vectors(vectors.keys, vectors.input).subset(["sat", "the"]).keys == ("sat", "the")
    with pytest.raises(UnknownKey, match="unknown key 'dog'"):
        vectors.subset(["dog"])
    with pytest.raises(BadInput, match="key 'cat' stands twice"):
        vectors.subset(["cat", "cat"])


def test_the_nodes_of_a_tree():
    random = np.random.default_rng(0)
    rows, nodes = random.normal(size=(3, 4)), random.normal(size=(2, 4))
    tree = Vectors(["the", "cat", "sat"], rows, counts=[9, 5, 5], nodes=nodes)
    assert list(tree.tables) == ["input", "nodes"]
    assert tree.nbytes == 4 * (3 * 4 + 2 * 4)
    assert repr(tree).startswith("Vectors(3 keys × 4 dimensions, input and nodes, float32:")
    np.testing.assert_array_equal(tree.nodes, nodes.astype(np.float32))
    np.testing.assert_array_equal(tree.normalized().nodes, tree.nodes)
    assert tree.quantize("int8").nodes_table.storage == "int8"
    np.testing.assert_allclose(tree.quantize("float16").nodes, nodes, atol=1e-2)
    np.testing.assert_array_equal(tree.take(np.array([2, 0, 1])).nodes, tree.nodes)
    assert tree.subset(["the", "cat"]).nodes is None
    assert tree.merge(Vectors(["dog"], rows[:1])).nodes is None
    with pytest.raises(BadInput, match=r"nodes have shape \(3, 4\); expected \(2, 4\), one key less"):
        Vectors(["the", "cat", "sat"], rows, counts=[9, 5, 5], nodes=rows)
    with pytest.raises(BadInput, match="nodes are given without counts"):
        Vectors(["the", "cat", "sat"], rows, nodes=nodes)
    assert Vectors([], np.empty((0, 3)), counts=[], nodes=np.empty((0, 3))).nodes.shape == (0, 3)


def test_repr_says_what_there_is(vectors):
    assert repr(vectors) == "Vectors(3 keys × 4 dimensions, input and output, float32: 'the', 'cat', 'sat')"
    many = Vectors([str(i) for i in range(1_234)], np.ones((1_234, 2))).quantize("float16")
    assert repr(many) == "Vectors(1,234 keys × 2 dimensions, input, float16: '0', '1', '2', …)"


def test_as_a_dataframe(vectors):
    frame = vectors.to_dataframe()
    assert frame.columns == ["key", "vector", "output", "count"]
    assert frame["key"].to_list() == list(vectors.keys)
    np.testing.assert_array_equal(frame["vector"].to_numpy(), vectors.input)
    np.testing.assert_array_equal(frame["output"].to_numpy(), vectors.output)
    assert Vectors(["a"], np.ones((1, 2))).quantize("int8").to_dataframe().to_dicts() == [
        {"key": "a", "vector": [1, 1]}
    ]


def test_no_vectors_at_all():
    none = Vectors([], np.empty((0, 3)))
    assert (len(none), none.dim, none.keys) == (0, 3, ())
    assert none.similar(np.ones(3)) == []
    assert repr(none) == "Vectors(0 keys × 3 dimensions, input, float32: )"


def test_take_keeps_the_order_that_is_asked_for(vectors):
    ids = np.array([2, 0])
    taken = vectors.take(ids)
    assert taken.keys == tuple(vectors.keys[i] for i in ids)
    np.testing.assert_array_equal(taken.input, vectors.input[ids])
    np.testing.assert_array_equal(taken.output, vectors.output[ids])
    assert taken.counts.tolist() == vectors.counts[ids].tolist()
