"""How hard should embeddings be pulled to zero?

    python docs/studies/embedding_pull/run.py

Wide & Deep as it is by default, but for `l2`, which pulls at the embeddings of the features that a batch touches, and
for `patience`: it stops the first time that rows put aside are told worse. It learns from adult, from the part of
Frappe that is here (what was made for validation), and from MovieLens 100k as click-through (liked: rated 4 or more).
Put aside is a tenth of what trains in the first two, drawn at random, and the next 10 % by time in the third; the test
part judges. Writes `table.md` beside this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nearfield import Examples, WideAndDeep, ranking_quality
from nearfield.datasets import adult, click_through, frappe

HERE = Path(__file__).parent
PULLS = (0.0, 0.03, 0.1, 0.3, 1.0)
PASSES = 15  # at most
HEAD = ["rows", "l2", "passes", "log loss, rows put aside", "log loss, test", "AUC, test"]
Parts = tuple[Examples, Examples, Examples]


def main() -> None:
    """Train all and write the table."""
    rows = [HEAD, ["---"] * len(HEAD)]
    for name, (train, validation, test) in parts():
        for pull in PULLS:
            model = WideAndDeep(l2=pull, epochs=PASSES, patience=1).fit(train, validation=validation)
            passes = int(np.argmin(model.validation_losses_)) + 1
            figures = ranking_quality(model, test, resamples=10).figures
            shown = min(model.validation_losses_), figures["log_loss"].value, figures["auc"].value
            rows.append([name, f"{pull:g}", str(passes), *(f"{one:.4f}" for one in shown)])
            print(*rows[-1], flush=True)
    table = [f"| {' | '.join(row)} |" for row in rows]
    (HERE / "table.md").write_text("\n".join(table) + "\n", encoding="utf-8")


def parts() -> Iterator[tuple[str, Parts]]:
    """Yield each set with the rows to learn from, to stop by and to judge by."""
    for name, (whole, test) in (("adult", adult.examples()), ("Frappe, a part", frappe.load())):
        order = np.random.default_rng(1).permutation(len(whole))
        cut = len(order) // 10
        yield name, (whole.take(np.sort(order[cut:])), whole.take(np.sort(order[:cut])), test)
    yield "MovieLens 100k", click_through.ml_100k()


if __name__ == "__main__":
    main()
