import numpy as np

from nearfield import Vectors
from nearfield.evaluate.lookup import Lookup, unknown_words

KEYS = ["paris", "Paris", "king", "PARIS", "zero"]
VECTORS = Vectors(KEYS, np.array([[1, 0], [0, 1], [1, 1], [1, 2], [0, 0]], np.float32))


def test_the_first_spelling_stands_for_all():
    lookup = Lookup(VECTORS, case_insensitive=True)
    assert lookup.rows(["PARIS", "King", "queen"]).tolist() == [0, 2, -1]
    assert lookup.other_spellings(["paris", "king"]) == ["Paris", "PARIS"]


def test_case_may_matter():
    lookup = Lookup(VECTORS, case_insensitive=False)
    assert lookup.rows(["PARIS", "King"]).tolist() == [3, -1]
    assert lookup.other_spellings(["PARIS"]) == []


def test_a_row_of_zeros_is_unknown():
    rows = Lookup(VECTORS, case_insensitive=True).rows(["zero", "king", "Zero", "zero"])
    assert rows.tolist() == [-1, 2, -1, -1]
    assert unknown_words(["zero", "king", "Zero", "zero"], rows) == ("zero", "Zero")
