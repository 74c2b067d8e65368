"""Arrays out of old pickles. A pickle can run any code: this reader knows the names of arrays, and refuses others."""

from __future__ import annotations

import pickle
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from nearfield.errors import BadInput


class Stored:
    """What a pickle says of a sparse matrix: its attributes, unchecked."""


class ArrayUnpickler(pickle.Unpickler):
    """Reads ndarrays, scipy CSR matrices (as `Stored`), and dicts of lists, as Python 2 wrote them; nothing else."""

    known = {  # noqa: RUF012
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
        ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
        ("scipy.sparse.csr", "csr_matrix"): Stored,
        ("collections", "defaultdict"): defaultdict,
        ("__builtin__", "list"): list,
    }

    def find_class(self, module: str, name: str) -> Any:
        """Return what an array is made with; may raise `pickle.UnpicklingError`."""
        try:
            return self.known[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is no part of an array") from None


def read_arrays(path: Path) -> Any:
    """Read an ndarray, a scipy CSR matrix or a dict of lists.

    Raises
    ------
    BadInput
        The file is no pickle, is cut short, asks for anything but arrays, or its arrays do not fit together.
    """
    from scipy.sparse import csr_matrix

    try:
        with path.open("rb") as file:
            found = ArrayUnpickler(file, encoding="latin1").load()
        if isinstance(found, Stored):
            parts = vars(found)
            matrix = csr_matrix((parts["data"], parts["indices"], parts["indptr"]), shape=parts["_shape"])
            matrix.check_format()
            return matrix
    except Exception as error:  # a hostile pickle may raise anything
        raise BadInput(f"{path}: {error!s:.200}; expected pickled arrays") from error
    if not isinstance(found, np.ndarray | dict):
        raise BadInput(f"{path}: holds a {type(found).__name__}; expected an array, a matrix or a dict of lists")
    return found
