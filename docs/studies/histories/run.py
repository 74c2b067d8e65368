"""Does it pay to look at a history with the candidate in mind, or in its order, instead of taking its mean?

    python docs/studies/histories/run.py

MovieLens 100k as click-through: will a film be rated 4 or more, from the user, the film, and the films that the user
liked and did not like before. Learns from the first 80 % by time, stops by the next 10 %, and judges by the last 10 %.
Writes `table.md` beside this file; about ten minutes on one core.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from nearfield import WideAndDeep
from nearfield.datasets import movielens_100k
from nearfield.evaluate.ranking import judge_classes
from nearfield.examples import Examples, FeatureSpace

HERE = Path(__file__).parent
LIKED = 4
LONGEST = 25  # of a history: the last films
SEEDS = (1, 2)
FIELDS = ("user", "item", "liked", "disliked")
HISTORIES = {"liked": "item", "disliked": "item"}
SETTINGS: dict[str, Any] = {"hidden_layer_sizes": (64, 32), "dropout": 0.2, "l2": 1e-4, "epochs": 4, "patience": 1}
MODELS: dict[str, dict[str, Any]] = {
    "no history": {"wide_fields": FIELDS[:2], "deep_fields": FIELDS[:2]},
    "mean, embeddings apart": {},
    "mean": {"histories": HISTORIES},
    "attention": {"histories": HISTORIES, "pooling": "attention"},
    "GRU": {"histories": HISTORIES, "pooling": "gru"},
    "LSTM": {"histories": HISTORIES, "pooling": "lstm"},
}


def main() -> None:
    """Train all and write the table."""
    examples = rated()
    cuts = [len(examples) * tenths // 10 for tenths in (8, 9)]
    train, validation, test = examples[: cuts[0]], examples[cuts[0] : cuts[1]], examples[cuts[1] :]
    rows = [["histories", "AUC", "AUC within users", "cross-entropy", "seconds"]]
    for name, settings in MODELS.items():
        figures = []
        for seed in SEEDS:
            started = time.process_time()
            model = WideAndDeep(**SETTINGS, **settings, seed=seed).fit(train, validation=validation)
            seconds = time.process_time() - started
            found = model.predict_proba(test)[:, 1]
            judged = judge_classes(test.labels, found, groups=test.groups, resamples=10).figures
            figures.append([*(judged[key].value for key in ("auc", "gauc", "log_loss")), seconds])
            print(f"{name}, seed {seed}: {figures[-1]}", flush=True)
        means, least, most = (part(figures, axis=0) for part in (np.mean, np.min, np.max))
        cells = [f"{m:.4f} ({a:.4f} to {b:.4f})" for m, a, b in zip(means[:3], least, most, strict=False)]
        rows.append([name, *cells, f"{means[3]:.0f}"])
    table = [f"| {' | '.join(row)} |" for row in (rows[0], ["---"] * len(rows[0]), *rows[1:])]
    head = f"Means over {len(SEEDS)} seeds (least to most); seconds of processor time."
    (HERE / "table.md").write_text("\n".join([head, "", *table]) + "\n", encoding="utf-8")


def rated() -> Examples:
    """A row for each rating, by time, with what its user had liked and not liked until then."""
    data = movielens_100k.load().interactions.sort("time", maintain_order=True)
    (users, of_users), (items, of_items) = (np.unique(data[name], return_inverse=True) for name in ("user", "item"))
    liked = data["rating"].to_numpy() >= LIKED
    starts = np.cumsum([0, len(users), len(items), len(items)])  # each field's first feature
    before: dict[tuple[int, bool], list[int]] = {}
    features: list[int] = []
    fields: list[int] = []
    lengths = []
    for user, item, good in zip(of_users.tolist(), of_items.tolist(), liked.tolist(), strict=True):
        past = [before.setdefault((user, kind), [])[-LONGEST:] for kind in (True, False)]
        entries = [[user], [item], *past]
        for field, own in enumerate(entries):
            features += [int(starts[field]) + one for one in own]
            fields += [field] * len(own)
        lengths.append(sum(map(len, entries)))
        before[user, good].append(item)
    names = [f"{field}={key}" for field, keys in zip(FIELDS, (users, items, items, items), strict=True) for key in keys]
    return Examples(
        liked.astype(np.float32), np.concatenate([[0], np.cumsum(lengths)]), np.array(features, np.int32),
        np.array(fields, np.int32), groups=of_users, times=data["time"].to_numpy(),
        space=FeatureSpace(len(names), FIELDS, tuple(names)),
    )  # fmt: skip


if __name__ == "__main__":
    main()
