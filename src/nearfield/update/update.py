"""`update`: new data for whatever was learnt, without forgetting."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nearfield.embed import EGES, DeepWalk, ItemEmbedding, Word2Vec
from nearfield.errors import BadInput, warn
from nearfield.examples import Examples
from nearfield.graph import Graph
from nearfield.parameters import Workers, checks_arguments
from nearfield.rank import Ranker
from nearfield.reading import LAYOUT, OtherReading, differences, reading_of
from nearfield.sequences import Sequences
from nearfield.update.estimators import Learner, anew, prepared, trained, with_budget
from nearfield.update.given import as_past, as_past_rows, as_sequences, of_kind
from nearfield.update.memory import Reservoir, RowReservoir
from nearfield.update.options import Options
from nearfield.update.report import Update
from nearfield.update.strategies import Retrain, Strategies, Strategy, name_of, parse
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    from nearfield.update.growth import Initial, Side


@checks_arguments
def update(
    content: Vectors | Learner | Ranker,
    new: Sequences | Iterable[Iterable[str]] | Graph | Examples,
    *,
    strategy: Strategies | None = None,
    old: Sequences | Reservoir | Iterable[Iterable[str]] | Graph | Examples | RowReservoir | None = None,
    users: Sequence[str] | None = None,
    side: Side | None = None,
    estimator: Learner | None = None,
    alpha: float | None = None,
    min_alpha: float | None = None,
    epochs: int | None = None,
    min_count: int | None = None,
    grow: bool = True,
    initial: Initial = "neighbours",
    half_life: str | float | None = None,
    drop_below: int = 0,
    workers: Workers = 1,
    seed: int | None = None,
    verbose: bool = False,
) -> Update:
    """Bring what was learnt up to new data, and keep what it knew.

    What is given stays as it is; the update is in the answer. Keys keep their ids, and new ones come behind them. With
    no new data nothing changes, bit for bit.

    Parameters
    ----------
    content : Vectors, a fitted estimator of words, items or nodes, or Ranker
        Vectors of ours, which have output rows or the nodes of a tree, counts, and metadata that say how they were
        trained. Of others, such as GloVe's, say it by `estimator`: outputs then start at zero, so that "freeze" or
        "settle" is wise.
    new : Sequences or lists of keys; Graph; Examples
        Words and items: new sequences. Nodes: the graph as it is now. Rankers: new rows.
    strategy : str, Strategy, or several, optional
        "retrain", "fine_tune", "replay", "lwf", "ewc", "freeze", "settle", a mix such as "replay+lwf", or objects from
        `nearfield.update` with settings of their own. By default "replay+settle" where old sequences are given, which
        keeps most, and "settle" where none are, and for nodes. Under a full softmax or a Huffman tree, and of an EGES,
        there are "replay" and "fine_tune", which are the defaults then, and "retrain"; of nodes under a tree the last
        alone. Rankers, whose rates settle anyway, have "replay", "fine_tune", "lwf" and "retrain"; what learns from a
        graph without walks (`Line`, `ProNE`) has "retrain".
    old : as `new`, or a Reservoir, of rows a RowReservoir
        What came before: "retrain" needs all of it, "replay" draws from it. Nodes: the graph that was learnt from, with
        every strategy but "retrain", as it tells what has changed.
    users : n keys, optional
        Whose each of n new sequences is: of an ItemEmbedding that was fitted with users. Their rows, and those of new
        users, are learnt against the updated items: see `update_users`, which does the same for saved vectors.
    side : mapping of field to mapping of item to value or list of values, optional
        Of an EGES: what is known of new items, as for its `fit`. They start at the mean of the rows of their values;
        those of which nothing is known, as `initial` says. Items that are known keep theirs.
    estimator : Word2Vec, Line or ProNE, optional
        How to train, where the metadata do not say or something else is wanted.
    alpha, min_alpha : float, optional
        The learning rate falls from one to the other. By default a fifth of what a fit begins with, all of it under
        "settle", and what it ends with; of a ranker, its own.
    epochs : int, optional
        Passes over the new data and what is replayed; by default a quarter of a fit's, under "settle" at least five or
        as many as a fit has, of an EGES a tenth of a fit's, of a ranker one.
    min_count : int, optional
        New keys that the new sequences have less often are left out; by default those that the estimator would leave
        out. What was read with a `min_count` has lost known keys, too, that are rare in what is new: read new input
        with `min_count=1`, and say it here.
    grow : bool
        Whether new keys enter and counts, and with them the noise distribution, subsampling and a Huffman tree (see
        `nearfield.update.trees`), follow (Kaji & Kobayashi 2017, arXiv:1704.04118, count on in the same way). False:
        what is not known is left out.
    initial : "neighbours", "random" or side information
        Where new keys start; see `nearfield.update.growth.grow`.
    half_life : duration, optional
        Counts of before fade by half in that time, "30d" or seconds; the new sequences need times.
    drop_below : int
        Keys whose counts have faded below this are dropped. Ids of keys behind them change then, and only then.
    workers : int or None
        Threads. With 1 an update repeats bit for bit, and goes on with the random numbers of the one before.
    seed : int, optional
        By default that of the fit.
    verbose : bool

    Returns
    -------
    Update
        `content`, the updated vectors, EGES or ranker, `users` where they were given, and what has changed.

    Raises
    ------
    BadInput
        New data of another kind, or without any effect; a strategy that is unknown, or cannot work here; a setting out
        of range.
    KeyboardInterrupt
        On Ctrl-C; what was given is as it was.

    Warns
    -----
    UserWarning
        The new data were read otherwise than those of the fit: with another language, gap, and so on.
    """
    options = Options(alpha, min_alpha, epochs, grow, initial, half_life, drop_below, workers, seed, verbose, min_count)
    if users is not None and not (isinstance(content, ItemEmbedding) and "users_" in vars(content)):
        raise BadInput(
            f"users are given for a {type(content).__name__}; expected an ItemEmbedding that was fitted with users, or"
            " call nearfield.update.update_users"
        )
    if side is not None and not isinstance(content, EGES):
        raise BadInput(f"side is given for a {type(content).__name__}; expected a fitted EGES; of others say initial=…")
    if isinstance(content, Ranker):
        strategies = parse(strategy if strategy is not None else "fine_tune" if old is None else "replay")
        rows = of_kind(new, Examples)
        return _updated_ranker(content, rows, as_past_rows(old, rows), strategies, options)
    vectors, fit = trained(content, estimator)
    _warn_of_other_reading(vectors, new, told=() if min_count is None else ("min_count",))
    strategies = parse(_default_of(fit, old) if strategy is None else strategy)
    if isinstance(fit, DeepWalk) or not isinstance(fit, Word2Vec):
        from nearfield.update.nodes import update_nodes

        graphs = of_kind(new, Graph), of_kind(old, Graph, none=True)
        walker = prepared(fit, vectors, strategies, options) if isinstance(fit, DeepWalk) else anew(fit, options)
        return update_nodes(vectors, walker, *graphs, strategies, options)
    from nearfield.update.sequences import update_sequences

    model = prepared(fit, vectors, strategies, options)
    sequences, strategies = as_sequences(new), with_budget(strategies, fit, model)
    if isinstance(content, EGES) and isinstance(model, EGES):
        from nearfield.update.side_information import update_side

        return update_side(content, model, sequences, side, strategies, as_past(old), options)
    if not isinstance(content, ItemEmbedding) or users is None:
        return update_sequences(vectors, model, sequences, strategies, as_past(old), options)
    _check_users(content, sequences, users, strategies)
    found = update_sequences(vectors, model, sequences, strategies, as_past(old), options)
    teacher = estimator if isinstance(estimator, Word2Vec) else None
    return _with_users(found, content, sequences, users, teacher, options)


def _warn_of_other_reading(vectors: Vectors, new: Any, told: tuple[str, ...]) -> None:
    """Warn where new data were read with options that mean something else than those of the fit."""
    changes = differences(reading_of(vectors), reading_of(new), {*LAYOUT, *told})
    if changes:
        warn(
            f"the new data were read otherwise than those of the fit: {'; '.join(changes)};"
            " nearfield.read_alike(vectors, …) reads them alike",
            OtherReading,
        )


def _default_of(model: Learner, old: Any) -> str:
    if not isinstance(model, Word2Vec):
        return "retrain"
    if isinstance(model, DeepWalk):
        return "settle"
    if isinstance(model, EGES) or model.loss != "negative":  # which is what rows settle under
        return "fine_tune" if old is None else "replay"
    return "settle" if old is None else "replay+settle"


def _check_users(model: ItemEmbedding, new: Sequences, users: Any, strategies: Sequence[Strategy]) -> None:
    """Say before the items are learnt, which takes longer, what is wrong with users."""
    from nearfield.update.users import check_users

    if any(isinstance(one, Retrain) for one in strategies):
        raise BadInput("retrain makes another space, in which no old row of a user means anything; fit anew with users")
    check_users(model.users_, model.vectors_, new, users)


def _with_users(
    found: Update,
    model: ItemEmbedding,
    new: Sequences,
    users: Sequence[str],
    estimator: Word2Vec | None,
    options: Options,
) -> Update:
    from nearfield.update.users import update_users

    settings = {name: getattr(options, name) for name in ("workers", "seed", "verbose")}
    rows = update_users(model.users_, found.content, new, users, estimator=estimator or model, **settings)
    return replace(found, users=rows)


def _updated_ranker(
    model: Ranker, new: Examples, old: Examples | None, strategies: Sequence[Strategy], options: Options
) -> Update:
    from nearfield.update.rankers import n_trained_on, ranker_figures, update_ranker

    started = time.perf_counter()
    found = update_ranker(
        model, new, strategies, old, epochs=options.epochs, alpha=options.alpha, seed=options.seed or 1
    )
    return Update(
        found,
        name_of(strategies),
        time.perf_counter() - started,
        n_trained_on(new, strategies, old),
        new_keys=tuple((found.space_.names or ())[model.space_.size :]),
        figures=ranker_figures(model, found, new),
    )
