"""Admission of rare features: which of them a model gets to see (McMahan et al., KDD 2013, section 3.1).

Half of the features of a log may come once, and then teach nothing but cost memory. A policy filters examples block by
block, in the order of time, before a model learns from them; `admission_policies` has those that there are.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import field
from pathlib import Path
from typing import Any

import numpy as np

from nearfield.arrays import mapped
from nearfield.base import Estimator
from nearfield.errors import BadInput, IncompatibleVersion
from nearfield.examples import Examples, check_examples
from nearfield.feature_space import FeatureSpace, read_space, space_config, write_space
from nearfield.files import atomic_folder, read_config, reads_whole_folder, write_config
from nearfield.rank.features.translation import translated

KIND = "admission"
FORMAT_VERSION = 1


class Admission(Estimator, ABC):
    """Base of the policies: each remembers what it has seen, so that blocks can be as long as they like."""

    space_: FeatureSpace | None = field(default=None, init=False)  # of all rows so far
    _memory: np.ndarray = field(init=False)
    _seen: int = field(default=0, init=False)  # entries so far

    def __post_init__(self) -> None:
        """Check the parameters and take memory."""
        self._check_parameters()
        self._memory = self._new_memory()

    def admit(self, examples: Examples) -> Examples:
        """Count the entries of some rows, and return the rows without those of features that are not admitted (yet).

        No row is dropped. The rows come back in the space of all rows so far: what is called alike is counted as one
        feature, however rows were read.
        """
        check_examples(examples)
        examples = examples if self.space_ is None else translated(examples, self.space_, unknown="grow")
        self.space_ = examples.space
        kept = np.empty(len(examples.features), bool)
        self._see(examples, kept)
        self._seen += len(kept)
        return _with_entries(examples, kept)

    def only_admitted(self, examples: Examples) -> Examples:
        """Return rows, such as those of a test, without the entries of features not admitted; nothing is counted."""
        check_examples(examples)
        examples = examples if self.space_ is None else translated(examples, self.space_)
        return _with_entries(examples, self._known(examples))

    @property
    def nbytes(self) -> int:
        """The memory that it takes now, in bytes."""
        return self._memory.nbytes

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a folder with all that is needed to go on as if it had not been saved; whole or not at all.

        It belongs beside the model that learns from what is admitted, which knows nothing of it.
        """
        parameters = self.get_params()
        content: dict[str, Any] = {"policy": type(self).__name__, "parameters": parameters, "seen": self._seen}
        with atomic_folder(path) as folder:
            np.save(folder / "memory.npy", self._memory)
            if self.space_ is not None:
                write_space(folder, self.space_)
                content["space"] = space_config(self.space_)
            write_config(folder, KIND, FORMAT_VERSION, content)

    def _resume(self, memory: np.ndarray, seen: int) -> None:
        """Take what was saved."""
        self._memory, self._seen = memory, seen

    @abstractmethod
    def _new_memory(self) -> np.ndarray:
        """What is remembered before anything is seen."""

    @abstractmethod
    def _see(self, examples: Examples, kept: np.ndarray) -> None:
        """Count the entries; write which are to stay into `kept`."""

    @abstractmethod
    def _known(self, examples: Examples) -> np.ndarray:
        """Return which entries are of features that are admitted, bool, shape (m,)."""


@reads_whole_folder
def load_admission(path: str | os.PathLike[str]) -> Admission:
    """Read what a policy's `save` wrote: it goes on as the saved one would."""
    from nearfield.rank.features.admission_policies import POLICIES

    folder = Path(path)
    config = read_config(folder, KIND, FORMAT_VERSION)
    policy = POLICIES.get(str(config.get("policy")))
    if policy is None:
        raise IncompatibleVersion(
            f"{folder / 'config.json'}: policy is {config.get('policy')!r}; this version knows {', '.join(POLICIES)}"
        )
    made = policy.from_saved(config.get("parameters"), folder / "config.json")
    memory, seen = np.array(mapped(folder / "memory.npy")), config.get("seen")
    known = made._memory
    if memory.dtype != known.dtype or memory.ndim != 1 or len(memory) < len(known):
        raise BadInput(f"{folder / 'memory.npy'}: holds {memory.dtype} {memory.shape}; expected {known.dtype}")
    if not isinstance(seen, int) or seen < 0:
        raise BadInput(f"{folder / 'config.json'}: seen is {seen!r}; the folder is damaged")
    made._resume(memory, seen)
    if isinstance(config.get("space"), dict):
        made.space_ = read_space(folder, config["space"])
    return made


def _with_entries(examples: Examples, kept: np.ndarray) -> Examples:
    """Return all rows with some of their entries only; `kept` is bool, shape (m,)."""
    before = np.concatenate([[0], np.cumsum(kept)])
    fields, values = (None if array is None else array[kept] for array in (examples.fields, examples.values))
    return examples.with_entries(before[examples.indptr], examples.features[kept], fields, values, examples.space)
