"""How an update keeps what was learnt: strategies, alone or mixed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from nearfield.base import Settings
from nearfield.errors import BadInput
from nearfield.parameters import Above, AtLeast, Example


class Strategy(Settings):
    """Base of all strategies."""

    name: ClassVar[str]


class Retrain(Strategy):
    """From scratch on everything, old and new: the upper bound, and the cost to beat."""

    name: ClassVar[str] = "retrain"


class FineTune(Strategy):
    """Train on from what was learnt, on new data only. Every other strategy but `Retrain` starts from this."""

    name: ClassVar[str] = "fine_tune"


class Replay(Strategy):
    """Mix a sample of old data into the new.

    Parameters
    ----------
    budget : float, optional
        How much of the old is taken, in tokens or rows, as a multiple of the new; all of it if there is less. By
        default as many rows or walks, and three times as many tokens; fewer where there are more passes through them
        than usual, so that it costs the same.
    choice : {"recent", "reservoir", "herding"}, optional
        Half evenly, and half the likelier the newer, for what an update has learnt was gone through less often than
        what a fit has (Aggarwal 2006, On biased reservoir sampling, section 2.1), the default for sequences; a uniform
        sample (Vitter 1985, Random sampling with a reservoir, algorithm R), the only one for rows and walks; or the
        sequences whose mean vector follows that of all of them most closely (Welling 2009, Herding dynamical weights to
        learn; as Rebuffi et al. 2017, arXiv:1611.07725, algorithm 4, choose exemplars).
    """

    name: ClassVar[str] = "replay"
    budget: Annotated[float | None, AtLeast(0), Example("1.0, as much old as new")] = None
    choice: Literal["recent", "reservoir", "herding"] | None = None


class LwF(Strategy):
    """Learning without Forgetting (Li & Hoiem 2016, arXiv:1606.09282): what the old model says is a target, too.

    The loss of a score s with label y, and the old model's score s′ for the same pair, is (equation 1 for two classes)

        H(y, σ(s)) + strength · H(σ(s′), σ(s)),    H(p, q) = - p log q - (1 - p) log(1 - q)
    """

    name: ClassVar[str] = "lwf"
    strength: Annotated[float, AtLeast(0), Example("1.0, as strong as the new labels")] = 1.0


class EWC(Strategy):
    """Elastic weight consolidation (Kirkpatrick et al. 2017, arXiv:1612.00796, equation 3).

    Adds strength/2 · Σ F (θ - θ′)² to the loss: θ′ are the old rows and F the diagonal of their Fisher information, as
    if all the data that they were learnt from stood behind them.
    """

    name: ClassVar[str] = "ewc"
    strength: Annotated[float, AtLeast(0), Example("1.0")] = 1.0


class Freeze(Strategy):
    """Old rows stay, bit for bit; only new ones move."""

    name: ClassVar[str] = "freeze"


class Settle(Strategy):
    """New rows move and settled ones stay: one that was seen n times takes the share 1 / √(1 + n / half) of its steps.

    As AdaGrad's rates fall (Duchi et al. 2011, section 1.1), with counts in the place of sums of squared gradients, as
    McMahan et al. (2013, section 4.5) take them for logistic regression.

    Parameters
    ----------
    half : float
        n at which a row takes 71 % of its steps. Below 1, all that was seen at all is held back, and new rows take the
        whole rate of a fit.
    """

    name: ClassVar[str] = "settle"
    half: Annotated[float, Above(0), Example("0.2 times seen")] = 0.2


STRATEGIES: dict[str, type[Strategy]] = {one.name: one for one in (Retrain, FineTune, Replay, LwF, EWC, Freeze, Settle)}
Strategies = str | Strategy | Iterable[str | Strategy]


def parse(strategy: Strategies) -> tuple[Strategy, ...]:
    """Return the strategies that a name, a mix such as "replay+lwf", an object or a list of them stands for.

    Raises
    ------
    BadInput
        A name is unknown, a strategy stands twice, or `Retrain` is mixed with others.
    """
    given = [strategy] if isinstance(strategy, str | Strategy) else list(strategy)
    parts = [part for one in given for part in (one.split("+") if isinstance(one, str) else [one])]
    found = tuple(_one(part) for part in parts)
    names = [one.name for one in found]
    if not found or len(set(names)) < len(names):
        raise BadInput(f"strategy is {strategy!r}; expected one or several, each once: {', '.join(STRATEGIES)}")
    if "retrain" in names and len(names) > 1:
        raise BadInput(f"strategy is {name_of(found)!r}; retrain starts from nothing and stands alone")
    return found


def name_of(strategies: Iterable[Strategy]) -> str:
    """Return the name of a mix, such as "replay+lwf"."""
    return "+".join(one.name for one in strategies)


def _one(part: str | Strategy) -> Strategy:
    if isinstance(part, Strategy):
        return part
    kind = STRATEGIES.get(part.strip()) if isinstance(part, str) else None
    if kind is None:
        raise BadInput(f"strategy {part!r} is unknown; expected one of {', '.join(STRATEGIES)}")
    return kind()
