"""`nearfield evaluate items`: what came next in a behaviour log, foretold beside the baselines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nearfield.cli import logs
from nearfield.cli.arguments import Neighbours, spread
from nearfield.cli.output import AsJson, print_json, print_rows, say

if TYPE_CHECKING:
    from nearfield.evaluate import RetrievalResult, Split
    from nearfield.sequences import Sequences
    from nearfield.vectors import Vectors

FIGURES = ("hit_rate", "ndcg", "mrr", "coverage", "novelty", "popularity", "diversity")
OURS = "next"


@spread(logs.LogOptions)
def evaluate_items(
    files: logs.Files,
    options: logs.LogOptions,
    vectors: Annotated[
        Path | None,
        typer.Option(
            "--vectors", metavar="DIR", help="Judge these; they may have seen what is held out. Else: learn anew."
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
    """Foretell what came next, among all items that the history does not hold.

    Without --vectors, item vectors are learnt from what is not held out, as `fit items` does.
    """
    from nearfield.evaluate import ItemKNN, Popularity, item_retrieval
    from nearfield.formats import load

    saved = None if vectors is None else load(vectors)
    sequences, groups, _ = logs.read_behaviour(files, options, verbose=not as_json)
    train, cases = _split(sequences, split)
    if not as_json:
        say(f"learns from {train.n_tokens:,} events, foretells {len(cases):,} cases")
    ours = saved or _learn(train, groups)
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


def _split(sequences: Sequences, how: str) -> Split:
    from nearfield.evaluate import hold_out_sessions, leave_last_out, split_by_time

    return {"time": split_by_time, "last": leave_last_out, "session": hold_out_sessions}[how](sequences)


def _learn(train: Sequences, groups: dict[str, str] | None) -> Vectors:
    from nearfield.embed import ItemEmbedding

    return (
        ItemEmbedding(workers=1, verbose=False).fit(train, groups=groups).vectors_
    )  # one worker: the same figures every time


def _row(name: str, result: RetrievalResult) -> tuple[Any, ...]:
    figures = [result.figures[one].value if one in result.figures else None for one in FIGURES]
    hits, gains = (f"{low:.3f} to {high:.3f}" for low, high in (result.hit_rate_interval, result.ndcg_interval))
    return name, figures[0], hits, figures[1], gains, *figures[2:]


def _groups(result: RetrievalResult) -> Iterator[tuple[Any, ...]]:
    for what, groups in (("history length", result.by_history), ("popularity of what came", result.by_popularity)):
        for group in groups:
            yield what, group.name, group.n, group.figures["hit_rate"].value, group.figures["ndcg"].value
