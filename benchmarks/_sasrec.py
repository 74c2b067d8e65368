"""SASRec (Kang & McAuley 2018, arXiv:1808.09781) by RecTools, for `items.py`; in an environment of its own.

RecTools 0.19 wants another NumPy than we do, so this file imports nothing of ours and speaks through files:

    python -m venv .venv-sasrec
    .venv-sasrec/bin/pip install "rectools==0.19.0" pytorch-lightning "torch==2.13.0"

`_sasrec.py FOLDER` reads `train.npz` (tokens, offsets: histories; targets: what came next in each, -1: unknown) and
`settings.json`, and writes `answer.json`. As in the paper (section 4.3), it trains on the histories, stops when
`patience` rounds of `every` epochs have brought no better NDCG on the targets, or after 200 epochs or `max_seconds` of
processor time, goes back to the best round, and is then asked with the target at the end of each history: ten items
that are not in it, with the seconds up to the best round.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from pytorch_lightning import Trainer
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import SASRecModel

K = 10
MAX_EPOCHS = 200


def main(folder: Path) -> None:
    warnings.filterwarnings("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    settings = json.loads((folder / "settings.json").read_text())
    arrays = np.load(folder / "train.npz")
    torch.manual_seed(1)
    torch.set_num_threads(settings.pop("threads"))
    stop = {name: settings.pop(name) for name in ("every", "patience", "max_seconds")}
    tokens, offsets, targets = arrays["tokens"], arrays["offsets"], arrays["targets"]
    model = SASRecModel(get_trainer_func=trainer, recommend_use_torch_ranking=True, **settings)
    answer = train(model, dataset_of(tokens, offsets), targets, **stop)
    answer["lists"] = lists(model, dataset_of(*with_targets(tokens, offsets, targets)), len(targets))
    (folder / "answer.json").write_text(json.dumps(answer))


def trainer() -> Trainer:
    """No checkpoints, no logs, no bar."""
    quiet = {
        "enable_checkpointing": False,
        "logger": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    return Trainer(accelerator="cpu", min_epochs=1, max_epochs=1, **quiet)


def dataset_of(tokens: np.ndarray, offsets: np.ndarray) -> Dataset:
    """A row an event; the place in the history stands for the time."""
    users = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    start = pd.Timestamp("2020-01-01")
    times = start + pd.to_timedelta(np.arange(len(tokens)) - np.repeat(offsets[:-1], np.diff(offsets)), unit="s")
    columns = {Columns.User: users, Columns.Item: tokens, Columns.Weight: 1.0, Columns.Datetime: times}
    return Dataset.construct(pd.DataFrame(columns))


def with_targets(tokens: np.ndarray, offsets: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The histories with what came next at their ends."""
    known = targets >= 0
    longer = np.insert(tokens, offsets[1:][known], targets[known])
    return longer, offsets + np.concatenate([[0], np.cumsum(known)])


def train(
    model: SASRecModel, dataset: Dataset, targets: np.ndarray, *, every: int, patience: int, max_seconds: float
) -> dict[str, Any]:
    """Train until the validation no longer gets better; leave the model as it was at its best."""
    best, worse, epochs, kept = {"ndcg": -1.0}, 0, 0, {}
    wall, cpu = 0.0, 0.0
    while worse < patience and epochs < MAX_EPOCHS and cpu < max_seconds:
        started = time.perf_counter(), time.process_time()
        model.fit_partial(dataset, every, every)
        wall, cpu = wall + time.perf_counter() - started[0], cpu + time.process_time() - started[1]
        epochs, worse = epochs + every, worse + 1
        score = ndcg(lists(model, dataset, len(targets)), targets)
        print(f"{epochs} epochs, {cpu:.0f} s: NDCG@{K} {score:.4f}", file=sys.stderr, flush=True)
        if score > best["ndcg"]:
            best, worse = {"ndcg": score, "epochs": epochs, "seconds": wall, "cpu_seconds": cpu}, 0
            kept = {name: value.clone() for name, value in model.torch_model.state_dict().items()}
    model.torch_model.load_state_dict(kept)
    return best


def lists(model: SASRecModel, dataset: Dataset, n_users: int) -> list[list[int]]:
    """Ten unseen items for each user; none for one whose history is too short for SASRec."""
    table = model.recommend(np.arange(n_users), dataset, k=K, filter_viewed=True, on_unsupported_targets="ignore")
    found: list[list[int]] = [[] for _ in range(n_users)]
    for user, item in zip(table[Columns.User], table[Columns.Item], strict=True):
        found[user].append(int(item))
    return found


def ndcg(found: list[list[int]], targets: np.ndarray) -> float:
    """The mean of 1 / log2(1 + rank), 0 where the target is not in the list."""
    ranks = [one.index(target) + 1 if target in one else 0 for one, target in zip(found, targets, strict=True)]
    return float(np.mean([1 / np.log2(1 + rank) if rank else 0.0 for rank in ranks]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
