"""What a search found, beside what was there without it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from nearfield.evaluate import Figure


@dataclass(frozen=True)
class Trial:
    """One try: settings, and how well they did on the validation part; NaN and the reason where it failed."""

    number: int
    settings: dict[str, Any]
    value: float
    seconds: float
    failure: str | None = None


@dataclass(frozen=True)
class Compared:
    """Settings on the test part, which no trial has seen.

    Attributes
    ----------
    name : str
        "default", "preset", "given" or "tuned".
    settings : dict
        All parameters, and what histories are asked with.
    figure : Figure
    gain : Figure
        By how much the tuned settings are better on the same cases, with the interval of pairs.
    seconds : float
        How long learning took.
    """

    name: str
    settings: dict[str, Any]
    figure: Figure
    gain: Figure
    seconds: float


@dataclass(frozen=True)
class TuningResult:
    """What `tune` found.

    Attributes
    ----------
    estimator : estimator
        With the tuned parameters, not fitted: fit it on all that you have.
    query : dict
        What histories are asked with: `last` (how many entries), `decay` or `half_life`.
    params : dict
        The tuned settings alone, those of the query among them: the best trial's, or such as need no search where it is
        not clearly better than they are.
    metric : str
    compared : tuple of Compared
        The tuned settings stand last. Fewer than all, or none, after Ctrl-C.
    trials : tuple of Trial
    n_validation, n_test : int
        Cases that trials were judged by, and that the comparison is of.
    interrupted : bool
        Ctrl-C came before the end: the best so far.
    """

    estimator: Any
    query: dict[str, Any]
    params: dict[str, Any]
    metric: str
    compared: tuple[Compared, ...]
    trials: tuple[Trial, ...]
    n_validation: int
    n_test: int
    interrupted: bool = False

    @property
    def best(self) -> Trial:
        """The best trial; of equals the first."""
        return best_of(self.trials)

    def to_dict(self) -> dict[str, Any]:
        """Return all but the estimator as what JSON holds; what is not a number is None."""
        names = ("metric", "params", "query", "n_validation", "n_test", "interrupted")
        trials = [asdict(one) | {"value": None if one.failure else one.value} for one in self.trials]
        return {name: getattr(self, name) for name in names} | {
            "compared": [_flat(one) for one in self.compared],
            "trials": trials,
        }

    def __repr__(self) -> str:
        figures = ", ".join(f"{one.name} {one.figure.value:.4f}" for one in self.compared) or "not compared"
        early = ", interrupted" if self.interrupted else ""
        return f"TuningResult({self.metric}: {figures}; {len(self.trials)} trials{early})"

    def __str__(self) -> str:
        head = ("", self.metric, "95 % interval", "tuned is better by", "95 % interval", "seconds")
        table = _table([head, *(_row(one) for one in self.compared)]) if self.compared else ["not compared"]
        failed = sum(one.failure is not None for one in self.trials)
        notes = [f"{len(self.trials)} trials on {self.n_validation:,} cases"]
        notes += [f"{failed} failed"] if failed else []
        notes += ["interrupted"] if self.interrupted else []
        last = self.compared[-1:]
        kept = [one.name for one in self.compared[:-1] if one.settings == last[0].settings]
        return "\n".join(
            [
                *table,
                *(f"no trial was clearly better than {name}, which is kept" for name in kept[:1]),
                f"{self.n_test:,} cases that no trial saw; {', '.join(notes)}",
                f"tuned: {', '.join(f'{name} {shown(value)}' for name, value in self.params.items())}",
            ]
        )


def best_of(trials: Iterable[Trial]) -> Trial:
    """Return the trial with the highest value; of equals the first."""
    return max((one for one in trials if one.failure is None), key=lambda one: one.value)


def shown(value: Any) -> str:
    """Return a setting for people."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _flat(one: Compared) -> dict[str, Any]:
    figures = {"value": one.figure.value, "interval": list(one.figure.interval)}
    gains = {"gain": one.gain.value, "gain_interval": list(one.gain.interval)}
    return {"name": one.name, "settings": one.settings} | figures | gains | {"seconds": one.seconds}


def _row(one: Compared) -> tuple[str, ...]:
    gain = ("", "") if one.name == "tuned" else (f"{one.gain.value:+.4f}", _between(one.gain, "+"))
    return one.name, f"{one.figure.value:.4f}", _between(one.figure), *gain, f"{one.seconds:.1f}"


def _between(figure: Figure, sign: str = "") -> str:
    low, high = figure.interval
    return f"{low:{sign}.4f} to {high:{sign}.4f}"


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
