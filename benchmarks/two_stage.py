"""What does a second stage add to vectors?

    python benchmarks/two_stage.py

MovieLens 100k, the last film of each user to be foretold. The first stage learns from all but the last two films of
each user, the second from the last but one: which of the first stage's 100 candidates it was. Then the first stage
learns anew, from the last but one as well, under the same ranker, and beside it stand the same vectors alone: both have
seen the same, and with both an entry of a history that is followed by i others weighs 0.8^i. The settings of the
rankers were chosen one film earlier: learnt from the last but two, judged by the last but one. Three seeds.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator
from typing import Any

from _paired import machine, markdown, write_results
from nearfield import Sequences, Vectors
from nearfield.datasets import movielens_100k
from nearfield.embed import ItemEmbedding
from nearfield.evaluate import item_retrieval, leave_last_out
from nearfield.rank import FactorizationMachine, LogisticRegression, Ranker
from nearfield.recommend import CandidateFeatures, TwoStageRecommender

SEEDS, DECAY = (1, 2, 3), 0.8
GRID: dict[type[Ranker], list[dict[str, Any]]] = {
    LogisticRegression: [
        {"alpha": alpha, "epochs": epochs} for alpha, epochs in itertools.product((0.005, 0.02, 0.1), (1, 5))
    ],
    FactorizationMachine: [
        {"alpha": alpha, "l2": l2, "l2_linear": l2, "epochs": 5}
        for alpha, l2 in itertools.product((0.02, 0.1), (1e-4, 1e-2))
    ],
}
FILMS = movielens_100k.load()


def two_stages(vectors: Vectors, ranker: Ranker) -> TwoStageRecommender:
    """Candidates by vectors, and features of them by the same."""
    features = CandidateFeatures(vectors, attributes={"genre": FILMS.genres}, decays=(1.0, DECAY, 0.5))
    return TwoStageRecommender(vectors, ranker, features, decay=DECAY)


def learnt(sequences: Sequences, seed: int) -> Vectors:
    """The first stage."""
    return ItemEmbedding(seed=seed).fit(sequences).vectors_


def chosen(sequences: Sequences) -> dict[type[Ranker], dict[str, Any]]:
    """The settings of each ranker that are best one film earlier."""
    train, judged = leave_last_out(sequences)
    early, later = leave_last_out(train)
    vectors, last = learnt(early, seed=1), learnt(train, seed=1)
    rows = two_stages(vectors, LogisticRegression()).training_rows(
        later.histories, later.targets, exclude=later.histories
    )

    def quality(kind: type[Ranker], settings: dict[str, Any]) -> float:
        ranker = kind(**settings).fit(rows)
        found = item_retrieval(under(ranker, last, vectors), judged, k=10, resamples=10).ndcg
        print(kind.__name__, settings, f"NDCG@10 {found:.4f} one film earlier", flush=True)
        return found

    return {kind: max(grid, key=lambda settings: quality(kind, settings)) for kind, grid in GRID.items()}


def under(ranker: Ranker, vectors: Vectors, before: Vectors) -> TwoStageRecommender:
    """Put later vectors under a ranker, in the order of keys, which are its features, that it has learnt."""
    ids = vectors.vocabulary.ids(before.keys)
    return two_stages(Vectors(before.keys, vectors.input[ids], vectors.output[ids], before.counts), ranker)


def recommenders(sequences: Sequences, seed: int, settings: dict[type[Ranker], dict[str, Any]]) -> Iterator[Any]:
    """Yield what is compared, each with how it is asked."""
    early, later = leave_last_out(sequences)
    vectors, last = learnt(early, seed), learnt(sequences, seed)
    yield "vectors alone, all entries alike", last, {}
    yield "vectors alone", last, {"decay": DECAY}
    both = two_stages(vectors, LogisticRegression())
    rows = both.training_rows(later.histories, later.targets, exclude=later.histories)
    for kind, one in settings.items():
        yield f"then {kind.__name__}", under(kind(**one).fit(rows), last, vectors), {}


def main() -> None:
    train, cases = leave_last_out(FILMS.sequences())
    settings = chosen(train)
    found: dict[str, list[tuple[float, float]]] = {}
    for seed in SEEDS:
        for name, one, options in recommenders(train, seed, settings):
            result = item_retrieval(one, cases, k=10, resamples=10, **options)
            found.setdefault(name, []).append((result.ndcg, result.hit_rate))
            print(seed, name, *found[name][-1], flush=True)
    rows = [
        [name, *(f"{statistics.mean(one):.4f} ({min(one):.4f}–{max(one):.4f})" for one in zip(*figures, strict=True))]
        for name, figures in found.items()
    ]
    head = f"Printed by `python benchmarks/two_stage.py`; {machine('numpy', 'numba')}."
    shown = "; ".join(
        f"{kind.__name__}: {', '.join(f'{name} {value}' for name, value in one.items())}"
        for kind, one in settings.items()
    )
    table = markdown(["MovieLens 100k, the last film", "NDCG@10", "HR@10"], rows)
    write_results("two_stage", ["# Two stages", "", head, "", *table, "", f"Settings: {shown}."])


if __name__ == "__main__":
    main()
