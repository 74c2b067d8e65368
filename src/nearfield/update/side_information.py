"""Updates of EGES and GES: items that are made of their own rows and of those of their side information."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nearfield.embed import EGES
from nearfield.errors import BadInput
from nearfield.sequences import Sequences
from nearfield.update.growth import Grown, Side, in_order_of
from nearfield.update.joining import joined
from nearfield.update.memory import Reservoir
from nearfield.update.options import Options
from nearfield.update.popularity import follow_counts
from nearfield.update.report import Update
from nearfield.update.sequences import HISTORY, check_known, done_by, grown_by, history, mixed, train_on
from nearfield.update.strategies import FineTune, Replay, Retrain, Strategy, name_of
from nearfield.vocabulary import Vocabulary

if TYPE_CHECKING:
    from nearfield.embed.slots import ItemSlots


def update_side(
    fitted: EGES,
    model: EGES,
    new: Sequences,
    side: Side | None,
    strategies: Sequence[Strategy],
    old: Sequences | Reservoir | None,
    options: Options,
) -> Update:
    """Update a fitted EGES by new sequences, with the settings of `model`; see `nearfield.update.update`.

    Rows of items, of values, and attention go on from where they were. A new item starts at the mean of the rows of its
    values that are known, as `EGES.cold` has it, with the mean attention of all; where it has none, as `initial` says.
    A new value starts at the mean of the new items that carry it. What `side` says of known items is passed over: their
    slots stay.
    """
    started, vectors = time.perf_counter(), fitted.vectors_
    if bad := [one.name for one in strategies if not isinstance(one, FineTune | Replay | Retrain)]:
        raise BadInput(
            f"{bad[0]} holds back rows, and an item with side information is made of several; expected fine_tune,"
            " replay or retrain"
        )
    side = {field: {} for field in fitted._slots.fields} if side is None else _checked_side(fitted, side)
    if not new.n_tokens:
        return Update(fitted, name_of(strategies), time.perf_counter() - started, 0)
    past = old.sequences() if isinstance(old, Reservoir) else old
    if any(isinstance(one, Retrain) for one in strategies):
        found, n_tokens = _retrained(fitted, model, new, side, past)
    else:
        grown = grown_by(vectors, model, new, options)
        found, n_tokens = _continued(fitted, model, new, side, strategies, past, grown, options)
    seconds = time.perf_counter() - started
    return Update.since(vectors, found, name_of(strategies), seconds, n_tokens, new.vocabulary.keys)


def _checked_side(fitted: EGES, side: Side) -> Side:
    from nearfield.embed.slots import checked_fields

    known = fitted._slots.fields
    if absent := [field for field in checked_fields(side) if field not in known]:
        raise BadInput(f"side has the field {absent[0]!r}; known are {', '.join(known)}: fit anew with another")
    return {field: side.get(field, {}) for field in known}


def _retrained(fitted: EGES, model: EGES, new: Sequences, side: Side, past: Sequences | None) -> tuple[EGES, int]:
    """Learn from all anew; old items and values keep their numbers, as far as items are seen at all."""
    if past is None:
        raise BadInput("retrain learns from all that there is; give the old sequences too: old=…")
    told = _with_known(fitted, side)
    fresh = model.fit(joined([past, new]), side=told)
    ordered = in_order_of(fitted.vectors_, fresh.vectors_)
    values = in_order_of(fitted.side_vectors_, fresh.side_vectors_)
    assert ordered.output is not None
    slots = _slots_over(ordered.vocabulary, told, values.keys, fresh)
    rows = fresh.item_rows_[fresh.vectors_.vocabulary.ids(ordered.keys)]
    table = np.concatenate([rows, values.input])
    found = EGES(**fitted.get_params())
    found.losses_ = fresh.losses_
    found.take_on(slots, table, ordered.output, ordered.vocabulary, ordered.metadata)
    return found, new.n_tokens + past.n_tokens


def _continued(
    fitted: EGES,
    model: EGES,
    new: Sequences,
    side: Side,
    strategies: Sequence[Strategy],
    past: Sequences | None,
    grown: Grown,
    options: Options,
) -> tuple[EGES, int]:
    """Train on from the old rows; return the new model and the tokens of an epoch."""
    from nearfield.embed.corpus import SequenceCorpus

    vectors = fitted.vectors_
    corpus = mixed(strategies, vectors, new, past, grown, model.seed)
    check_known(corpus, new)
    slots, rows = _first_state(fitted, grown, side)
    tables, n_keys = (rows, grown.output), len(grown.vocabulary)
    run, (input, output) = train_on(vectors, model, SequenceCorpus(corpus), n_keys, tables, slots=slots)
    if options.grow:
        follow_counts(grown, slots.hidden(input), output, frozen=False)
    done = done_by(run, strategies, grown, new.n_tokens, new.times)
    metadata = vectors.metadata | {HISTORY: [*history(vectors), done]}
    found = EGES(**fitted.get_params())
    found.losses_ = run.losses()
    found.take_on(slots, input, output, grown.vocabulary, metadata)
    return found, corpus.n_tokens


def _first_state(fitted: EGES, grown: Grown, side: Side) -> tuple[ItemSlots, np.ndarray]:
    """The slots that training goes on from, and the rows of items and of values behind each other."""
    keys, known = grown.vocabulary.keys, grown.known
    comers = keys[known:]
    slots = _slots_over(grown.vocabulary, _with_known(fitted, side), fitted.side_vectors_.keys, fitted)
    starts = grown.input[known:].copy()
    told = {key: {field: of[key] for field, of in side.items() if key in of} for key in comers}
    for place, mean in enumerate(fitted.value_means(told).values()):
        if mean is not None:
            starts[place] = mean
    old_rows = fitted.item_rows_[fitted.vectors_.vocabulary.ids(keys[:known])]
    values = np.concatenate([fitted.side_vectors_.input, _rows_of_new_values(slots, starts, len(fitted.side_vectors_))])
    return slots, np.concatenate([old_rows, starts, values])


def _rows_of_new_values(slots: ItemSlots, starts: np.ndarray, known: int) -> np.ndarray:
    """The mean of the first rows of the new items that carry each new value, float32, shape (new values, dim)."""
    items, values = slots.carried()
    is_new = values >= known  # only new items carry them
    comers, numbers = items[is_new] - (slots.n_keys - len(starts)), values[is_new] - known
    sums = np.zeros((len(slots.values) - known, starts.shape[1]))
    np.add.at(sums, numbers, starts[comers])
    carriers = np.bincount(numbers, minlength=len(sums))
    return (sums / np.maximum(carriers, 1)[:, None]).astype(np.float32)


def _slots_over(vocabulary: Vocabulary, side: Side, values: Sequence[str], learnt: EGES) -> ItemSlots:
    """The slots of a vocabulary, with the attention that was learnt, and of items that were not with the mean of it."""
    from nearfield.embed.slots import ItemSlots

    slots, before = ItemSlots(vocabulary, len(vocabulary), side, values), learnt._slots
    own = before.mean_own_share()
    shares = np.array([*before.mean_shares(), own])
    attention = np.log(np.where(shares > 0, shares, own))  # of a field that no known item has, too
    for item, key in enumerate(vocabulary.keys):
        here = slice(*slots.offsets[item : item + 2])
        number = learnt.vectors_.vocabulary.get(key)
        if number is not None:
            slots.attention[here] = before.attention[slice(*before.offsets[number : number + 2])]
        elif learnt.attention:
            slots.attention[here] = attention[slots.field_of[here]]  # -1, the item's own, is the last
    return slots


def _with_known(fitted: EGES, side: Side) -> dict[str, dict[str, str | Iterable[str]]]:
    """Side information of the items that are known, as they have it, and of others as `side` says."""
    from nearfield.embed.slots import side_of

    slots, vectors = fitted._slots, fitted.vectors_
    known = side_of(vectors.keys, slots.fields, slots.values, slots.carried())
    told: dict[str, dict[str, str | Iterable[str]]] = {}
    for field in slots.fields:
        told[field] = {key: value for key, value in side[field].items() if key not in vectors}
        told[field].update(known[field])
    return told
