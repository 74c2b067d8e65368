"""`tune`: split, sample, search, and compare with what needs no search."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal, get_args

import numpy as np

from nearfield.errors import BadInput
from nearfield.evaluate import Split
from nearfield.evaluate.figures import difference, mean_figures
from nearfield.parameters import Above, Count, Seed, checks_arguments
from nearfield.sequences import Sequences
from nearfield.tune.choice import believed
from nearfield.tune.judge import Judged, Metric, judge, with_settings
from nearfield.tune.parts import by_last, by_time
from nearfield.tune.presets import Settings, default_space, given_settings, known_settings
from nearfield.tune.result import Compared, Trial, TuningResult, best_of, shown
from nearfield.tune.space import QUERY, Space, checked_space
from nearfield.tune.study import Study

How = Literal["time", "last"]


@checks_arguments
def tune(
    estimator: Any,
    sequences: Sequences | Iterable[Iterable[str]],
    *,
    space: Space | None = None,
    metric: str = "ndcg@10",
    trials: Count | None = 30,
    seconds: Annotated[float | None, Above(0)] = None,
    sample: Count | float | None = None,
    split: How = "time",
    seed: Seed = 1,
    verbose: bool = True,
) -> TuningResult:
    """Search for settings that foretell best what comes next, and compare them with those that need no search.

    The latest part of the sequences is put aside for the comparison: no trial sees it. Each trial learns from what came
    before, or a sample of it, less a part by which it is judged; the settings that need no search are tried first. In
    the end the tuned settings, the preset for behaviour and the defaults for text learn from all that is not put aside,
    and are judged by what is. Each sequence has an equal say in a figure, and intervals are over sequences.

    The best of many trials is partly the luckiest. Where it is not clearly better than settings that need no search,
    those are kept (see `tune.choice`).

    Parameters
    ----------
    estimator : estimator or its class
        Its parameters hold where the space does not name them.
    sequences : Sequences, or iterable of lists of str
        Sessions or histories; with times, but for `split="last"`.
    space : mapping of setting to Range or list, optional
        Settings are the estimator's parameters, and what histories are asked with: `last`, `decay` or `half_life`. By
        default `ITEM_SPACE`, for `ItemEmbedding` and `Word2Vec`.
    metric : str
        hit_rate, recall, precision, ndcg or mrr, "@", and how long lists are.
    trials : int or None
        The most trials; None: as many as there is time for.
    seconds : float, optional
        No trial begins later than this after the search began; the comparison comes after it.
    sample : float or int, optional
        Search on a share (float, at most 1) or a number (int) of the sequences, drawn at random.
    split : {"time", "last"}
        Put aside the last tenth of the time (the honest way), or the last token of each sequence; see `tune.parts`.
    seed : int
        Of the search and the sample. With `ItemEmbedding(workers=1)` and no limit in seconds a search repeats exactly.
    verbose : bool
        Tell each trial on standard error.

    Returns
    -------
    TuningResult
        After Ctrl-C the best so far.

    Raises
    ------
    BadInput
        An argument out of range, or sequences that cannot be split twice.
    MissingExtra
        Optuna is not installed.
    KeyboardInterrupt
        Ctrl-C before a first trial ended.
    """
    model = estimator() if isinstance(estimator, type) else estimator
    of = Metric.parse(metric)
    within = checked_space(default_space(model) if space is None else space, list(model.get_params()))
    _check_budget(trials, seconds)
    if split not in get_args(How):
        raise BadInput(f"split is {split!r}; expected one of {', '.join(get_args(How))}")
    fixed, known = given_settings(model), known_settings(model)
    study = Study(within, [fixed, *known.values()], seed)
    if "half_life" in within:
        fixed.pop("decay", None)  # only one of them can be asked with
    whole = sequences if isinstance(sequences, Sequences) else Sequences.from_lists(sequences)
    parts = (by_time if split == "time" else by_last)(whole, sample, seed)
    if "half_life" in within and parts.trials.cases.times is None:
        raise BadInput("space names half_life for sequences without times; expected times, or decay")
    figures: list[np.ndarray] = []

    def value_of(settings: Settings) -> float:
        figures.append(judge(model, fixed | settings, parts.trials, of).values)
        return float(figures[-1].mean())

    done, stopped = _search(study, value_of, trials, seconds, verbose=verbose)
    values = dict(zip((one.number for one in done if one.failure is None), figures, strict=False))
    kept = believed(done, values, lambda one: fixed | one.settings in (fixed, *known.values()))
    tuned = fixed | kept.settings
    compared, skipped = _compare(model, tuned, known, parts.comparison, of)
    return TuningResult(
        estimator=with_settings(model, tuned)[0],
        query={name: tuned[name] for name in QUERY if name in tuned},
        params=kept.settings,
        metric=str(of),
        compared=compared,
        trials=done,
        n_validation=len(parts.trials.cases.unseen()),
        n_test=len(parts.comparison.cases.unseen()),
        interrupted=stopped or skipped,
    )


def _search(
    study: Study, value_of: Callable[[Settings], float], trials: int | None, seconds: float | None, *, verbose: bool
) -> tuple[tuple[Trial, ...], bool]:
    """Return the trials, and whether Ctrl-C ended them."""
    done: list[Trial] = []
    try:
        for one in study.trials(value_of, trials, seconds):
            done.append(one)
            if verbose:
                _tell(one, best_of(done))
    except KeyboardInterrupt:
        if not done:
            raise
        print("stopped; comparing the best so far (Ctrl-C again: leave that out)", file=sys.stderr, flush=True)
        return tuple(done), True
    return tuple(done), False


def _tell(one: Trial, best: Trial) -> None:
    figure = f"{one.value:.4f}" if one.failure is None else f"failed: {one.failure}"
    settings = ", ".join(f"{name} {shown(value)}" for name, value in one.settings.items())
    print(f"trial {one.number + 1}: {figure} (best {best.value:.4f}) with {settings}", file=sys.stderr, flush=True)


def _compare(
    model: Any, tuned: Settings, known: dict[str, Settings], final: Split, of: Metric
) -> tuple[tuple[Compared, ...], bool]:
    """Return the rows of the comparison, the tuned one last, and whether Ctrl-C cut it short."""
    judged: dict[str, Judged] = {}
    try:
        judged["tuned"] = judge(model, tuned, final, of)
        for name, settings in known.items():
            # several threads never learn quite the same twice: equal settings are not to look different
            judged[name] = judged["tuned"] if settings == tuned else judge(model, settings, final, of)
    except KeyboardInterrupt:
        pass
    rows = [
        Compared(
            name,
            settings,
            mean_figures({of.name: judged[name].values})[of.name],
            difference(judged["tuned"].values, judged[name].values),
            judged[name].seconds,
        )
        for name, settings in (known | {"tuned": tuned}).items()
        if name in judged
    ]
    return tuple(rows), len(rows) <= len(known)


def _check_budget(trials: int | None, seconds: float | None) -> None:
    if trials is None and seconds is None:
        raise BadInput("neither trials nor seconds is given; expected a budget, such as trials=30 or seconds=600")
    if trials is not None and (not isinstance(trials, int) or trials < 1):
        raise BadInput(f"trials is {trials!r}; expected a whole number of at least 1, or None")
    if seconds is not None and not 0 < seconds < np.inf:
        raise BadInput(f"seconds is {seconds!r}; expected more than 0, or None")
