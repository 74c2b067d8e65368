"""Sequences: building, slicing, round trip on disk, and what it refuses."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield import Sequences, Vocabulary
from nearfield.errors import BadInput, IncompatibleVersion, NearfieldError

LISTS = [["a", "b", "a"], [], ["c", "a"], ["b"]]


@given(st.lists(st.lists(st.text(max_size=3), max_size=8), max_size=20), st.integers(1, 4))
def test_lists_come_back_less_the_rare(lists, min_count):
    flat = [key for one in lists for key in one]
    expected = [[key for key in one if flat.count(key) >= min_count] for one in lists]
    sequences = Sequences.from_lists(lists, min_count=min_count)
    assert [sequences.keys(i) for i in range(len(sequences))] == expected
    assert sequences.n_tokens == sum(map(len, expected))
    assert dict(zip(sequences.vocabulary, sequences.vocabulary.counts, strict=True)) == {
        key: flat.count(key) for key in set(flat) if flat.count(key) >= min_count
    }


def test_a_generator_is_read_once():
    assert len(Sequences.from_lists(one for one in LISTS)) == 4


def test_slices():
    sequences = Sequences.from_lists(LISTS)
    assert sequences[0].tolist() == [0, 1, 0]
    assert sequences[-1].tolist() == [1]
    assert [len(one) for one in sequences] == [3, 0, 2, 1]
    assert repr(sequences) == "Sequences(4 of 6 tokens, 3 keys)"
    for outside in (4, -5):
        with pytest.raises(IndexError):
            sequences[outside]


@given(st.lists(st.lists(st.text(), max_size=5), max_size=6))
def test_round_trip(tmp_path_factory, lists):
    path = tmp_path_factory.mktemp("sequences") / "saved"
    sequences = Sequences.from_lists(lists)
    n = sequences.n_tokens
    with_both = Sequences(
        sequences.vocabulary, sequences.tokens, sequences.offsets, np.arange(n, dtype=np.float32), np.arange(n) * 10**15
    )
    for original in (sequences, with_both):
        original.save(path)
        loaded = Sequences.load(path)
        assert loaded.vocabulary == original.vocabulary
        for name in ("tokens", "offsets", "weights", "times"):
            mine, theirs = getattr(original, name), getattr(loaded, name)
            assert (mine is None) == (theirs is None)
            assert mine is None or (np.array_equal(mine, theirs) and mine.dtype == theirs.dtype)
        assert loaded.reading == original.reading


def test_how_the_data_were_read_is_kept_by_what_is_made_of_them(tmp_path):
    plain = Sequences.from_lists(LISTS)
    assert plain.reading == {"from_lists": {"min_count": 1}}
    reading = {"read_text": {"language": "zh", "keep": ("a",)}}
    sequences = Sequences(plain.vocabulary, plain.tokens, plain.offsets, reading=reading)
    sequences.save(tmp_path / "s")
    for kept in (sequences, Sequences.load(tmp_path / "s"), sequences.take([1, 0])):
        assert kept.reading == {"read_text": {"language": "zh", "keep": ["a"]}}
    with pytest.raises(BadInput, match="expected a dict of functions"):
        Sequences(plain.vocabulary, plain.tokens, plain.offsets, reading={"read_text": print})


def test_loading_maps_the_tokens_and_does_not_read_them(tmp_path):
    Sequences.from_lists(LISTS).save(tmp_path / "s")
    assert isinstance(Sequences.load(tmp_path / "s").tokens, np.memmap)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tokens": np.array([0, 9], np.int32)}, "outside of the vocabulary"),
        ({"tokens": np.array([0, -1], np.int32)}, "outside of the vocabulary"),
        ({"tokens": np.array([0.5, 1.0])}, "tokens are float64; expected int32"),
        ({"tokens": np.zeros((2, 1), np.int32)}, "tokens have 2 dimensions"),
        ({"offsets": np.array([0, 1])}, "offsets must run from 0 to the number of tokens, 2"),
        ({"offsets": np.array([], np.int64)}, "offsets must run"),
        ({"offsets": np.array([0, 2, 1, 2])}, "offsets fall"),
        ({"weights": np.ones(3, np.float32)}, "3 weights for 2 tokens"),
        ({"times": np.ones(1, np.int64)}, "1 times for 2 tokens"),
    ],
)
def test_arrays_that_do_not_fit(changes, message):
    good = {"tokens": np.array([0, 1], np.int32), "offsets": np.array([0, 2])}
    with pytest.raises(BadInput, match=message):
        Sequences(Vocabulary(["a", "b"]), **(good | changes))


def damage_config(folder, **changes):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "config.json").unlink(), "holds no config.json"),
        (lambda f: (f / "config.json").write_text("{"), "is no JSON"),
        (lambda f: (f / "config.json").write_text("[]"), "kind is"),
        (lambda f: damage_config(f, kind="vectors"), "kind is 'vectors'; expected 'sequences'"),
        (lambda f: damage_config(f, format_version=99), "format version 99; this release reads 1 to 1"),
        (lambda f: damage_config(f, arrays=["tokens"]), "arrays are"),
        (lambda f: damage_config(f, reading=[1]), "reading is .*; expected a dict"),
        (lambda f: (f / "tokens.npy").write_bytes((f / "tokens.npy").read_bytes()[:-4]), "damaged"),
        (lambda f: (f / "tokens.npy").write_bytes(b""), "damaged"),
        (lambda f: (f / "tokens.npy").unlink(), "damaged"),
        (lambda f: (f / "keys.txt").write_text("a\nb\n"), "3 counts for 2 keys"),
        (lambda f: (f / "keys.txt").write_text("a\nb\nc"), "the last line has no line end"),
        (lambda f: (f / "keys.txt").write_bytes(b"a\nb\xff\nc\n"), "is not UTF-8 at byte 3"),
        (lambda f: (f / "keys.txt").write_text('a\n"b\nc\n'), "is no JSON string"),
        (lambda f: np.save(f / "offsets.npy", np.array([0, 3])), "offsets must run"),
    ],
)
def test_damaged_folders_get_one_clear_line(tmp_path, damage, message):
    Sequences.from_lists(LISTS).save(tmp_path / "s")
    damage(tmp_path / "s")
    with pytest.raises(NearfieldError, match=message) as error:
        Sequences.load(tmp_path / "s")
    assert "\n" not in str(error.value)
    assert isinstance(error.value, BadInput | IncompatibleVersion)


def test_a_pickle_is_not_loaded(tmp_path):
    Sequences.from_lists(LISTS).save(tmp_path / "s")
    np.save(tmp_path / "s" / "tokens.npy", np.array([print], object), allow_pickle=True)
    with pytest.raises(BadInput, match="damaged"):
        Sequences.load(tmp_path / "s")
