"""What everything on PyTorch shares. It imports PyTorch: only what runs after a check of the extra imports it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
