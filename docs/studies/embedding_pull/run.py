"""How hard should embeddings be regularised?

    python docs/studies/embedding_pull/run.py [MODEL]

Wide & Deep (or another deep ranker) as it is by default, but for `l2`, the L2 regularisation of the embeddings of those
features that a batch touches. It is fitted to five sets, and evaluated on their validation part after each pass; no
test part is read. The validation part is a tenth of the training part, drawn at random, of adult and of the part of
Frappe that is here, and the next 10 % by time of films (liked: rated 4 or more) and news. Of the half of MovieLens 1M
every sixth user is taken. Then all is done with 5,000 rows of each training part, drawn at random. Shown are the log
loss after the pass where it is least, and after the fifth, which is where training ends by default; of Wide & Deep also
the standard deviation over rows of what each part adds to the score, as it is after the fifth pass. Writes `table.md`,
or `MODEL.md`, beside this file; rows that are there already are kept.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from nearfield import Examples
from nearfield.datasets import adult, click_through, frappe
from nearfield.rank import MODELS, Ranker, WideAndDeep

HERE = Path(__file__).parent
PULLS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
CLOSE = (0.01, 0.03, 0.1)  # for other models than Wide & Deep
PASSES = 5
FEW = 5000  # rows of the small sets
HEAD = ["rows", "l2", "log loss, best pass", "pass", "log loss, fifth pass", "deviation, wide", "deviation, deep"]
Parts = tuple[Examples, Examples]


def main() -> None:
    """Fit all and write the table."""
    name = sys.argv[1] if len(sys.argv) > 1 else WideAndDeep.__name__
    path = HERE / ("table.md" if name == WideAndDeep.__name__ else f"{name}.md")
    rows = earlier(path)
    for part, (load, n_rows) in SETS.items():
        pulls = PULLS if name == WideAndDeep.__name__ else CLOSE
        absent = [pull for pull in pulls if not any(row[:2] == [part, f"{pull:g}"] for row in rows)]
        if not absent:
            continue
        train, validation = load()
        if n_rows:
            train = train.take(np.sort(np.random.default_rng(2).permutation(len(train))[:n_rows]))
        for pull in absent:
            rows.append(row_of(MODELS[name], part, pull, train, validation))
            print(*rows[-1], flush=True)
            lines = [HEAD, ["---"] * len(HEAD), *rows]
            path.write_text("".join(f"| {' | '.join(line)} |\n" for line in lines), encoding="utf-8")


def row_of(kind: type[Ranker], part: str, pull: float, train: Examples, validation: Examples) -> list[str]:
    """Fit one model and return its row of the table."""
    model = kind(l2=pull, epochs=PASSES, patience=PASSES)
    model.fit(train, validation=validation)
    losses = model.validation_losses_
    best = int(np.argmin(losses))
    deviations = ["–", "–"]
    if isinstance(model, WideAndDeep):
        # `fit` goes back to the best pass; this is the model that the fifth has left
        last = WideAndDeep(l2=pull, epochs=PASSES).fit(train)
        deviations = [f"{deviation:.4f}" for deviation in deviations_of(last, validation)]
    return [part, f"{pull:g}", f"{losses[best]:.4f}", str(best + 1), f"{losses[-1]:.4f}", *deviations]


def deviations_of(model: WideAndDeep, rows: Examples) -> tuple[float, float]:
    """Return the standard deviation over rows of the score's wide part, and of its deep part."""
    chances = np.clip(model.foretell(rows).astype(np.float64), 1e-7, 1 - 1e-7)
    wide = rows.to_scipy() @ model.wide_weights_
    return float(np.std(wide)), float(np.std(np.log(chances) - np.log1p(-chances) - wide))


def earlier(path: Path) -> list[list[str]]:
    """Return the rows of a table that is there already."""
    if not path.exists():
        return []
    lines = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in path.read_text().splitlines()]
    return lines[2:] if lines[:1] == [HEAD] else []


def with_validation(whole: Examples) -> Parts:
    """Hold out a tenth, drawn at random."""
    order = np.random.default_rng(1).permutation(len(whole))
    cut = len(order) // 10
    return whole.take(np.sort(order[cut:])), whole.take(np.sort(order[:cut]))


def by_time(parts: click_through.ClickThrough) -> Parts:
    """The first 80 % and the next 10 %."""
    return parts.train, parts.validation


def of_some_users() -> Parts:
    """The rows of every sixth user of the half of MovieLens 1M."""
    train, validation = (
        part.take(np.flatnonzero(part.groups % 6 == 0)) for part in by_time(click_through.ml_1m_half())
    )
    return train, validation


LOADERS: dict[str, Callable[[], Parts]] = {
    "adult": lambda: with_validation(adult.examples()[0]),
    "Frappe, a part": lambda: with_validation(frappe.load().train),
    "MovieLens 100k": lambda: by_time(click_through.ml_100k()),
    "MovieLens 1M, a twelfth": of_some_users,
    "MIND, a cut": lambda: by_time(click_through.mind()),
}
SETS: dict[str, tuple[Callable[[], Parts], int]] = {name: (load, 0) for name, load in LOADERS.items()} | {
    f"{name}, {FEW:,} rows": (load, FEW) for name, load in LOADERS.items()
}


if __name__ == "__main__":
    main()
