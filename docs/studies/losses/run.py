"""Why cross-entropy for classes and squared error for values? Both swapped, and what becomes of gradients.

    python docs/studies/losses/run.py

Trains the same DeepFM by either loss on classes (adult: who earns more than 50,000 dollars) and on values (MovieLens
100k: ratings, a random tenth held out and another to stop by), and a linear model by three losses from a start that is
confidently wrong. Writes `table.md` and `figure.svg` beside this file; a few minutes on one core.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from nearfield import DeepFM
from nearfield.datasets import adult, movielens_100k
from nearfield.evaluate.ranking import judge_classes, judge_values
from nearfield.examples import Examples, FeatureSpace
from nearfield.rank.ranker import Task

HERE = Path(__file__).parent
SEEDS = (1, 2, 3)
LEAST, MOST = 1, 5  # ratings
SCORES = (-8, -4, -2, 0, 2, 4, 8)
STEPS = 200
WRONG = -4.0  # what a good model is multiplied by to start where it is wrong and sure of it

Gradient = Callable[[np.ndarray, np.ndarray], np.ndarray]  # ∂loss / ∂score, of scores and labels


def main() -> None:
    """Run all, and write the table and the figure."""
    people = incomes()
    recoveries, lines = recover(people[0]), ["## Gradients", "", *table_of_gradients()]
    lines += ["", f"Cross-entropy of a linear model on adult's training rows, {STEPS} steps of gradient descent from a"]
    lines += ["start that is confidently wrong:", "", *table_of_recoveries(recoveries)]
    lines += ["", "## Classes: adult", "", *table_of_classes(*people)]
    lines += ["", "## Values: ratings of MovieLens 100k", "", *table_of_values(*ratings())]
    (HERE / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    draw(recoveries)


def sigmoid(scores: np.ndarray) -> np.ndarray:
    """1 / (1 + e⁻ˢ)."""
    return 1 / (1 + np.exp(-scores))


GRADIENTS: dict[str, Gradient] = {
    "cross-entropy of σ(s)": lambda s, y: sigmoid(s) - y,
    "squared error of σ(s)": lambda s, y: (sigmoid(s) - y) * sigmoid(s) * (1 - sigmoid(s)),
    "squared error of s": lambda s, y: s - y,
}


def table_of_gradients() -> list[str]:
    """The derivative of each loss by the score, for a row of class 1."""
    rows = [["loss", *(f"s = {s}" for s in SCORES)]]
    rows += [
        [name, *(f"{one:+.4f}" for one in gradient(np.array(SCORES, float), np.ones(len(SCORES))))]
        for name, gradient in GRADIENTS.items()
    ]
    return markdown(rows)


def recover(people: Examples) -> dict[str, np.ndarray]:
    """Descend from a wrong start by each loss; return the cross-entropy before each step."""
    good, _ = descend(people, GRADIENTS["cross-entropy of σ(s)"], np.zeros(people.space.size))
    return {name: descend(people, gradient, WRONG * good)[1] for name, gradient in GRADIENTS.items()}


def descend(people: Examples, gradient: Gradient, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Descend by whole-batch gradients at one rate for all losses; return the weights and the losses on the way."""
    matrix, labels, losses, weights = people.to_scipy().astype(np.float64), people.labels, [], weights.copy()
    for _ in range(STEPS + 1):
        scores = matrix @ weights
        losses.append(float(np.mean(np.logaddexp(0, scores) - labels * scores)))
        weights -= 0.1 * (matrix.T @ gradient(scores, labels)) / len(labels)
    return weights, np.array(losses)


def table_of_recoveries(losses: dict[str, np.ndarray]) -> list[str]:
    """The loss on the way, a row a loss that was descended."""
    shown = (0, 10, 50, 100, STEPS)
    rows = [["descended", *(f"after {step} steps" for step in shown)]]
    return markdown(rows + [[name, *(f"{of[step]:.3f}" for step in shown)] for name, of in losses.items()])


def table_of_classes(train: Examples, test: Examples) -> list[str]:
    """A row a loss: order, probabilities and calibration, and how many predictions are no probabilities."""
    rows = [["trained by", "AUC", "cross-entropy", "calibration error", "outside of 0 to 1"]]
    for loss in ("logistic", "squared"):
        figures = []
        for seed in SEEDS:
            model = DeepFM(loss=loss, l2=0.0, validation_fraction=0.1, patience=1, epochs=10, seed=seed).fit(train)
            found = model.predict_proba(test)[:, 1] if loss == "logistic" else model.predict(test)
            judged = judge_classes(test.labels, np.clip(found, 0, 1), resamples=10).figures
            outside = float(np.mean((found < 0) | (found > 1)))
            figures.append([*(judged[name].value for name in ("auc", "log_loss", "calibration_error")), outside])
            print(f"adult, {loss}, seed {seed}: {figures[-1]}", flush=True)
        auc, entropy, error, outside = np.mean(figures, axis=0)
        rows.append([NAMES[loss], f"{auc:.4f}", f"{entropy:.4f}", f"{error:.4f}", f"{outside:.1%}"])
    return markdown(rows)


NAMES = {"logistic": "cross-entropy", "squared": "squared error"}


