"""AdaGrad and Adam against PyTorch's own, dense and of a few rows; FTRL is held against `LogisticRegression`."""

import pytest
import torch

from nearfield.rank.deep.steps import STEPS
from nearfield.rank.deep.tables import Table


@pytest.mark.parametrize(("name", "theirs"), [("adagrad", torch.optim.Adagrad), ("adam", torch.optim.Adam)])
def test_dense_steps_are_those_of_pytorch(name, theirs):
    random = torch.Generator().manual_seed(1)
    start, slopes = torch.randn(5, 3, generator=random), torch.randn(20, 5, 3, generator=random)
    ours, other = start.clone(), torch.nn.Parameter(start.clone())
    step, kept = STEPS[name]
    memory, optimizer = [torch.zeros(5, 3) for _ in range(kept)], theirs([other], lr=0.1)
    for time, slope in enumerate(slopes, 1):
        step(ours, slope, memory, 0.1, time)
        other.grad = slope
        optimizer.step()
    torch.testing.assert_close(ours, other.detach(), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize(("name", "theirs"), [("adagrad", torch.optim.Adagrad), ("adam", torch.optim.SparseAdam)])
def test_rows_that_a_batch_does_not_touch_stay(name, theirs):
    random = torch.Generator().manual_seed(2)
    table = Table(3, name, 0.0, 1.0, 1, "cpu")
    table.grow(8)
    start = table.weights.clone()
    other = torch.nn.Parameter(start.clone())
    optimizer = theirs([other], lr=0.1)
    for time in range(1, 15):
        ids = torch.randperm(6, generator=random)[:2].sort().values
        rows, slope = table.lookup(ids), torch.randn(2, 3, generator=random)
        rows.grad = slope
        table.change(ids, rows, 0.1, time)
        other.grad = torch.sparse_coo_tensor(ids.unsqueeze(0), slope, (8, 3), check_invariants=True)
        optimizer.step()
    torch.testing.assert_close(table.weights, other.detach(), atol=1e-5, rtol=1e-4)
    assert torch.equal(table.weights[6:], start[6:])


def test_a_table_that_grows_has_the_rows_of_a_large_one():
    small, large = (Table(3, "adam", 0.0, 0.5, 7, "cpu") for _ in range(2))
    small.grow(4)
    small.grow(9)
    large.grow(9)
    assert torch.equal(small.weights, large.weights)
    assert 0.2 < large.weights.std() < 0.9


def test_l2_pulls_at_what_is_touched():
    table = Table(2, "adagrad", 0.5, 1.0, 1, "cpu")
    table.grow(2)
    before, ids = table.weights.clone(), torch.tensor([1])
    rows = table.lookup(ids)
    rows.grad = torch.zeros(1, 2)
    table.change(ids, rows, 0.1, 1)
    assert torch.equal(table.weights[0], before[0])
    torch.testing.assert_close(
        table.weights[1], before[1] - 0.1 * before[1].sign()
    )  # AdaGrad's first step: rate · sign
