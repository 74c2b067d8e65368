"""A fitted GCN, GraphSAGE or LightGCN as a folder, and back: no pickle, and no PyTorch to read it."""

from __future__ import annotations

import os
from dataclasses import field
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from nearfield.base import Estimator
from nearfield.errors import BadInput
from nearfield.files import atomic_folder, read_config, reads_whole_folder, storage_errors, write_config
from nearfield.formats import native
from nearfield.formats.safetensors import read_arrays, write_arrays
from nearfield.vectors import Vectors

KIND = "convolution"
FORMAT_VERSION = 1
WEIGHTS = "weights.safetensors"
ESTIMATORS = ("GCN", "GraphSAGE", "LightGCN")


class SavedEstimator(Estimator):
    """An estimator that can be saved: it says which of its learnt attributes are what.

    Attributes
    ----------
    TABLES : tuple of str
        Vectors; each has a folder of its own within.
    LISTS : tuple of str
        Lists of numbers, or tuples of strings.
    ARRAYS : tuple of str
        Arrays of float32.
    weights_ : dict of str to ndarray of float32
        What the networks have learnt, by PyTorch's names; empty where there is no network.
    """

    TABLES: ClassVar[tuple[str, ...]] = ("vectors_",)
    LISTS: ClassVar[tuple[str, ...]] = ("losses_",)
    ARRAYS: ClassVar[tuple[str, ...]] = ()
    weights_: dict[str, np.ndarray] = field(init=False)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a folder with `weights.safetensors`, the vectors and `config.json`; whole or not at all.

        `nearfield.load` reads it. May raise `NotFitted`.
        """
        parameters = self.get_params()
        tables = {name: getattr(self, name) for name in self.TABLES}
        lists = {name: list(getattr(self, name)) for name in self.LISTS}
        arrays = self.weights_ | {name: getattr(self, name) for name in self.ARRAYS}
        with atomic_folder(path) as folder:
            write_arrays(folder / WEIGHTS, arrays)
            for name, vectors in tables.items():
                native.write(vectors, folder / name.strip("_"))
            content = {"estimator": type(self).__name__, "parameters": parameters, "learnt": lists}
            write_config(folder, KIND, FORMAT_VERSION, content)

    @classmethod
    @reads_whole_folder
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote: an estimator that is fitted, and takes new nodes as it did.

        Raises
        ------
        BadInput
            The folder holds something else, or is damaged: weights that do not fit together, numbers that are none.
        IncompatibleVersion
        StorageError
        """
        folder = Path(path)
        with storage_errors(folder):
            config = read_config(folder, KIND, FORMAT_VERSION)
            if config.get("estimator") != cls.__name__:
                raise BadInput(f"{folder}: holds a {config.get('estimator')!r}; expected a {cls.__name__}")
            model = cls.from_saved(config.get("parameters"), folder / "config.json")
            for name, values in _lists(cls, config.get("learnt"), folder).items():
                setattr(model, name, values)
            if not (folder / WEIGHTS).is_file():
                raise BadInput(f"{folder / WEIGHTS}: is missing; the folder is damaged")
            for name in cls.TABLES:
                setattr(model, name, _read_table(folder / name.strip("_"), cls))
            arrays = read_arrays(folder / WEIGHTS, mmap=False)
            model._check_arrays(arrays, folder / WEIGHTS)
            for name in cls.ARRAYS:
                setattr(model, name, arrays.pop(name))
            model.weights_ = arrays
        return model

    def _shapes(self, n_features: int) -> dict[str, tuple[int, ...]]:
        """The shape that each array of the file should have; None of them is there where there is no network."""
        return {}

    def _check_arrays(self, arrays: dict[str, np.ndarray], file: Path) -> None:
        first = next(iter(arrays.values()), np.empty((0, 0), np.float32))
        wanted = self._shapes(first.shape[-1])
        found = {name: array.shape for name, array in arrays.items()}
        if found != wanted:
            raise BadInput(f"{file}: holds {found}; expected {wanted}; the folder is damaged")
        for name, array in arrays.items():
            if array.dtype != np.float32 or not np.isfinite(array).all():
                raise BadInput(f"{file}: {name} holds what is no finite float32; the folder is damaged")


def _read_table(folder: Path, cls: type[Estimator]) -> Vectors:
    vectors = native.read(folder)
    trained = vectors.metadata.get("trained")
    if not isinstance(trained, dict) or not set(cls.parameter_names()) - {"verbose"} <= set(trained):
        raise BadInput(f"{folder}: does not say how it was trained by {cls.__name__}; the folder is damaged")
    return vectors


def _lists(cls: type[SavedEstimator], given: Any, folder: Path) -> dict[str, Any]:
    whole = isinstance(given, dict) and set(given) == set(cls.LISTS)
    if not whole or not all(isinstance(values, list) for values in given.values()):
        raise BadInput(f"{folder / 'config.json'}: learnt is {given!r:.80}; expected lists for {', '.join(cls.LISTS)}")
    return {name: tuple(values) if values and isinstance(values[0], str) else values for name, values in given.items()}


@reads_whole_folder
def load_convolution(path: str | os.PathLike[str]) -> SavedEstimator:
    """Read whichever estimator a folder holds; see `SavedEstimator.load`."""
    from nearfield.embed import convolution

    name = read_config(Path(path), KIND, FORMAT_VERSION).get("estimator")
    if name not in ESTIMATORS:
        raise BadInput(f"{path}: holds a {name!r}; expected one of {', '.join(ESTIMATORS)}")
    found: type[SavedEstimator] = getattr(convolution, name)
    return found.load(path)
