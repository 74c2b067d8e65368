"""What does a second stage add to vectors?

    python benchmarks/two_stage.py

MovieLens 100k, the last film of each user to be foretold. The vectors learn from all but the last two films of each,
the ranker from the last but one: which of the first stage's 100 candidates it was. Vectors alone could do two things
more than the first stage does, which are shown, too: learn from the last but one as well ("later"), and weigh what is
recent more, as features of the ranker do ("decay 0.8"). Three seeds; settings were not searched for.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from _paired import machine, markdown, write_results
from nearfield.datasets import movielens_100k
from nearfield.embed import ItemEmbedding
from nearfield.evaluate import Recommender, item_retrieval, leave_last_out
from nearfield.rank import FactorizationMachine, LogisticRegression
from nearfield.recommend import CandidateFeatures, TwoStageRecommender

SEEDS = (1, 2, 3)
RANKERS = {
    "LogisticRegression": lambda: LogisticRegression(alpha=0.05),
    "FactorizationMachine": lambda: FactorizationMachine(vector_size=8, epochs=3),
}


def main() -> None:
    films = movielens_100k.load()
    train, cases = leave_last_out(films.sequences())
    early, later = leave_last_out(train)

    def recommenders(seed: int) -> Iterator[tuple[str, Recommender, dict[str, float]]]:
        vectors = ItemEmbedding(seed=seed).fit(early).vectors_
        later_vectors = ItemEmbedding(seed=seed).fit(train).vectors_
        yield "vectors alone", vectors, {}
        yield "vectors alone, decay 0.8", vectors, {"decay": 0.8}
        yield "vectors alone, later", later_vectors, {}
        yield "vectors alone, later, decay 0.8", later_vectors, {"decay": 0.8}
        features = CandidateFeatures(vectors, attributes={"genre": films.genres})
        for name, ranker in RANKERS.items():
            both = TwoStageRecommender(vectors, ranker(), features)
            yield f"then {name}", both.fit(later.histories, later.targets, exclude=later.histories), {}

    found: dict[str, list[tuple[float, float]]] = {}
    for seed in SEEDS:
        for name, one, options in recommenders(seed):
            result = item_retrieval(one, cases, k=10, resamples=10, **options)
            found.setdefault(name, []).append((result.ndcg, result.hit_rate))
            print(seed, name, *found[name][-1], flush=True)
    rows = [
        [name, *(f"{statistics.mean(one):.4f} ({min(one):.4f}–{max(one):.4f})" for one in zip(*figures, strict=True))]
        for name, figures in found.items()
    ]
    head = f"Printed by `python benchmarks/two_stage.py`; {machine('numpy', 'numba')}."
    table = markdown(["MovieLens 100k, the last film", "NDCG@10", "HR@10"], rows)
    write_results("two_stage", ["# Two stages", "", head, "", *table])


if __name__ == "__main__":
    main()
