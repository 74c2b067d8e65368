"""What the networks of this room share. It imports PyTorch: only what runs after `checks.require_deep` imports it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


@contextmanager
def repeatable(seed: int, workers: int | None) -> Iterator[None]:
    """Draw from a seed and use so many threads; afterwards PyTorch's own state is what it was before."""
    threads = torch.get_num_threads()
    # the sparse tensors are ours; where nobody says whether to check them, PyTorch warns of it
    with torch.random.fork_rng(devices=[]), torch.sparse.check_sparse_tensor_invariants(enable=False):
        torch.manual_seed(seed)
        torch.set_num_threads(workers or threads)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


def to_tensor(matrix: Any) -> torch.Tensor:
    """Return an ndarray, or a scipy sparse matrix as CSR, as a float32 tensor."""
    if isinstance(matrix, np.ndarray):
        return torch.from_numpy(np.array(matrix, np.float32))
    rows = matrix.tocsr()
    offsets, columns = (torch.from_numpy(part.astype(np.int64)) for part in (rows.indptr, rows.indices))
    return csr_tensor(offsets, columns, torch.from_numpy(rows.data.astype(np.float32)), rows.shape)


def csr_tensor(offsets: torch.Tensor, columns: torch.Tensor, values: torch.Tensor, shape: Any) -> torch.Tensor:
    """Make a CSR tensor; PyTorch calls these beta, which is no news for the user."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support")
        return torch.sparse_csr_tensor(offsets, columns, values, tuple(shape))
