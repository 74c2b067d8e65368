"""What the networks of this room share. It imports PyTorch: only what runs after `checks.require_deep` imports it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import torch

Module = TypeVar("Module", bound=torch.nn.Module)


def weights_of(network: torch.nn.Module) -> dict[str, np.ndarray]:
    """Return a copy of what a network has learnt, float32, by PyTorch's names."""
    return {name: values.detach().numpy().copy() for name, values in network.state_dict().items()}


def with_weights(make: Callable[[], Module], weights: dict[str, np.ndarray]) -> Module:
    """Make a network and give it what another one has learnt; its random start leaves PyTorch's state as it was."""
    with torch.random.fork_rng(devices=[]):
        network = make()
    network.load_state_dict({name: torch.from_numpy(values) for name, values in weights.items()})
    return network.eval()


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
