"""The search itself: tree-structured Parzen estimators (Bergstra et al. 2011, section 4), as Optuna has them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from nearfield.errors import NearfieldError, import_extra
from nearfield.tune.presets import Settings
from nearfield.tune.result import Trial
from nearfield.tune.space import Options, Range


class Study:
    """Proposes settings from a space, and learns from how well they did.

    Parameters
    ----------
    space : dict of setting to Range or list
    starts : iterable of dict
        Settings to propose first; what of them lies outside of the space is drawn.
    seed : int
    """

    def __init__(self, space: dict[str, Options], starts: Iterable[Settings], seed: int) -> None:
        optuna = import_extra("optuna", "tune")
        self.space, self.failed = space, optuna.trial.TrialState.FAIL
        with _silent(optuna):
            self.study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
            for start in starts:
                self.study.enqueue_trial(self._places(start), skip_if_exists=True)

    def trials(self, judge: Callable[[Settings], float], most: int | None, seconds: float | None) -> Iterator[Trial]:
        """Yield trials until there are enough or the time is over; a trial that has begun is ended, and one is made.

        The first trial's error is the caller's; later ones are kept as failed trials, for the sake of those before.
        """
        started = time.perf_counter()
        number = 0
        while number == 0 or not (
            (most is not None and number >= most) or (seconds is not None and time.perf_counter() - started >= seconds)
        ):
            yield self._trial(judge, number)
            number += 1

    def _trial(self, judge: Callable[[Settings], float], number: int) -> Trial:
        asked = self.study.ask()
        settings = {name: _proposed(asked, name, options) for name, options in self.space.items()}
        started = time.perf_counter()
        try:
            value, failure = judge(settings), None
        except NearfieldError as error:
            if number == 0:
                raise
            value, failure = float("nan"), str(error)
        if failure is None:
            self.study.tell(asked, value)
        else:
            self.study.tell(asked, state=self.failed)
        return Trial(number, settings, value, time.perf_counter() - started, failure)

    def _places(self, settings: Settings) -> Settings:
        """Return settings as Optuna has them, which knows a choice by its place in the list."""
        inside = {name: options for name, options in self.space.items() if settings.get(name) in options}
        return {
            name: settings[name] if isinstance(options, Range) else list(options).index(settings.get(name))
            for name, options in inside.items()
        }


def _proposed(asked: Any, name: str, options: Options) -> Any:
    if not isinstance(options, Range):
        return options[asked.suggest_categorical(name, list(range(len(options))))]
    if options.whole:
        return asked.suggest_int(name, options.low, options.high, log=options.log)
    return asked.suggest_float(name, options.low, options.high, log=options.log)


@contextmanager
def _silent(optuna: Any) -> Iterator[None]:
    """Keep Optuna from telling that it begins; what the caller has set for it is set again."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
