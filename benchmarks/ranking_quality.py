"""How well the rankers foretell incomes (adult) and ratings (MovieLens 100k).

    python benchmarks/ranking_quality.py

adult: its own split; numbers in up to 50 buckets (200 for gains and losses) of equally many rows; "with crosses" adds
every pair of eleven columns. 95 % intervals over rows.

ratings: 80 % to learn from and 20 % to judge by, drawn at random, three draws; features are the user, the film, age,
gender, occupation and genres.

The settings of each model, out of those in `GRIDS`, and its number of passes are those that foretell a tenth of the
training part best that was put aside; then it learns from the whole training part. The test part chooses nothing.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from _paired import machine, markdown, write_results
from nearfield.datasets import adult, movielens_100k
from nearfield.evaluate import ranking_quality
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank import FactorizationMachine, FieldAwareFM, LogisticRegression, Ranker

NUMBERS = {0: 50, 2: 50, 4: 50, 10: 200, 11: 200, 12: 50}  # column of adult → buckets
CROSSED = (0, 1, 3, 4, 5, 6, 7, 9, 10, 11, 12)
GRIDS: dict[str, tuple[type[Ranker], list[dict[str, Any]]]] = {
    "LogisticRegression": (LogisticRegression, [{"alpha": alpha} for alpha in (0.05, 0.2, 0.5)]),
    "LogisticRegression with crosses": (
        LogisticRegression,
        [{"alpha": alpha, "l1": l1} for alpha in (0.02, 0.05, 0.2) for l1 in (0.3, 1.0)],
    ),
    "FactorizationMachine": (
        FactorizationMachine,
        [{"alpha": alpha, "l2": l2} for alpha in (0.05, 0.1) for l2 in (1e-5, 1e-3)],
    ),
    "FieldAwareFM": (
        FieldAwareFM,
        [{"vector_size": 4, "alpha": alpha, "l2": l2} for alpha in (0.05, 0.1) for l2 in (2e-5, 1e-4)],
    ),
    "ratings": (
        FactorizationMachine,
        [
            {"vector_size": size, "l2": l2, "alpha": 0.05, "init": 0.05, "l2_linear": 0.005}
            for size in (16, 32, 64)
            for l2 in (0.02, 0.03, 0.05)
        ],
    ),
}
PASSES = 60  # at most
Row = list[tuple[int, str, float]]  # field, feature, value


def examples_of(
    labels: Sequence[float], rows: Iterable[Row], ids: dict[str, int], n_fields: int, grow: bool
) -> Examples:
    """Rows of named features; with `grow` new names get numbers, else they are left out."""
    features, fields, values, indptr = [], [], [], [0]
    for row in rows:
        for field, name, value in row:
            place = ids.setdefault(name, len(ids)) if grow else ids.get(name)
            if place is not None:
                features.append(place)
                fields.append(field)
                values.append(value)
        indptr.append(len(features))
    space = FeatureSpace(len(ids), tuple(map(str, range(n_fields))))
    arrays = np.array(features, np.int32), np.array(fields, np.int32), np.array(values, np.float32)
    return Examples(np.array(labels, np.float32), np.array(indptr), *arrays, space=space)


def people(crosses: Sequence[tuple[int, int]]) -> tuple[Examples, Examples]:
    """The training and the test part."""
    parts, ids = [part.fill_null("?").rows() for part in adult.load()], {}
    edges = {
        column: np.unique(np.quantile([cells[column] for cells in parts[0]], np.linspace(0, 1, n + 1)))
        for column, n in NUMBERS.items()
    }

    def row(cells: tuple[Any, ...]) -> Row:
        names = [f"{i}={np.searchsorted(edges[i], cell) if i in edges else cell}" for i, cell in enumerate(cells[:14])]
        names += [f"{names[a]}&{names[b]}" for a, b in crosses]
        return [(field, name, 1.0) for field, name in enumerate(names)]

    train, test = (
        examples_of([cells[14] == adult.POSITIVE for cells in part], map(row, part), ids, 14 + len(crosses), grow)
        for part, grow in zip(parts, (True, False), strict=True)
    )
    return train, test


def learnt(name: str, train: Examples, **settings: Any) -> Ranker:
    """The model of a grid, with the settings and the passes that a tenth of the rows chooses, learnt from all rows."""
    kind, grid = GRIDS[name]
    tried = [kind(**one, **settings, epochs=PASSES, validation_fraction=0.1).fit(train) for one in grid]
    best = min(tried, key=lambda model: min(model.validation_losses_))
    passes = int(np.argmin(best.validation_losses_)) + 1
    shown = {one: value for one, value in best.get_params().items() if one in grid[0]}
    print(name, ", ".join(f"{one} {value}" for one, value in shown.items()), f"in {passes} passes", flush=True)
    return best.set_params(epochs=passes, validation_fraction=0.0).fit(train)


def incomes() -> list[str]:
    """Judge each model on adult; return the lines of a table."""
    plain, crossed = people(()), people(tuple(itertools.combinations(CROSSED, 2)))
    names, lines = ("auc", "log_loss", "normalised_entropy", "calibration_error"), []
    for name in [one for one in GRIDS if one != "ratings"]:
        train, test = crossed if "crosses" in name else plain
        figures = ranking_quality(learnt(name, train), test, resamples=200).figures
        shown = [(figures[one].value, *figures[one].interval) for one in names]
        lines.append([name, *(f"{value:.4f} ({low:.4f}–{high:.4f})" for value, low, high in shown)])
        print(*markdown(["model"], lines)[-1:], flush=True)
    return markdown(["adult", "AUC", "log loss", "normalised entropy", "calibration error"], lines)


def ratings() -> list[str]:
    """Judge a factorization machine on ratings; return the lines of a table."""
    examples = rated()
    found = []
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(examples))
        cut = len(order) * 8 // 10
        model = learnt("ratings", examples.take(order[:cut]), loss="squared", seed=seed)
        found.append(ranking_quality(model, examples.take(order[cut:]), resamples=10).figures["rmse"].value)
        print(found[-1], flush=True)
    cells = ["FactorizationMachine", f"{statistics.mean(found):.4f} ({min(found):.4f}–{max(found):.4f})"]
    return markdown(["MovieLens 100k, ratings", "RMSE"], [cells])


def rated() -> Examples:
    """Ratings with what is known of the user and of the film."""
    films = movielens_100k.load()
    table = films.interactions

    def row(user: str, item: str) -> Row:
        age, gender, occupation = films.people[user]
        names = f"user={user}", f"item={item}", f"age={age}", f"gender={gender}", f"occupation={occupation}"
        genres = films.genres[item]
        return [(i, name, 1.0) for i, name in enumerate(names)] + [(5, f"genre={g}", 1 / len(genres)) for g in genres]

    rows = map(row, table["user"], table["item"])
    return examples_of(table["rating"].to_list(), rows, {}, 6, grow=True)


def main() -> None:
    head = f"Printed by `python benchmarks/ranking_quality.py`; {machine('numpy', 'numba')}."
    write_results("ranking_quality", ["# What rankers foretell", "", head, "", *incomes(), "", *ratings()])


if __name__ == "__main__":
    main()
