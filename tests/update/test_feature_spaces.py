"""Do rows number their features as a model does? Held against what `read_examples` makes of files."""

import pytest

from nearfield.errors import BadInput
from nearfield.examples import FeatureSpace
from nearfield.rank.features.reading import read_examples
from nearfield.update.feature_spaces import largest_space


def table(tmp_path, name, rows):
    path = tmp_path / name
    path.write_text("label,city,age\n" + "\n".join(rows) + "\n")
    return path


@pytest.fixture
def first(tmp_path):
    return table(tmp_path, "first.csv", ["1,Rome,30", "0,Oslo,41", "1,Rome,52"])


@pytest.fixture
def later(tmp_path):
    return table(tmp_path, "later.csv", ["1,Lima,33", "0,Rome,60"])


CITIES = {"city": "categorical"}
BOTH = {"city": "categorical", "age": "numeric"}


def test_rows_read_with_the_space_of_the_model(first, later):
    known = read_examples(first, schema=BOTH).space
    grown = read_examples(later, space=known, unknown="grow").space
    assert grown.size == known.size + 1
    assert largest_space(known, grown) is grown
    assert largest_space(grown, known, grown) is grown
    assert largest_space(known, read_examples(later, space=known).space) == known


def test_rows_read_by_themselves(first, later):
    def spaces(schema, *options):
        paths = first, later
        return [read_examples(path, schema=schema, **given).space for path, given in zip(paths, options, strict=True)]

    with pytest.raises(BadInput, match="feature 0 is 'city=Lima' and 'city=Rome': rows and model do not agree; read"):
        largest_space(*spaces(CITIES, {}, {}))
    with pytest.raises(BadInput, match="column 'age' became features in two ways"):  # the means of their ages differ
        largest_space(*spaces(BOTH, {}, {}))
    with pytest.raises(BadInput, match="features are hashed to (8|9) and to 9 bits"):
        largest_space(*spaces(CITIES, {"bits": 8}, {"bits": 9}))
    with pytest.raises(BadInput, match="the fields are city and city, age"):
        largest_space(spaces(CITIES, {}, {})[0], spaces(BOTH, {}, {})[0])


def test_numbers_need_no_names():
    small, large = FeatureSpace(10, ("a",)), FeatureSpace(12, ("a",), tuple(map(str, range(12))))
    assert largest_space(small, large) is large
