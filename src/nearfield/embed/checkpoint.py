"""Checkpoints: all that a killed run needs to go on, in a folder that is whole or not there."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from nearfield.embed.model import Model
from nearfield.embed.shard import Shard
from nearfield.errors import BadInput, StorageError
from nearfield.files import atomic_folder, check_folder_target, read_config, write_config

KIND = "checkpoint"
FORMAT_VERSION = 1
TABLES = ("input", "output")


class Checkpoint:
    """Saves a run's tables and shards under `path` and brings them back.

    `settings` are the estimator's parameters and what the sequences look like; a run can only go on with the same.
    """

    def __init__(self, path: str | os.PathLike[str], settings: dict[str, Any]) -> None:
        self.path = Path(path)
        self.settings = settings
        check_folder_target(self.path, KIND)

    def save(self, model: Model, shards: list[Shard]) -> None:
        """Replace what the folder holds by the state of now; where the disk refuses, warn: training is worth more."""
        try:
            with atomic_folder(self.path) as folder:
                for name in TABLES:
                    np.save(folder / f"{name}.npy", getattr(model, name))
                content = {"settings": self.settings, "shards": [shard.state() for shard in shards]}
                write_config(folder, KIND, FORMAT_VERSION, content)
        except StorageError as error:
            warnings.warn(f"no checkpoint was saved, and training goes on: {error}", stacklevel=2)

    def restore(self, model: Model, shards: list[Shard]) -> bool:
        """Bring tables and shards to the saved state; return whether there was one."""
        if not self.path.exists():
            return False
        config = read_config(self.path, KIND, FORMAT_VERSION)
        self._check(config.get("settings"), config.get("shards"), len(shards))
        for name in TABLES:
            _read_into(self.path / f"{name}.npy", getattr(model, name))
        for shard, state in zip(shards, config["shards"], strict=True):
            if (fault := _fault(state, shard)) is not None:
                raise BadInput(f"{self.path / 'config.json'}: a worker's {fault}; the checkpoint is damaged")
            shard.restore(state)
        return True

    def _check(self, settings: object, states: object, n_shards: int) -> None:
        if not isinstance(settings, dict) or not isinstance(states, list):
            raise BadInput(f"{self.path / 'config.json'}: holds no settings or shards; the checkpoint is damaged")
        for name, wanted in self.settings.items():
            if settings.get(name) != wanted:
                raise BadInput(
                    f"{self.path}: the checkpoint was made with {name} {settings.get(name)!r}, this run has {wanted!r};"
                    " use the same, or start without resume"
                )
        if len(states) != n_shards:
            raise BadInput(f"{self.path}: the checkpoint has {len(states)} workers, this run {n_shards}; use the same")


def _fault(state: Any, shard: Shard) -> str | None:
    """What is wrong with the saved state of a worker, in words; None where nothing is."""
    if not isinstance(state, dict):
        return f"state is {state!r:.40}"
    epochs = shard.model.epochs
    for name, low, high in (("epoch", 0, epochs), ("next", shard.start, shard.stop), ("random", 0, (1 << 64) - 1)):
        value = state.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            return f"{name} is {value!r:.40}; expected a whole number of {low} to {high}"
    try:
        loss = np.array(state.get("loss"), np.float64)
    except (TypeError, ValueError):
        loss = np.empty(0)
    return None if loss.shape == shard.loss.shape and np.isfinite(loss).all() else "losses are not one for each epoch"


def _read_into(path: Path, table: np.ndarray) -> None:
    try:
        saved = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BadInput(f"{path}: cannot be read ({error}); the checkpoint is damaged") from error
    if saved.shape != table.shape or saved.dtype != table.dtype:
        raise BadInput(f"{path}: {saved.dtype} {saved.shape}; expected {table.dtype} {table.shape}")
    table[:] = saved
