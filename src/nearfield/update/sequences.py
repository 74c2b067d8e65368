"""Updates of words and items: embeddings that were learnt from sequences."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from nearfield.embed.distributions import noise_distribution
from nearfield.embed.word2vec import Word2Vec
from nearfield.errors import BadInput
from nearfield.recency import microseconds
from nearfield.sequences import Sequences
from nearfield.update.fisher import fisher_diagonals
from nearfield.update.growth import Grown, grow, in_order_of, unchanged
from nearfield.update.joining import joined
from nearfield.update.memory import Reservoir, herded, recent, uniform
from nearfield.update.options import Options
from nearfield.update.popularity import follow_counts
from nearfield.update.report import Update
from nearfield.update.strategies import EWC, Freeze, LwF, Replay, Retrain, Settle, Strategy, name_of
from nearfield.update.trees import carried_nodes
from nearfield.vectors import Vectors

if TYPE_CHECKING:
    from nearfield.embed.anchors import OldRows
    from nearfield.embed.corpus import Corpus
    from nearfield.embed.run import Run
    from nearfield.embed.slots import ItemSlots

HISTORY = "updates"  # in the metadata


def update_sequences(
    vectors: Vectors,
    model: Word2Vec,
    new: Sequences,
    strategies: Sequence[Strategy],
    old: Sequences | Reservoir | None,
    options: Options,
) -> Update:
    """Update vectors that `model` has learnt by new sequences; see `nearfield.update.update`."""
    started = time.perf_counter()
    if not new.n_tokens:
        return Update(vectors, name_of(strategies), time.perf_counter() - started, 0)
    past = old.sequences() if isinstance(old, Reservoir) else old
    if any(isinstance(one, Retrain) for one in strategies):
        found = _retrained(vectors, model, new, past)
        n_tokens = new.n_tokens + (past.n_tokens if past else 0)
    else:
        grown = grown_by(vectors, model, new, options)
        found, n_tokens = _continued(vectors, model, new, strategies, past, grown, options)
    seconds = time.perf_counter() - started
    return Update.since(vectors, found, name_of(strategies), seconds, n_tokens, new.vocabulary.keys)


def _retrained(vectors: Vectors, model: Word2Vec, new: Sequences, past: Sequences | None) -> Vectors:
    """Learn from all anew; old keys keep their ids, as far as they are seen at all."""
    if past is None:
        raise BadInput("retrain learns from all that there is; give the old sequences too: old=…")
    return in_order_of(vectors, model.fit(joined([past, new])).vectors_)


def grown_by(vectors: Vectors, model: Word2Vec, new: Sequences, options: Options) -> Grown:
    """Return the state that training starts from."""
    needed, name = ("nodes", "nodes of a tree") if model.loss == "hierarchical" else ("output", "output rows")
    if needed not in vectors.tables:
        raise BadInput(
            f"the vectors have no {name} to learn on from (GloVe and word2vec files leave them out); expected some, or"
            " strategy='retrain'"
        )
    if vectors.counts is None:
        raise BadInput("the vectors have no counts, so that nothing says how rare a key is; expected some")
    if not options.grow:
        return unchanged(vectors)
    return grow(
        vectors,
        new,
        min_count=model.min_count,
        fade=_fade(vectors, new, options),
        drop_below=options.drop_below,
        initial=options.initial,
        window=model.window,
        seed=model.seed,
    )


def _fade(vectors: Vectors, new: Sequences, options: Options) -> float:
    """2^(-elapsed / half-life), with the time from the end of what was learnt before to that of what is new."""
    if options.half_life is None:
        return 1.0
    if new.times is None:
        raise BadInput("half_life is given, and the new sequences have no times; expected times, or no half-life")
    begin = next((one["until"] for one in reversed(history(vectors)) if one.get("until")), int(new.times.min()))
    return float(2.0 ** (-max(0, int(new.times.max()) - begin) / microseconds(options.half_life)))


def _continued(
    vectors: Vectors,
    model: Word2Vec,
    new: Sequences,
    strategies: Sequence[Strategy],
    past: Sequences | None,
    grown: Grown,
    options: Options,
) -> tuple[Vectors, int]:
    """Train on from the old rows; return the new vectors and the tokens of an epoch."""
    from nearfield.embed.corpus import SequenceCorpus

    corpus = mixed(strategies, vectors, new, past, grown, model.seed)
    check_known(corpus, new)
    seen = partial(np.bincount, corpus.tokens, minlength=len(grown.vocabulary))
    anchors = anchors_of(strategies, grown, model, seen)
    has_tree = model.loss == "hierarchical"
    outputs = _nodes(vectors, model, grown, options) if has_tree else grown.output
    rows = grown.input, outputs
    run, tables = train_on(vectors, model, SequenceCorpus(corpus), len(grown.vocabulary), rows, anchors=anchors)
    if options.grow and grown.has_outputs and not has_tree:
        follow_counts(grown, *tables, frozen=any(isinstance(one, Freeze) for one in strategies))
    done = done_by(run, strategies, grown, new.n_tokens, new.times)
    metadata = vectors.metadata | {HISTORY: [*history(vectors), done]}
    vocabulary, learnt = grown.vocabulary, "nodes" if has_tree else "output"
    updated = {"input": tables[0], learnt: tables[1]}
    vectors = Vectors(vocabulary.keys, counts=vocabulary.counts, metadata=metadata, subwords=None, **updated)
    return vectors, corpus.n_tokens


def check_known(corpus: Sequences, new: Sequences) -> None:
    """Refuse new sequences no key of which is known, or comes in."""
    if not corpus.n_tokens:
        raise BadInput(
            f"nothing was trained: none of {new.n_tokens:,} tokens is of a key that is known or comes in, such as"
            f" {new.vocabulary.keys[new.tokens[0]]!r}; expected data of the same keys, grow=True, or a lower min_count"
        )


def train_on(
    vectors: Vectors,
    model: Word2Vec,
    corpus: Corpus,
    n_keys: int,
    rows: tuple[np.ndarray, np.ndarray | None],
    *,
    anchors: OldRows | None = None,
    slots: ItemSlots | None = None,
) -> tuple[Run, tuple[np.ndarray, np.ndarray]]:
    """Train on from input and output rows; return the run and what these have become."""
    from nearfield.embed.effect import check_effect
    from nearfield.embed.run import Run, compile_kernels  # brings Numba, which takes a while

    compile_kernels(verbose=model.verbose, kind="side" if slots else "anchored" if anchors else "plain")
    run = Run(model, corpus, n_keys, slots=slots, anchors=anchors)
    for table, start in zip((run.model.input, run.model.output), rows, strict=True):
        table[:, : model.vector_size] = start
    go_on(run, vectors)
    run.train(None, resume=False)
    check_effect(run, corpus, few=False)
    input, output = (np.array(table[:, : model.vector_size]) for table in (run.model.input, run.model.output))
    learnt = input, output, *([slots.attention] if slots else [])
    if not all(np.isfinite(array).all() for array in learnt):
        raise BadInput(f"the update diverged with alpha={model.alpha:g}; lower it")
    return run, (input, output)


def _nodes(vectors: Vectors, model: Word2Vec, grown: Grown, options: Options) -> np.ndarray | None:
    """The rows of the inner nodes of a tree over the counts of `grown`."""
    if not options.grow:
        return vectors.nodes
    if len(grown.vocabulary) < 2:
        raise BadInput(f"{len(grown.vocabulary)} keys would be left; expected two or more, for a tree")
    return carried_nodes(vectors, model, grown)


def mixed(
    strategies: Sequence[Strategy], vectors: Vectors, new: Sequences, past: Sequences | None, grown: Grown, seed: int
) -> Sequences:
    """Return what is learnt from: the new sequences, and among them the old ones that are replayed."""
    parts = [*_replayed(strategies, vectors, new, past, seed), new]
    corpus = joined(parts, grown.vocabulary)
    if len(parts) == 1:
        return corpus
    return corpus.take(np.random.default_rng(seed).permutation(len(corpus)))


def _replayed(
    strategies: Sequence[Strategy], vectors: Vectors, new: Sequences, past: Sequences | None, seed: int
) -> list[Sequences]:
    """The old sequences that are mixed in: none or one part."""
    replay = next((one for one in strategies if isinstance(one, Replay)), None)
    if replay is None:
        return []
    if past is None:
        raise BadInput("replay mixes old sequences in; give them: old=…, Sequences or a Reservoir")
    if not past.n_tokens:
        return []
    assert replay.budget is not None  # see `estimators.with_budget`
    budget = replay.budget * new.n_tokens
    number = seed + len(history(vectors))  # another sample at each update
    if replay.choice == "herding":
        return [past.take(herded(past, vectors, budget, number))]
    draw = uniform if replay.choice == "reservoir" else recent
    return [past.take(draw(past, budget, number))]


def anchors_of(
    strategies: Sequence[Strategy], grown: Grown, model: Word2Vec, seen_now: Callable[[], np.ndarray]
) -> OldRows | None:
    """What holds the old rows back, if a strategy does; `seen_now()`: how often an epoch of the update sees a key."""
    by_kind: dict[type[Strategy], Any] = {type(one): one for one in strategies}
    if not {LwF, EWC, Freeze, Settle} & by_kind.keys():
        return None
    if model.loss != "negative":
        raise BadInput(f"{name_of(strategies)} is for loss='negative'; this was learnt with {model.loss!r}")
    from nearfield.embed.anchors import OldRows

    known = grown.known
    assert grown.output is not None
    rates = np.ones(len(grown.vocabulary), np.float32)
    if Settle in by_kind:
        rates[:known] = 1 / np.sqrt(1 + grown.seen_before / by_kind[Settle].half)
    if Freeze in by_kind:
        rates[:known] = 0
    return OldRows(
        grown.input[:known],
        grown.output[:known],
        (rates, rates if grown.has_outputs else np.ones_like(rates)),
        distil=by_kind[LwF].strength if LwF in by_kind else 0.0,
        pulls=_pulls(grown, model, seen_now(), by_kind[EWC].strength) if EWC in by_kind else None,
    )


def _pulls(grown: Grown, model: Word2Vec, now: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """EWC's penalty, shared out among the steps that a row will have: strength · F · (steps before / steps now)."""
    known, n_tokens = grown.known, now.sum()
    assert grown.output is not None
    before, now = grown.seen_before, now[:known]
    noise = noise_distribution(grown.vocabulary.counts, model.ns_exponent)[:known]
    rows = grown.input[:known], grown.output[:known]
    by_input, by_output = fisher_diagonals(*rows, before, noise, model.negative, model.reach, model.seed)
    drawn = model.negative * noise  # a row is a sample as often as noise has it, beside its own turns
    steps = before + drawn * before.sum(), now + drawn * n_tokens
    ratios = before / np.maximum(now, 1), steps[0] / np.maximum(steps[1], 1e-9)
    return tuple(
        (strength * ratio[:, None] * diagonal).astype(np.float32)
        for ratio, diagonal in zip(ratios, (by_input, by_output), strict=True)
    )  # type: ignore[return-value]