def table_of_values(train: Examples, validation: Examples, test: Examples) -> list[str]:
    """A row a loss: the error, the spread, and how many predictions are no ratings."""
    rows = [["trained by", "RMSE", "mean", "standard deviation", "outside of 1 to 5"]]
    rows.append(["(the ratings themselves)", "", f"{test.labels.mean():.3f}", f"{test.labels.std():.3f}", ""])
    for name, (loss, change, low, high) in OF_VALUES.items():
        figures = []
        for seed in SEEDS:
            batch = 256 * len(change(train)) // len(train)  # of as many ratings for each loss
            model = DeepFM(loss=loss, epochs=10, patience=1, seed=seed, l2=0.001, batch_size=batch)
            model.fit(change(train), validation=change(validation))
            found = model.predict(test) if loss == "squared" else model.predict_proba(test)[:, 1]
            found = LEAST + (MOST - LEAST) * (found - low) / (high - low)
            rmse = judge_values(test.labels, found, resamples=10).figures["rmse"].value
            figures.append([rmse, found.mean(), found.std(), np.mean((found < LEAST) | (found > MOST))])
            print(f"ratings, {name}, seed {seed}: {figures[-1]}", flush=True)
        rmse, mean, spread, outside = np.mean(figures, axis=0)
        rows.append([name, f"{rmse:.4f}", f"{mean:.3f}", f"{spread:.3f}", f"{outside:.1%}"])
    return markdown(rows)


def as_shares(examples: Examples) -> Examples:
    """Each rating as two rows: of class 1 by how far it is from 1 to 5, and of class 0 by the rest."""
    doubled = examples.take(np.repeat(np.arange(len(examples)), 2))
    share = (examples.labels - LEAST) / (MOST - LEAST)
    labels = np.tile(np.array([1, 0], np.float32), len(examples))
    weights = np.stack([share, 1 - share], axis=1).ravel()
    return Examples(
        labels, doubled.indptr, doubled.features, doubled.fields, doubled.values, weights=weights, space=doubled.space
    )


def scaled(examples: Examples) -> Examples:
    """Ratings from 0 to 1."""
    labels = (examples.labels - LEAST) / (MOST - LEAST)
    return Examples(labels, examples.indptr, examples.features, examples.fields, space=examples.space)


# what is trained by which loss, and what of it stands for the least rating and for the most
OF_VALUES: dict[str, tuple[Task, Callable[[Examples], Examples], int, int]] = {
    "squared error": ("squared", lambda examples: examples, LEAST, MOST),
    "squared error, ratings from 0 to 1": ("squared", scaled, 0, 1),
    "cross-entropy, ratings as shares of two classes": ("logistic", as_shares, 0, 1),
}


def incomes() -> tuple[Examples, Examples]:
    """Adult, numbers in bands of equal counts in the training rows; what is not known is a feature, too."""
    parts = [part.fill_null("?").rows() for part in adult.load()]
    numbers: dict[str, int] = {}
    cells = [banded(part, parts[0]) for part in parts]
    features = [np.array([[numbers.setdefault(one, len(numbers)) for one in row] for row in part]) for part in cells]
    space = FeatureSpace(len(numbers), adult.COLUMNS[:-1], tuple(numbers))
    train, test = (
        one_hot(np.array([row[-1] == adult.POSITIVE for row in part]), ids, space)
        for part, ids in zip(parts, features, strict=True)
    )
    return train, test


def banded(rows: list[tuple[Any, ...]], reference: list[tuple[Any, ...]]) -> list[list[str]]:
    """Name the features of rows: "sex=Male", "age=band 7"."""
    columns = []
    for i, name in enumerate(adult.COLUMNS[:-1]):
        column = [row[i] for row in rows]
        if name in adult.NUMBERS:
            known = np.array([row[i] for row in reference])
            edges = np.unique(np.quantile(known[known > 0], np.linspace(0, 1, 21)[:-1]))
            column = [f"band {band}" for band in np.searchsorted(edges, column, side="right")]
        columns.append([f"{name}={cell}" for cell in column])
    return [list(row) for row in zip(*columns, strict=True)]


def ratings() -> tuple[Examples, Examples, Examples]:
    """User, item and rating: to learn from, to stop by, and to judge by."""
    rows = movielens_100k.load().interactions
    (users, of_users), (items, of_items) = (np.unique(rows[name], return_inverse=True) for name in ("user", "item"))
    names = (*(f"user={user}" for user in users), *(f"item={item}" for item in items))
    features = np.stack([of_users, len(users) + of_items], axis=1)
    examples = one_hot(rows["rating"].to_numpy(), features, FeatureSpace(len(names), ("user", "item"), names))
    examples = examples.take(np.random.default_rng(1).permutation(len(examples)))
    cuts = [len(examples) * tenths // 10 for tenths in (8, 9)]
    return examples[: cuts[0]], examples[cuts[0] : cuts[1]], examples[cuts[1] :]


def one_hot(labels: np.ndarray, features: np.ndarray, space: FeatureSpace) -> Examples:
    """Rows of one feature a field."""
    n, k = features.shape
    fields = np.tile(np.arange(k, dtype=np.int32), n)
    return Examples(
        labels.astype(np.float32), np.arange(n + 1) * k, features.ravel().astype(np.int32), fields, space=space
    )


def markdown(rows: list[list[str]]) -> list[str]:
    """A Markdown table; the first row is its head."""
    return [f"| {' | '.join(row)} |" for row in (rows[0], ["---"] * len(rows[0]), *rows[1:])]


def draw(losses: dict[str, np.ndarray]) -> None:
    """Draw the gradients by score, and the way back from a wrong start."""
    plt.rcParams["svg.hashsalt"] = "losses"
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    scores = np.linspace(-8, 8, 200)
    for name, gradient in GRADIENTS.items():
        left.plot(scores, gradient(scores, np.ones(len(scores))), label=name)
        right.plot(losses[name], label=name)
    left.set(xlabel="score s of a row of class 1", ylabel="∂loss / ∂s", ylim=(-2.2, 2.2))
    left.legend(fontsize=8)
    right.set(xlabel="steps of gradient descent", ylabel="cross-entropy", yscale="log")
    figure.savefig(HERE / "figure.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
