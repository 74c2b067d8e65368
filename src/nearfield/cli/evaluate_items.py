"""`nearfield evaluate items`: what came next in a behaviour log, predicted by item vectors and by baselines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nearfield.cli import logs
from nearfield.cli.arguments import Neighbours, option_name, spread, typed
from nearfield.cli.item_model import ItemOptions, read_known, train_items
from nearfield.cli.output import AsJson, print_json, print_rows, say
from nearfield.cli.reading import of_log, say_differences
from nearfield.cli.training import ItemTraining
from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.evaluate import RetrievalResult, Split
    from nearfield.sequences import Sequences
    from nearfield.vectors import Vectors

FIGURES = ("hit_rate", "ndcg", "mrr", "coverage", "novelty", "popularity", "diversity")
OURS = "next"
FEW = 0.1  # the share of the sequences of two events or more, below which cases are few


@spread(ItemOptions)
def evaluate_items(
    files: logs.Files,
    options: ItemOptions,
    vectors: Annotated[
        Path | None,
        typer.Option(
            "--vectors",
            metavar="DIR",
            help="Evaluate these, on the log read as theirs was; they may have seen what is held out.",
        ),
    ] = None,
    split: Annotated[
        Literal["time", "last", "session"],
        typer.Option(help="Hold out what came after a moment, the last of each sequence, or the latest sessions."),
    ] = "time",
    k: Neighbours = 10,
    last: Annotated[int, typer.Option(min=1, help="Ask with so many entries of a history.")] = 5,
    decay: Annotated[float, typer.Option(help="How much an entry counts beside the one after it.")] = 0.8,
    as_json: AsJson = False,
) -> None:
    """Predict what came next, among all items that the history does not hold.

    Without --vectors, item vectors are trained on what is not held out, by the options and defaults of `fit items`.
    """
    from nearfield.evaluate import ItemKNN, Popularity, item_retrieval
    from nearfield.formats import load
    from nearfield.reading import reading_of

    saved = None if vectors is None else load(vectors)
    known = read_known(options)
    if saved is not None:
        _refuse_training(options)
    kept = {} if saved is None else reading_of(saved)
    reading = of_log(options, kept)
    say_differences(kept, reading)
    behaviour = logs.read_behaviour(files, reading, verbose=not as_json)
    train, cases = _split(behaviour.sequences, split)
    _say_few(len(cases), behaviour.sequences, split)
    if saved is None:
        if not as_json:
            say(f"trains on {train.n_tokens:,} events, predicts {len(cases):,} cases")
        _, ours = train_items(behaviour._replace(sequences=train), options, known, verbose=False)
    else:
        ours = saved
        _say_match(ours, behaviour.sequences, vectors)
    results = {OURS: item_retrieval(ours, cases, k=k, last=last, decay=decay, vectors=ours)}
    for name, baseline in (
        ("item-kNN", ItemKNN().fit(train)),
        ("popularity", Popularity(train)),
        ("popularity of the last week", Popularity(train, half_life="7d")),
    ):
        results[name] = item_retrieval(baseline, cases, k=k, vectors=ours)
    if as_json:
        for name, result in results.items():
            print_json({"recommender": name} | result.to_dict())
        return
    columns_of_table = ("ranked by", f"HR@{k}", "95 % interval", f"NDCG@{k}", "95 % interval", f"MRR@{k}", *FIGURES[3:])
    print_rows(columns_of_table, (_row(name, result) for name, result in results.items()), as_json=False)
    print()
    head = ("ranked by next, where", "", "cases", f"HR@{k}", f"NDCG@{k}")
    print_rows(head, _groups(results[OURS]), as_json=False)


def _say_few(n_cases: int, sequences: Sequences, split: str) -> None:
    """Say where a split leaves so few cases that their mean says little, and which split leaves more."""
    import numpy as np

    n_last = int((np.diff(sequences.offsets) > 1).sum())
    if split == "last" or n_cases >= FEW * n_last:
        return
    where = "have events on both sides of the split" if split == "time" else "are held out"
    say(f"only {n_cases:,} of {len(sequences):,} sequences {where}; --split last evaluates {n_last:,}")


def _refuse_training(options: ItemOptions) -> None:
    """Refuse options of training for vectors that are trained already."""
    from dataclasses import fields

    names = [field.name for field in fields(ItemTraining) if field.name in typed(options)]
    if names:
        raise BadInput(f"{option_name(names[0])} is given with --vectors, which are not trained here; leave one out")


def _say_match(vectors: Vectors, sequences: Sequences, path: Path | None) -> None:
    """Say how many of the events are of items that the vectors know."""
    from nearfield.matching import check_match

    items, counts = sequences.vocabulary.keys, sequences.vocabulary.counts.tolist()
    say(check_match(items, vectors.vocabulary, what="items of the log", of=f"the vectors in {path}", counts=counts))


def _split(sequences: Sequences, how: str) -> Split:
    from nearfield.evaluate import hold_out_sessions, leave_last_out, split_by_time

    return {"time": split_by_time, "last": leave_last_out, "session": hold_out_sessions}[how](sequences)


def _row(name: str, result: RetrievalResult) -> tuple[Any, ...]:
    figures = [result.figures[one].value if one in result.figures else None for one in FIGURES]
    hits, gains = (f"{low:.3f} to {high:.3f}" for low, high in (result.hit_rate_interval, result.ndcg_interval))
    return name, figures[0], hits, figures[1], gains, *figures[2:]


def _groups(result: RetrievalResult) -> Iterator[tuple[Any, ...]]:
    for what, groups in (("history length", result.by_history), ("popularity of what came", result.by_popularity)):
        for group in groups:
            yield what, group.name, group.n, group.figures["hit_rate"].value, group.figures["ndcg"].value
