"""Rows of libsvm, libffm and Vowpal Wabbit's text: as scikit-learn and a dictionary read them, and what is refused."""

import gzip

import numpy as np
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_svmlight_file

from nearfield.errors import BadInput
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank import LogisticRegression
from nearfield.rank.features import lines
from nearfield.rank.features.detection import format_of
from nearfield.rank.features.hashing import collisions, expected_collisions, hash_names, hash_numbers, slots_of
from nearfield.rank.features.reading import read_examples, stream_examples

ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.lists(st.tuples(st.integers(0, 3), st.integers(0, 500), st.integers(1, 9)))),
    min_size=1,
    max_size=30,
)


def text_of(rows, with_fields=False):
    entry = "{}:{}:{}" if with_fields else "{1}:{2}"
    return "".join(f"{label} {' '.join(entry.format(*one) for one in entries)}\n" for label, entries in rows)


@pytest.fixture
def write(tmp_path):
    def written(content, name):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


@given(ROWS, st.integers(16, 300))
def test_blocks_of_any_size_hold_the_same_rows(tmp_path_factory, rows, size):
    path = tmp_path_factory.mktemp("rows") / "rows.ffm.gz"
    path.write_bytes(gzip.compress(text_of(rows, with_fields=True).encode()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BLOCK_BYTES", size)
        examples = read_examples(path)
        blocks = list(stream_examples(path, fields=list("abcd")))
    entries = [one for _, row in rows for one in row]
    assert examples.labels.tolist() == [label for label, _ in rows]
    assert np.diff(examples.indptr).tolist() == [len(row) for _, row in rows]
    assert list(zip(examples.fields.tolist(), examples.features.tolist(), strict=True)) == [one[:2] for one in entries]
    values = np.ones(len(entries)) if examples.values is None else examples.values
    assert values.tolist() == [value for *_, value in entries]
    np.testing.assert_array_equal(np.concatenate([block.features for block in blocks]), examples.features)
    assert blocks[-1].space.size == examples.space.size


def test_libsvm_is_read_as_scikit_learn_reads_it(write):
    random = np.random.default_rng(1)
    rows = [(i % 2, [(0, f, random.integers(1, 9)) for f in sorted(random.choice(99, 5, False))]) for i in range(200)]
    path = write(text_of(rows), "rows.svm")
    matrix, labels = load_svmlight_file(str(path), zero_based=True)
    examples = read_examples(path)
    np.testing.assert_array_equal(examples.to_scipy().toarray(), matrix.toarray())
    np.testing.assert_array_equal(examples.labels, labels)


def test_labels_of_two_kinds(write):
    path = write("-1 1:1\n+1 2:1\n", "rows.libfm")
    assert read_examples(path).labels.tolist() == [0, 1]
    assert read_examples(write("-1 1:1\n1 2:1\n3 1:1\n", "values.libfm")).labels.tolist() == [-1, 1, 3]
    assert read_examples(path, positive=-1).labels.tolist() == [1, 0]
    assert sorted(read_examples(path, classes=False).labels.tolist()) == [-1, 1]
    assert read_examples(path, positive=-1, classes=False).labels.tolist() == [1, 0]


def test_known_spaces_drop_or_take_what_is_new(write):
    train, test = write("1 0:0:1 1:5:1\n", "a.ffm"), write("1 0:2:1 1:9:2\n", "b.ffm")
    space = read_examples(train).space
    assert (space.size, space.fields) == (6, ("0", "1"))
    dropped = read_examples(test, space=space)
    assert (dropped.space, dropped.features.tolist()) == (space, [2])
    grown = read_examples(test, space=space, unknown="grow")
    assert (grown.space.size, grown.features.tolist()) == (10, [2, 9])
    model = LogisticRegression().partial_fit(read_examples(train)).partial_fit(grown)
    assert model.predict_proba(dropped).shape == (1, 2)
    with pytest.raises(BadInput, match=r"c\.ffm:1: '1 2:0:1': field 2 is out of range; expected 0 to 1"):
        read_examples(write("1 2:0:1\n", "c.ffm"), space=space)


def test_hashed_numbers_are_those_of_a_dictionary(write):
    examples = read_examples(write("1 7:1 70000:2\n0 7:3\n", "a.svm"), bits=10)
    slots = {i: xxhash.xxh64_intdigest(i.to_bytes(8, "little")) % 1024 for i in (7, 70000)}
    assert examples.features.tolist() == [slots[7], slots[70000], slots[7]]
    assert (examples.space.size, examples.space.bits) == (1024, 10)


@given(st.lists(st.text(max_size=12), max_size=200), st.integers(1, 30))
def test_names_hash_to_the_slots_of_a_dictionary(names, bits):
    twin = [xxhash.xxh64_intdigest(name.encode("utf-8", "surrogatepass")) % 2**bits for name in names]
    assert slots_of(hash_names(names), bits).tolist() == twin


def test_collisions_are_told_before_and_after():
    n, bits = 3000, 12
    slots = slots_of(hash_numbers(np.arange(n)), bits)
    collided = n - len(set(slots.tolist()))
    assert expected_collisions(n, bits) == pytest.approx(collided, rel=0.05)
    examples = Examples(np.zeros(n), np.arange(n + 1), slots, space=FeatureSpace(1 << bits, bits=bits))
    found = collisions(examples)
    assert found.used == n - collided
    assert found.features == pytest.approx(n, rel=0.05)
    assert found.collided == pytest.approx(collided, rel=0.1)
    with pytest.raises(BadInput, match="not hashed"):
        collisions(Examples(np.zeros(1), np.array([0, 1]), np.array([0])))


def test_vowpal_wabbit(write):
    text = "1 |u a b:2 |i:0.5 x y:3\n-1 2 'tag |u c |i\n\n1 0.5 tag|u c | z\n1 |u a\n"
    examples = read_examples(write(text, "rows.vw"))
    assert examples.space == FeatureSpace(1 << 18, ("u", "i", "default"), None, 18)
    assert examples.labels.tolist() == [1, 0, 1, 1]
    assert examples.weights.tolist() == [1, 2, 0.5, 1]
    named = [("u", "a"), ("u", "b"), ("i", "x"), ("i", "y"), ("u", "c"), ("u", "c"), ("", "z"), ("u", "a")]
    twin = [
        xxhash.xxh64_intdigest(name.encode(), xxhash.xxh64_intdigest(space.encode())) % 2**18 for space, name in named
    ]
    assert examples.features.tolist() == twin
    assert examples.fields.tolist() == [0, 0, 1, 1, 0, 0, 2, 0]
    assert examples.values.tolist() == [1, 2, 0.5, 1.5, 1, 1, 1, 1]
    again = read_examples(write("1 |i x |u a\n", "more.vw"), space=examples.space)
    assert (again.fields.tolist(), again.features.tolist()) == ([1, 0], [twin[2], twin[0]])
    with pytest.raises(BadInput, match=r"new\.vw:1: .*namespace 'w' is not one of the 3 known"):
        read_examples(write("1 |w x\n", "new.vw"), space=examples.space)
    assert read_examples(write("|u a\n", "bare.vw"), label=None).labels.tolist() == [0]


@pytest.mark.parametrize(
    ("row", "name", "message"),
    [
        (":1", "a.svm", "has no number at byte 1; expected label .qid:group. feature:value"),
        ("nan 1:1", "a.svm", "has no number at byte 1"),
        ("1 1:nan", "a.svm", "has no number at byte 5"),
        ("1 -1:1", "a.svm", "has no whole number of at least 0"),
        ("1 0:1:1", "a.svm", "has no number"),
        ("1 1:1", "a.ffm", "has no colon at byte 6; expected label field:feature:value"),
        ("1 99999:1:1", "a.ffm", "field 99999 is out of range"),
        ("1 1", "a.vw", r"has no \|"),
        ("1 1:1", "a.vw", r"has no number at byte 3"),
        ("|a b", "a.vw", "has no label"),
        ("1 -1 |a b", "a.vw", "has a weight below 0"),
        ("1 |a b:nan", "a.vw", "has no number"),
    ],
)
def test_bad_rows_are_named_or_counted(write, row, name, message):
    good = {"a.svm": "1 1:1\n", "a.ffm": "1 0:1:1\n", "a.vw": "1 |a b\n"}[name]
    path = write(f"{good}\n{row}\n{good}", name)
    with pytest.raises(BadInput, match=rf"{name}:3: .*{message}"):
        read_examples(path)
    with pytest.warns(UserWarning, match=rf"left out 1 bad rows; the first: .*{name}:3"):
        examples = read_examples(path, on_bad_row="skip")
    assert (len(examples), examples.skipped) == (2, 1)


def test_a_line_of_ten_megabytes(write):
    path = write(b"1 1:1\n1 " + b"2:1 " * 2_500_000 + b"\n0 3:1\n", "long.svm")
    with pytest.raises(BadInput, match=r"long\.svm:2: a row of 10,000,003 bytes; expected at most 4,194,304"):
        read_examples(path)
    with pytest.warns(UserWarning, match="left out 1 bad"):
        assert read_examples(path, on_bad_row="skip").features.tolist() == [1, 3]


@pytest.mark.parametrize(
    ("content", "name", "options", "message"),
    [
        ("", "a.svm", {}, "holds no row"),
        ("hello world\n", "rows", {}, "its format is not told"),
        ("1 1:1\n", "a.svm", {"format": "arff"}, "format is 'arff'; expected one of libsvm"),
        ("1 1:1\n", "a.svm", {"bits": 31}, "bits is 31; expected a whole number of 1 to 30"),
        ("1 1:1\n", "a.svm", {"weight": "w"}, "weight= is given; libsvm has no columns"),
        ("1 1:1\n", "a.svm", {"on_bad_row": "ignore"}, "on_bad_row is 'ignore'"),
        ("1 1:1\n", "a.svm", {"unknown": "keep"}, "unknown is 'keep'"),
        (
            "1 1:1\n",
            "a.svm",
            {"space": FeatureSpace(9, ("a", "b"))},
            "the space has 2 fields; libsvm needs one that has",
        ),
        ("1 1:1\n", "a.svm", {"positive": "yes"}, "positive= names 'yes'; the labels of this file are numbers"),
    ],
)
def test_what_cannot_be_read_at_all(write, content, name, options, message):
    with pytest.raises(BadInput, match=message):
        read_examples(write(content, name), **options)


@pytest.mark.parametrize(
    ("content", "wanted"), [("1 0:1:1\n", "libffm"), ("-1 3:1 4:0.5\n", "libsvm"), ("1 |a b\n", "vw")]
)
def test_the_first_row_tells_the_format(write, content, wanted):
    assert format_of(write(content, "rows.data")) == wanted
