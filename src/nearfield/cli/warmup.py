"""`nearfield warmup`: compile all kernels now, so that no later command waits for it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import typer

from nearfield.cli.output import say

FAILED = 1


def warmup() -> None:
    """Compile all kernels and keep them for later processes: for container images and new machines.

    They are kept under $NUMBA_CACHE_DIR, else in the user's cache. An image that is built by one user and run by
    another sets NUMBA_CACHE_DIR for both.
    """
    from nearfield.kernels.cache import cache_folder

    folder = cache_folder()
    if folder is None:
        say("nearfield: there is no folder for kernels that only this user can write to; set NUMBA_CACHE_DIR")
        raise typer.Exit(FAILED)
    started = time.perf_counter()
    _use_all_kernels()
    n = len(list(Path(folder).rglob("*.nbc")))
    say(f"{folder}: keeps {n} compiled kernels; it took {time.perf_counter() - started:.1f} s")


def _use_all_kernels() -> None:
    """Use everything that is compiled, each on a few lines."""
    import tempfile
    import warnings

    with tempfile.TemporaryDirectory(prefix="nearfield-") as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # so little data is no good for anything else
        for use in (_words, _graphs, _rankers):
            use(Path(name))


def _words(folder: Path) -> None:
    import nearfield as nf

    text = folder / "text.txt"
    text.write_text("a b c d e f\n" * 30, encoding="utf-8")
    sequences = nf.read_text(text, min_count=1)
    nf.read_text(text, min_count=1, phrases=nf.Phrases(min_count=1, threshold=0.1).fit(sequences))
    settings: dict[str, Any] = {"vector_size": 8, "epochs": 1, "sample": 0, "workers": 1, "verbose": False}
    words = nf.Word2Vec(**settings).fit(sequences).vectors_
    nf.update(words, sequences, strategy="settle", verbose=False)
    nf.EGES(**settings).fit(sequences, side={"kind": {"a": ["x"]}})


def _graphs(folder: Path) -> None:
    import nearfield as nf

    edges = folder / "edges.tsv"
    edges.write_text("a b 1\nb c 2\nc a 3\nc d 4\nb a 5\n", encoding="utf-8")
    settings: dict[str, Any] = {"vector_size": 8, "workers": 1, "verbose": False}
    for weighted in (False, True):
        graph = nf.read_edges(edges, weighted=weighted)
        model = nf.Node2Vec(p=0.5, q=2.0, num_walks=2, epochs=1, **settings).fit(graph)
        nf.Line(**settings).fit(graph)
    edges.write_text("a b 1\nb c 2\nc a 3\nc d 4\nb d 5\n", encoding="utf-8")
    nf.update(model.vectors_, nf.read_edges(edges, weighted=True), old=graph, verbose=False)


def _rankers(folder: Path) -> None:
    import nearfield as nf

    for ending, line in ((".svm", "{} 1:1 2:0.5\n"), (".ffm", "{} 0:1:1 1:2:0.5\n"), (".vw", "{} |a b c:2\n")):
        path = folder / f"rows{ending}"
        path.write_text("".join(line.format(label) for label in "10" * 20), encoding="utf-8")
        examples = nf.read_examples(path)
        for ranker in (nf.LogisticRegression, nf.FactorizationMachine, nf.FieldAwareFM):
            model = ranker(epochs=1, workers=1).fit(examples)
            model.predict(examples)
    path.with_suffix(".svm").write_text("1 qid:1 1:1 2:0.5\n0 qid:1 1:0.5\n" * 20, encoding="utf-8")
    queries = nf.read_examples(path.with_suffix(".svm"))
    for ranker in (nf.LogisticRegression, nf.FactorizationMachine, nf.FieldAwareFM):
        ranker(loss="lambdarank", epochs=1, workers=1, validation_fraction=0).fit(queries)
    table = folder / "rows.csv"
    table.write_text("label,city\n1,Rome\n0,Oslo\n", encoding="utf-8")
    nf.read_examples(table, bits=8)
