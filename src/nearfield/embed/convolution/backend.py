"""What the networks of this room share. It imports PyTorch: only what runs after `checks.require_deep` imports it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch


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
