"""XXH64 as its author's own library has it."""

import numpy as np
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from nearfield.rank.kernels.hashing import hash_pieces


def hashed(pieces, seed=0):
    data = np.frombuffer(b"".join(pieces) or b"\0", np.uint8)
    offsets = np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])]).astype(np.int64)
    hashes = np.empty(len(pieces), np.uint64)
    hash_pieces(data, offsets, np.uint64(seed), hashes)
    return hashes.tolist()


@given(st.lists(st.binary(max_size=100), min_size=1), st.integers(0, 2**64 - 1))
def test_hashes_are_those_of_xxhash(pieces, seed):
    assert hashed(pieces, seed) == [xxhash.xxh64_intdigest(piece, seed) for piece in pieces]


@pytest.mark.parametrize(
    ("piece", "wanted"),
    [(b"", 0xEF46DB3751D8E999), (b"a", 0xD24EC4F1A98C6E5B), (b"abc", 0x44BC2CF5AD770999)],
)
def test_hashes_that_were_published(piece, wanted):
    assert hashed([piece]) == [wanted]
