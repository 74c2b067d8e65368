"""Strategies by name, as objects, and mixed."""

from __future__ import annotations

import pytest

from nearfield.errors import BadInput
from nearfield.update.strategies import EWC, STRATEGIES, FineTune, LwF, Replay, Retrain, Settle, name_of, parse


def test_names_objects_and_mixes():
    assert parse("replay+lwf") == (Replay(), LwF())
    assert parse(["replay", LwF(2.0)]) == (Replay(), LwF(2.0))
    assert parse(Retrain()) == (Retrain(),)
    assert parse(" ewc + fine_tune ") == (EWC(), FineTune())
    assert name_of(parse("settle+replay")) == "settle+replay"
    assert {name: parse(name)[0].name for name in STRATEGIES} == {name: name for name in STRATEGIES}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Replay(-1), "the budget of replay is -1; expected 0 or more"),
        (lambda: Replay(True), "the budget of replay is True"),
        (lambda: Replay(choice="best"), "replay's choice is 'best'; expected 'recent', 'reservoir' or 'herding'"),
        (lambda: LwF(float("nan")), "the strength of lwf is nan"),
        (lambda: EWC("strong"), "the strength of ewc is 'strong'"),
        (lambda: Settle(0), "half of settle is 0; expected more"),
        (lambda: parse("replay+"), "strategy '' is unknown"),
        (lambda: parse([7]), "strategy 7 is unknown"),
        (lambda: parse([Replay(), "replay"]), "each once"),
        (lambda: parse(["retrain", "replay"]), "retrain starts from nothing and stands alone"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(BadInput, match=message):
        make()
