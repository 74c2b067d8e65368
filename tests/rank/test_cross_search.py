"""The search for crosses, on labels that only a known pair tells."""

import itertools

import numpy as np
import pytest

from nearfield.errors import BadInput
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank import LogisticRegression, cross, search_crosses
from nearfield.rank.metrics import mean_loss

FIELDS = ("a", "b", "c", "d")
SPACE = FeatureSpace(20, FIELDS)


def rows(n, seed, interacting=True):
    """Labels follow whether a's and c's features are both even or both odd, and a little b's."""
    random = np.random.default_rng(seed)
    cells = random.integers(0, 5, (n, 4))
    agree = (cells[:, 0] + cells[:, 2]) % 2 if interacting else 0
    chances = 0.1 + 0.6 * agree + 0.2 * (cells[:, 1] == 0)
    labels = random.random(n) < chances
    return Examples(labels, np.arange(0, 4 * n + 1, 4), (cells + 5 * np.arange(4)).ravel(), np.tile(np.arange(4), n),
                    space=SPACE)  # fmt: skip


def test_the_pair_that_tells_is_found_first():
    train, validation, test = rows(4000, 1), rows(2000, 2), rows(2000, 3)
    found = search_crosses(train, validation, k=3, bits=12)
    assert found[0].fields == ("a", "c")
    assert found[0].gain > 0.05
    assert all(one.loss > other.loss for one, other in itertools.pairwise(found))
    crossed = [cross(part, [("a", "c")], bits=12) for part in (train, validation, test)]
    model = LogisticRegression().fit(crossed[0])
    assert mean_loss(model.predict_proba(crossed[1])[:, 1], validation, "logistic") == found[0].loss
    alone = LogisticRegression().fit(train)
    lost = [mean_loss(m.predict_proba(p)[:, 1], test, "logistic") for m, p in ((alone, test), (model, crossed[2]))]
    assert lost[1] < lost[0] - 0.05


def test_a_triple_that_tells_is_found_behind_its_pair():
    def told(n, seed):
        part = rows(n, seed, interacting=False)
        cells = part.features.reshape(n, 4)
        agree = (cells[:, 0] + cells[:, 2]) % 2 == 0
        chances = 0.1 + 0.3 * agree + 0.5 * (agree & (cells[:, 3] % 2 == 0))
        labels = (np.random.default_rng(seed + 9).random(n) < chances).astype(np.float32)
        return Examples(labels, part.indptr, part.features, part.fields, space=SPACE)

    train, validation = told(6000, 1), told(3000, 2)
    found = {order: search_crosses(train, validation, k=2, order=order, bits=12) for order in (2, 3)}
    assert [one.fields for one in found[3]] == [("a", "c"), ("a", "c", "d")]
    assert found[3][-1].loss < found[2][-1].loss - 0.02
    assert all(len(one.fields) == 2 for one in found[2])


def test_every_loss_is_below_that_without_crosses():
    train, validation = rows(1500, 1, interacting=False), rows(1000, 2, interacting=False)
    alone = LogisticRegression().fit(train).predict_proba(validation)[:, 1]
    losses = [
        mean_loss(alone, validation, "logistic"),
        *(one.loss for one in search_crosses(train, validation, bits=8)),
    ]
    assert losses == sorted(losses, reverse=True)


def test_only_the_named_fields_are_paired_and_counts_are_taken():
    model = LogisticRegression(rates="counts", alpha=0.3, l1=0.1)
    found = search_crosses(rows(3000, 1), rows(1000, 2), fields=("a", "c"), bits=10, model=model)
    assert [one.fields for one in found] == [("a", "c")]
    assert not hasattr(model, "state_")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k is 0"),
        ({"order": 4}, "order is 4; expected one of 2, 3"),
        ({"fields": ("a",)}, "there are 1 fields"),
        ({"fields": ("a", "e")}, "no field 'e'"),
        ({"bits": 40}, "bits is 40"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(BadInput, match=message):
        search_crosses(rows(10, 1), rows(10, 2), **options)


def test_spaces_whose_names_cannot_be_translated_are_refused():
    other = rows(10, 2).relabelled(FeatureSpace(21, (*FIELDS[1:], "z")))
    with pytest.raises(BadInput, match="the rows have field 'z', and the model has a, b, c"):
        search_crosses(rows(10, 1), other)
