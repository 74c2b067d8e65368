"""Hierarchical softmax updated: how the rows of a tree's inner nodes get to the tree of other counts.

    python benchmarks/update_tree.py

English articles (enwiki), the first 95 % fitted, the last 5 % new; every twentieth article is held out. The ways are

- zeros: every inner node starts from nothing; the input rows stay;
- codes: a node keeps its row where some word's code is still the same down to there, and others start from nothing, as
  in Peng, Li, Song & Liu 2017, Incrementally learning the hierarchical softmax function for neural language models, who
  then go through the old text again for what it changes, which is not done here;
- regression: what `nearfield.update` does, see `nearfield.update.trees`.

Each is judged at once, before anything new is learnt, and after an update. The score is the mean log-likelihood of a
word that the first 95 % have, by its context (CBOW) or by each word of that (skip-gram): the mean over two seeds and,
in brackets, from the lowest to the highest. Seconds are of the processor, one thread; in those of an update there is
its report.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from unittest.mock import patch

import numpy as np

import nearfield as nf
from _paired import machine, markdown, write_results
from nearfield.datasets import text_enwiki
from nearfield.embed.huffman import tree_of
from nearfield.sequences import Sequences
from nearfield.update.growth import Grown, grow
from nearfield.update.joining import joined
from nearfield.update.streams.slices import StreamSlice, text_slices
from nearfield.update.trees import carried_nodes
from nearfield.vectors import Vectors

FIRST, HELD_TOKENS, PARTS = 0.95, 40_000, 10
ARCHITECTURES = ("skipgram", "cbow")
SEEDS = (1, 2)

Way = Callable[[Vectors, nf.Word2Vec, Grown], np.ndarray]


def zeros(vectors: Vectors, model: nf.Word2Vec, grown: Grown) -> np.ndarray:
    return np.zeros((len(grown.vocabulary) - 1, vectors.dim), np.float32)


def same_codes(vectors: Vectors, model: nf.Word2Vec, grown: Grown) -> np.ndarray:
    found, nodes = zeros(vectors, model, grown), vectors.nodes
    trees = tree_of(vectors.keys, vectors.counts), tree_of(grown.vocabulary.keys, grown.vocabulary.counts)
    for number in range(grown.known):  # no key is dropped here, so that ids are the same
        (old, old_codes), (new, codes) = (
            (
                tree.nodes[slice(*tree.offsets[number : number + 2])],
                tree.codes[slice(*tree.offsets[number : number + 2])],
            )
            for tree in trees
        )
        n = min(len(old), len(new))
        differ = np.flatnonzero(old_codes[:n] != codes[:n])
        n = differ[0] + 1 if len(differ) else n  # the node where ways part is the last that both have
        found[new[:n]] = nodes[old[:n]]
    return found


WAYS: dict[str, Way] = {"zeros": zeros, "codes": same_codes, "regression": carried_nodes}


def texts() -> tuple[StreamSlice, StreamSlice]:
    text = nf.read_text(text_enwiki.path(), language="whitespace", max_sentence_length=1_000)
    cut = int(np.searchsorted(text.offsets, FIRST * text.n_tokens))
    parts = [joined([text.take(some)]) for some in np.split(np.arange(len(text)), [cut])]
    first, second = text_slices(parts, ["first", "new"])
    return first, second


def some_of(held: Sequences, first: Sequences) -> Sequences:
    """Articles from all over, about HELD_TOKENS, without words that the first part has not."""
    step = max(1, held.n_tokens // HELD_TOKENS)
    return joined([held.take(np.arange(0, len(held), step))], first.vocabulary)


def score(vectors: Vectors, model: nf.Word2Vec, held: Sequences) -> float:
    asked = nf.Word2Vec(**model.get_params())
    asked.vectors_, asked.tree_ = vectors, tree_of(vectors.keys, vectors.counts)
    lengths = np.diff(held.offsets)
    if model.architecture == "cbow":
        n = lengths[lengths > 1].sum()
    else:
        n = 2 * sum(np.maximum(lengths - distance, 0).sum() for distance in range(1, model.window + 1))
    return float(asked.score(held).sum() / n)


def versions(model: nf.Word2Vec, first: Sequences, new: Sequences) -> Iterator[tuple[str, Vectors, float]]:
    """Yield what is judged: its name, the vectors, and the seconds that they took."""

    def timed(make: Callable[[], Vectors]) -> tuple[Vectors, float]:
        began = time.process_time()
        return make(), time.process_time() - began

    def updated(strategy: str, parts: int = 1) -> Vectors:
        found = fitted
        for some in np.array_split(np.arange(len(new)), parts):
            found = nf.update(found, joined([new.take(some)]), strategy=strategy, old=first).vectors
        return found

    fitted, seconds = timed(lambda: model.fit(first).vectors_)
    yield "fit on the first 95 %", fitted, seconds
    grown = grow(fitted, new, window=model.window, seed=model.seed)
    for name, way in WAYS.items():
        nodes, seconds = timed(lambda way=way: way(fitted, model, grown))
        vocabulary = grown.vocabulary
        yield f"{name}, at once", Vectors(vocabulary, grown.input, counts=vocabulary.counts, nodes=nodes), seconds
        with patch("nearfield.update.sequences.carried_nodes", way):
            for strategy in ("fine_tune", "replay"):
                yield f"{name}, {strategy}", *timed(lambda strategy=strategy: updated(strategy))
    yield f"regression, replay in {PARTS} updates", *timed(lambda: updated("replay", PARTS))
    yield "retrain", *timed(lambda: updated("retrain"))


def main() -> None:
    first, new = texts()
    held = [some_of(one.held, first.learn) for one in (first, new)]
    nf.Word2Vec(loss="hierarchical", workers=1, verbose=False, epochs=1).fit(new.learn)  # compiled before it counts
    table: dict[str, list[str]] = {}
    for architecture in ARCHITECTURES:
        found: dict[str, list[list[float]]] = {}
        for seed in SEEDS:
            model = nf.Word2Vec(architecture=architecture, loss="hierarchical", workers=1, seed=seed, verbose=False)
            for name, vectors, seconds in versions(model, first.learn, new.learn):
                found.setdefault(name, []).append([*(score(vectors, model, one) for one in held), seconds])
                print(architecture, seed, name, *found[name][-1], flush=True)
        for name, runs in found.items():
            *scores, seconds = zip(*runs, strict=True)
            cells = [f"{statistics.mean(one):.3f} ({min(one):.3f} to {max(one):.3f})" for one in scores]
            table.setdefault(name, [name]).extend([*cells, f"{statistics.median(seconds):.1f}"])
    columns = ["", *(f"{one}: {what}" for one in ARCHITECTURES for what in ("old text", "new text", "seconds"))]
    head = (
        f"Printed by `python benchmarks/update_tree.py`; {machine('numpy', 'numba')}. The first part has"
        f" {first.learn.n_tokens:,} words, the new one {new.learn.n_tokens:,}."
    )
    write_results("update_tree", ["# Updates of a Huffman tree", "", head, "", *markdown(columns, [*table.values()])])


if __name__ == "__main__":
    main()
