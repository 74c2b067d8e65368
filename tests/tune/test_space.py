"""What may be searched, and what is refused."""

import pytest

from nearfield.embed import ItemEmbedding
from nearfield.errors import BadInput
from nearfield.tune import ITEM_SPACE, Range
from nearfield.tune.space import checked_space

PARAMETERS = list(ItemEmbedding().get_params())


def test_a_range_holds_its_ends_and_whole_numbers_only_where_its_ends_are_such():
    assert all(value in Range(1, 30) for value in (1, 30, 7, 7.0))
    assert not any(value in Range(1, 30) for value in (0, 31, 2.5, None, "7", True, float("nan")))
    assert all(value in Range(-1.0, 1.0) for value in (-1.0, 1, 0.25))


@pytest.mark.parametrize("ends", [(2, 1), (0, float("inf")), (float("nan"), 1), ("1", 2), (None, 2), (False, True)])
def test_ends_that_are_none(ends):
    with pytest.raises(BadInput, match="expected two finite numbers, the lower first"):
        Range(*ends)


def test_a_logarithm_of_nothing():
    with pytest.raises(BadInput, match="a logarithmic range from 0; expected more than 0"):
        Range(0, 1, log=True)


def test_the_space_for_items_holds_the_defaults_of_items():
    assert checked_space(ITEM_SPACE, PARAMETERS) == ITEM_SPACE
    preset = ItemEmbedding().get_params() | {"last": 5, "decay": 0.8}
    assert [name for name, options in ITEM_SPACE.items() if preset[name] not in options] == []


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({}, "space is {}; expected a mapping"),
        ([("window", Range(1, 5))], "expected a mapping of settings"),
        ({"windw": Range(1, 5)}, "space names 'windw'; expected one of .*window.*half_life"),
        ({"window": (1, 5)}, r"space has window: \(1, 5\); expected a Range or a list"),
        ({"window": []}, r"space has window: \[\]; expected a Range or a list"),
        ({"decay": Range(0.5, 1.0), "half_life": ["1d"]}, "both decay and half_life"),
    ],
)
def test_what_is_no_space(space, message):
    with pytest.raises(BadInput, match=message):
        checked_space(space, PARAMETERS)
