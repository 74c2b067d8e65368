"""Crosses against loops over dictionaries."""

import itertools
import math

import numpy as np
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from nearfield.errors import BadInput
from nearfield.examples import Examples, FeatureSpace
from nearfield.feature_space import Crossed
from nearfield.rank import cross
from nearfield.rank.features.reading import read_examples

FIELDS = ("a", "b", "c")
NAMES = tuple(f"{field}={i}" for field in FIELDS for i in range(4))  # of field f: 4 f to 4 f + 3
SPACE = FeatureSpace(12, FIELDS, NAMES)
ENTRY = st.tuples(st.integers(0, 2), st.integers(0, 3), st.sampled_from([0.5, 1.0, -2.0, 3.0]))
ROWS = st.lists(st.lists(ENTRY, max_size=6), max_size=8)
CROSSES = st.lists(st.permutations(FIELDS).flatmap(lambda p: st.sampled_from([p[:2], p])), max_size=3, unique_by=tuple)


def made(rows):
    entries = [entry for row in rows for entry in row]
    return Examples(
        np.arange(len(rows)) % 2, np.cumsum([0, *map(len, rows)]), np.array([4 * f + i for f, i, _ in entries], int),
        np.array([f for f, _, _ in entries], int), np.array([v for _, _, v in entries], float),
        weights=np.arange(len(rows)) + 1, groups=np.arange(len(rows)), times=np.arange(len(rows)), space=SPACE,
    )  # fmt: skip


def by_loop(row, crosses):
    """(field, names of the parts, value) of each combination."""
    found = []
    for number, fields in enumerate(crosses):
        parts = [[(f"{name}={i}", v) for f, i, v in row if FIELDS[f] == name] for name in fields]
        for one in itertools.product(*parts):
            found.append((3 + number, tuple(name for name, _ in one), math.prod(value for _, value in one)))
    return found


def entries(examples):
    for start, stop in itertools.pairwise(examples.indptr):
        yield [
            (int(examples.fields[i]), int(examples.features[i]), float(examples.values[i])) for i in range(start, stop)
        ]


def label(fields, parts):
    return f"{'×'.join(fields)}={'×'.join(part.split('=')[1] for part in parts)}"


def slot(fields, parts, bits):
    of_name = xxhash.xxh64_intdigest("×".join(fields).encode())
    data = b"".join(n.to_bytes(8, "little") for n in (of_name, *map(NAMES.index, parts)))
    return 12 + xxhash.xxh64_intdigest(data) % (1 << bits)


@settings(deadline=None, max_examples=60)
@given(ROWS, CROSSES)
def test_hashed_crosses_are_those_of_a_loop(rows, crosses):
    examples = made(rows)
    found = cross(examples, crosses, bits=5)
    crossed = Crossed(SPACE, tuple(map(tuple, crosses)), 5)
    assert found.space == FeatureSpace(12 + 32, (*FIELDS, *("×".join(one) for one in crosses)), crossed=crossed)
    for before, after, row in zip(entries(examples), entries(found), rows, strict=True):
        wanted = [(field, slot(crosses[field - 3], parts, 5), value) for field, parts, value in by_loop(row, crosses)]
        assert after == before + wanted
    for name in ("labels", "weights", "groups", "times"):
        np.testing.assert_array_equal(getattr(found, name), getattr(examples, name))


@settings(deadline=None, max_examples=60)
@given(ROWS, ROWS, CROSSES)
def test_named_crosses_of_later_rows_are_those_that_training_had(rows, later, crosses):
    train = cross(made(rows), crosses)
    known = {label(crosses[field - 3], parts) for row in rows for field, parts, _ in by_loop(row, crosses)}
    assert train.space.names[:12] == NAMES
    assert sorted(train.space.names[12:]) == sorted(known)
    found = cross(made(later), crosses, space=train.space)
    assert found.space == train.space
    for after, row in zip(entries(found), later, strict=True):
        named = [(field, train.space.names[feature], value) for field, feature, value in after[len(row) :]]
        loop = [(field, label(crosses[field - 3], parts), value) for field, parts, value in by_loop(row, crosses)]
        assert named == [one for one in loop if one[1] in known]


def test_a_cross_of_examples_is_the_crossed_column_of_a_table(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("label,a,b\n1,x,p\n0,y,q\n1,x,q\n0,x,p\n")
    schema = {"a": "categorical", "b": "categorical"}
    found = cross(read_examples(path, schema=schema), [("a", "b")])
    assert [name for name in found.space.names if "×" in name] == ["a×b=x×p", "a×b=x×q", "a×b=y×q"]
    np.testing.assert_array_equal(np.diff(found.indptr), 3)


def test_entries_without_fields_are_all_of_the_first_and_cross_nothing():
    examples = Examples([1], [0, 2], [0, 1], space=FeatureSpace(2, ("a", "b")))
    np.testing.assert_array_equal(cross(examples, [("a", "b")], bits=3).features, [0, 1])


def test_entries_without_values_make_values_of_1():
    examples = Examples([1], [0, 3], [0, 1, 2], [0, 1, 1], space=FeatureSpace(3, ("a", "b")))
    np.testing.assert_array_equal(cross(examples, [("a", "b")], bits=3).values, np.ones(5))


@pytest.mark.parametrize(
    ("crosses", "options", "message"),
    [
        ([("a",)], {}, "a cross is \\('a',\\); expected two or three"),
        (["ab"], {}, "a cross is 'ab'"),
        ([("a", "a")], {}, "expected two or three different fields"),
        ([("a", "d")], {}, "no field 'd' to cross; the fields are a, b, c"),
        ([("a", "b"), ("a", "b")], {}, "there is a field 'a×b' already"),
        ([("a", "b")], {"bits": 0}, "bits is 0"),
        ([("a", "b")], {"space": SPACE}, "not that of these rows with these crosses"),
        ([("a", "b")], {"space": SPACE, "bits": 4}, "not that of these rows with these crosses"),
    ],
)
def test_what_cannot_be_crossed_is_said(crosses, options, message):
    with pytest.raises(BadInput, match=message):
        cross(made([[(0, 1, 1.0)]]), crosses, **options)


def test_features_without_names_need_bits():
    examples = Examples([1], [0, 2], [0, 1], [0, 1], space=FeatureSpace(2, ("a", "b")))
    with pytest.raises(BadInput, match="have no names, so that combinations cannot be named; give bits"):
        cross(examples, [("a", "b")])
