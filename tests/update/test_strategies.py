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
        (lambda: Replay(-1), "budget is -1; expected a number of at least 0"),
        (lambda: Replay(True), "budget is True"),
        (lambda: Replay(choice="best"), "choice is 'best'; expected one of recent, reservoir, herding, or None"),
        (lambda: LwF(float("nan")), "strength is nan"),
        (lambda: EWC("strong"), "strength is 'strong'"),
        (lambda: Settle(0), "half is 0; expected a number above 0"),
        (lambda: parse("replay+"), "strategy '' is unknown"),
        (lambda: parse([7]), "strategy 7 is unknown"),
        (lambda: parse([Replay(), "replay"]), "each once"),
        (lambda: parse(["retrain", "replay"]), "retrain starts from nothing and stands alone"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(BadInput, match=message):
        make()
