"""`tune`: split, sample, search, and compare with what needs no search."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any, Literal, get_args

import numpy as np

from nearfield.errors import BadInput
from nearfield.evaluate import Split, leave_last_out, rolling_by_time, rolling_last
from nearfield.evaluate.figures import difference, mean_figures
from nearfield.sequences import Sequences
from nearfield.tune.judge import Judged, Metric, judge, with_settings
from nearfield.tune.presets import Settings, default_space, given_settings, known_settings
from nearfield.tune.result import Compared, Trial, TuningResult, best_of, shown
from nearfield.tune.space import QUERY, Space, checked_space
from nearfield.tune.study import Study

How = Literal["time", "last"]


def tune(
    estimator: Any,
    sequences: Sequences | Iterable[Iterable[str]],
    *,
    space: Space | None = None,
    metric: str = "ndcg@10",
    trials: int | None = 30,
    seconds: float | None = None,
    sample: int | float | None = None,
    split: How = "time",
    seed: int = 1,
    verbose: bool = True,
) -> TuningResult:
    """Search for settings that foretell best what comes next, and compare them with those that need no search.

    The latest part of the sequences is put aside for the comparison: no trial sees it. What is left, or a sample of it,
    is split again: each trial learns from the earlier part and is judged by the later one, where every token is
    foretold from all before it in its sequence; one token a sequence would be too few to tell settings apart. In the
    end the tuned settings, the preset for behaviour and the defaults for text learn from all that is not put aside, and
    are judged by what is. Each sequence has an equal say in a figure, and intervals are over sequences.

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
        Hold out the last tenth of the time (the honest way; see `evaluate.rolling`), or the last token of each
        sequence, and for trials the last tenth of what is left of it.
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
    chosen = checked_space(default_space(model) if space is None else space, list(model.get_params()))
    _check_budget(trials, seconds)
    if split not in get_args(How):
        raise BadInput(f"split is {split!r}; expected one of {', '.join(get_args(How))}")
    fixed, known = given_settings(model), known_settings(model)
    study = Study(chosen, [fixed, *known.values()], seed)
    if "half_life" in chosen:
        fixed.pop("decay", None)  # only one of them can be asked with
    whole = sequences if isinstance(sequences, Sequences) else Sequences.from_lists(sequences)
    final = rolling_by_time(whole) if split == "time" else leave_last_out(whole)
    drawn = _drawn(final.train, sample, seed)
    inner = rolling_by_time(drawn) if split == "time" else rolling_last(drawn)
    if "half_life" in chosen and inner.cases.times is None:
        raise BadInput("space names half_life for sequences without times; expected times, or decay")

    def value_of(settings: Settings) -> float:
        return float(judge(model, fixed | settings, inner, of).values.mean())

    done, stopped = _search(study, value_of, trials, seconds, verbose=verbose)
    best = best_of(done).settings
    tuned = fixed | best
    compared, skipped = _compare(model, tuned, known, final, of)
    return TuningResult(
        estimator=with_settings(model, tuned)[0],
        query={name: tuned[name] for name in QUERY if name in tuned},
        params=best,
        metric=str(of),
        compared=compared,
        trials=done,
        n_validation=len(inner.cases.unseen()),
        n_test=len(final.cases.unseen()),
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


def _drawn(sequences: Sequences, sample: int | float | None, seed: int) -> Sequences:
    """Return a random sample of the sequences, in their order."""
    if sample is None:
        return sequences
    is_number = isinstance(sample, int) and not isinstance(sample, bool) and sample >= 1
    if not is_number and not (isinstance(sample, float) and 0 < sample <= 1):
        raise BadInput(f"sample is {sample!r}; expected a share such as 0.1, or a number of sequences such as 10_000")
    n = sample if is_number else max(1, round(sample * len(sequences)))
    drawn = np.random.default_rng(seed).permutation(len(sequences))[:n]
    return sequences.take(np.sort(drawn))


def _check_budget(trials: int | None, seconds: float | None) -> None:
    if trials is None and seconds is None:
        raise BadInput("neither trials nor seconds is given; expected a budget, such as trials=30 or seconds=600")
    if trials is not None and (not isinstance(trials, int) or trials < 1):
        raise BadInput(f"trials is {trials!r}; expected a whole number of at least 1, or None")
    if seconds is not None and not 0 < seconds < np.inf:
        raise BadInput(f"seconds is {seconds!r}; expected more than 0, or None")
