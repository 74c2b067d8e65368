"""Users' rows brought up to date, against items that stay: new users enter, and who did nothing keeps their row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nearfield.embed import DeepWalk, Word2Vec
from nearfield.errors import BadInput
from nearfield.sequences import Sequences
from nearfield.update.estimators import estimator_of, prepared
from nearfield.update.given import as_sequences
from nearfield.update.joining import over
from nearfield.update.options import Options
from nearfield.update.sequences import HISTORY, go_on, history, of_run
from nearfield.update.strategies import Settle
from nearfield.vectors import Vectors
from nearfield.vocabulary import Vocabulary

if TYPE_CHECKING:
    from nearfield.embed.run import Run


def update_users(
    old: Vectors | None,
    items: Vectors,
    new: Sequences | Iterable[Iterable[str]],
    users: Sequence[str],
    *,
    estimator: Word2Vec | None = None,
    alpha: float | None = None,
    min_alpha: float | None = None,
    epochs: int | None = None,
    workers: int | None = 1,
    seed: int | None = None,
    verbose: bool = False,
) -> Vectors:
    """Learn rows of users from what they did, so that `items.next(rows[user])` foretells what they do next.

    Items do not move, bit for bit. So no user's row depends on that of another, and whose sequences are not given keeps
    theirs: it says as much of the items as it did, as far as these are where they were. After an update they are, near
    enough; after "retrain" they are elsewhere, and rows of before mean nothing: give all sequences, and None for `old`.

    A user's row foretells each item of the user, as in a fit with `users` (PV-DBOW, Le & Mikolov 2014,
    arXiv:1405.4053), of CBOW as well. It begins where it was; that of a new user at the mean of the input rows of the
    user's items, which weights count in, if there are any. A new user none of whose items is known is left out.

    Parameters
    ----------
    old : Vectors or None
        `ItemEmbedding.users_`, or what this function returned; None: all users are new.
    items : Vectors
        With output rows and counts, such as `Update.vectors`.
    new : Sequences, or iterable of lists of str
        n sessions or histories, in the order of time; items that are not known are passed over.
    users : n keys
        Whose sequence each is.
    estimator : Word2Vec, optional
        How to train, where the metadata of `items` do not say.
    alpha, min_alpha, epochs, workers, seed, verbose
        As for `nearfield.update` under "settle".

    Returns
    -------
    Vectors
        Input rows, float32, shape (n_users, dim): old users in their order, then new ones as they come.

    Raises
    ------
    BadInput
        Not one user for each sequence; items without outputs or counts, or of other dimensions than the users.
    """
    sequences = as_sequences(new)
    check_users(old, items, sequences, users)
    options = Options(alpha, min_alpha, epochs, workers=workers, seed=seed, verbose=verbose)
    given = estimator or estimator_of(items)
    if not isinstance(given, Word2Vec) or isinstance(given, DeepWalk) or given.loss != "negative":
        raise BadInput(f"{given}: teaches no users; expected such as estimator=nearfield.ItemEmbedding(…)")
    model = prepared(given, items, (Settle(),), options)
    tokens, lengths, weights, _ = over(sequences, items.vocabulary)
    before = Vectors([], np.empty((0, items.dim), np.float32), metadata=items.metadata) if old is None else old
    named = [user for user, length in zip(users, lengths.tolist(), strict=True) for _ in range(length)]
    keys = tuple(dict.fromkeys([*before.keys, *named]))
    if not len(tokens):
        return before
    number = {key: row for row, key in enumerate(keys)}
    owners = np.array([number[user] for user in named], np.int64)
    start = _first_rows(before, items, len(keys), owners, tokens, weights)
    run = _run_of(model, items, start, owners, tokens, weights if sequences.weights is not None else None)
    go_on(run, before)
    run.train(None, resume=False)
    rows = np.array(run.model.input[len(items) :, : items.dim])
    if not np.isfinite(rows).all():
        raise BadInput(f"the update of users diverged with alpha={model.alpha:g}; lower it")
    done = {**of_run(run, len(tokens)), "new_users": len(keys) - len(before)}
    return Vectors(keys, rows, metadata=before.metadata | {HISTORY: [*history(before), done]})


def _first_rows(
    before: Vectors, items: Vectors, n: int, owners: np.ndarray, tokens: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Old rows, and for new users the weighted means of their items' rows, float32, shape (n, dim)."""
    from scipy.sparse import csr_matrix

    comes = owners >= len(before)
    shares = (weights if len(weights) else np.ones(len(tokens)))[comes].astype(np.float64)
    shape = n - len(before), len(items)
    mix = csr_matrix((shares, (owners[comes] - len(before), tokens[comes])), shape=shape)
    sums = np.asarray(mix.sum(axis=1))
    means = (mix @ items.input) / np.where(sums > 0, sums, 1)
    return np.concatenate([before.input, means.astype(np.float32)])


def _run_of(
    model: Word2Vec,
    items: Vectors,
    start: np.ndarray,
    owners: np.ndarray,
    tokens: np.ndarray,
    weights: np.ndarray | None,
) -> Run:
    """A run over pairs of a user and an item, of which users' input rows alone move."""
    from nearfield.embed.anchors import OldRows
    from nearfield.embed.corpus import SequenceCorpus
    from nearfield.embed.distributions import alias_table, noise_distribution
    from nearfield.embed.run import Run, compile_kernels  # brings Numba, which takes a while

    n_items, n_users = len(items), len(start)
    # by numbers: a user and an item may have the same key
    counts = np.concatenate([items.vocabulary.counts, np.zeros(n_users, np.int64)])
    vocabulary = Vocabulary([str(number) for number in range(n_items + n_users)], counts)
    pairs = np.stack([n_items + owners, tokens], axis=1).ravel().astype(np.int32)
    twice = None if weights is None else np.repeat(weights, 2)
    corpus = SequenceCorpus(Sequences(vocabulary, pairs, np.arange(0, len(pairs) + 1, 2), weights=twice))
    moves = np.repeat(np.array([0, 1], np.float32), [n_items, n_users])
    nothing = np.empty((0, items.dim), np.float32)
    anchors = OldRows(nothing, nothing, (moves, np.zeros_like(moves)))
    compile_kernels(verbose=model.verbose, kind="anchored")
    settings = model.get_params() | {"architecture": "skipgram", "direction": "forward", "window": 1}
    run = Run(type(model)(**settings), corpus, len(vocabulary), anchors=anchors)
    # nobody is noise, and nobody is subsampled
    noise = noise_distribution(items.vocabulary.counts, model.ns_exponent)
    run.alias = alias_table(np.concatenate([noise, np.zeros(n_users)]))
    run.keep[n_items:] = np.iinfo(np.uint32).max
    run.model.input[:, : items.dim] = np.concatenate([items.input, start])
    run.model.output[:n_items, : items.dim] = items.output
    return run


def check_users(old: Vectors | None, items: Vectors, new: Sequences, users: Any) -> None:
    """Refuse what `update_users` cannot learn from."""
    if isinstance(users, str) or not isinstance(users, Sequence):
        raise BadInput(f"users are {users!r:.60}; expected a list of keys, one for each sequence")
    if len(users) != len(new):
        raise BadInput(f"{len(users)} users for {len(new)} sequences; expected one each")
    if items.output_table is None or items.counts is None:
        raise BadInput("the items have no output rows or no counts; expected both, to learn users against them")
    if old is not None and len(old) and old.dim != items.dim:
        raise BadInput(f"the users have {old.dim} dimensions and the items {items.dim}; expected the same")