def go_on(run: Run, vectors: Vectors) -> None:
    """Go on with the random numbers of the last update, so that two are as one; with one worker only."""
    before = next((one["random"] for one in reversed(history(vectors)) if one.get("random")), None)
    if before is not None and len(run.shards) == 1:
        run.shards[0].random[0] = before


def done_by(
    run: Run, strategies: Sequence[Strategy], grown: Grown, tokens: int, times: np.ndarray | None = None
) -> dict[str, Any]:
    """Return what the metadata say of an update by new tokens."""
    return {
        "strategy": name_of(strategies),
        **of_run(run, tokens),
        "keys": len(grown.vocabulary),
        "new_keys": len(grown.vocabulary) - grown.known,
        "dropped_keys": len(grown.dropped),
        "until": None if times is None else int(times.max()),
    }


def of_run(run: Run, tokens: int) -> dict[str, Any]:
    """Return what the metadata say of training on by new tokens, and what `go_on` needs."""
    return {
        "alpha": run.estimator.alpha,
        "min_alpha": run.estimator.min_alpha,
        "epochs": run.estimator.epochs,
        "workers": len(run.shards),
        "tokens": tokens,
        "losses": run.losses(),
        "random": int(run.shards[0].random[0]) if len(run.shards) == 1 else None,
    }


def history(vectors: Vectors) -> list[dict[str, Any]]:
    """Return what the metadata say of each update so far."""
    found = vectors.metadata.get(HISTORY, [])
    return found if isinstance(found, list) else []
