"""Some rows of examples as the tensors that a network takes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch

from nearfield.examples import Examples
from nearfield.rank.deep.bags import Bags, Entries, bags_of, entries_of, sequences_of
from nearfield.rank.deep.layout import Layout


class Lookup(NamedTuple):
    """Rows of a table that are looked up, and what is added up of them (see `bags.Bags`)."""

    ids: torch.Tensor
    at: torch.Tensor
    shares: torch.Tensor
    offsets: torch.Tensor


class History(NamedTuple):
    """A field as sequences (see `bags.Sequences`), its place, and that of its candidate."""

    place: int
    candidate: int
    at: torch.Tensor
    values: torch.Tensor
    lengths: torch.Tensor


class Batch(NamedTuple):
    """n rows: a bag each for the linear part, a bag a field each for the network, histories, and the group of each."""

    n_rows: int
    linear: Lookup | None
    deep: Lookup | None
    histories: list[History]
    labels: torch.Tensor
    weights: torch.Tensor | None
    groups: np.ndarray | None


def batch_of(examples: Examples, order: np.ndarray, layout: Layout, longest: int, device: str) -> Batch:
    """Return the rows at these places, int64, shape (n,); `longest` is how many entries of a history are seen."""
    entries = entries_of(examples, order)
    linear, deep, histories = None, None, []
    if layout.wide.any():
        linear = _lookup(_linear_bags(entries, layout, len(order)), mean=False, device=device)
    if layout.n_deep:
        bags = _field_bags(entries, layout, len(order))
        deep = _lookup(bags, mean=True, device=device)
        histories = [_history(bags, pair, layout.n_deep, longest, device) for pair in layout.histories]
    weights = None if examples.weights is None else _tensor(examples.weights[order], device)
    groups = None if examples.groups is None else examples.groups[order]
    return Batch(len(order), linear, deep, histories, _tensor(examples.labels[order], device), weights, groups)


def _linear_bags(entries: Entries, layout: Layout, n_rows: int) -> Bags:
    kept = layout.wide[entries.fields]
    if kept.all():
        return bags_of(entries.features, entries.rows, entries.values, n_rows)
    return bags_of(entries.features[kept], entries.rows[kept], entries.values[kept], n_rows)


def _field_bags(entries: Entries, layout: Layout, n_rows: int) -> Bags:
    places = layout.deep[entries.fields]
    kept = places >= 0
    rows = entries.features if layout.rows is None else layout.rows[entries.features]
    bags = entries.rows * layout.n_deep + places
    return bags_of(rows[kept], bags[kept], entries.values[kept], n_rows * layout.n_deep)


def _lookup(bags: Bags, *, mean: bool, device: str) -> Lookup:
    shares = bags.shares() if mean else bags.values
    return Lookup(*(_tensor(array, device) for array in (bags.ids, bags.at, shares, bags.offsets)))


def _history(bags: Bags, pair: tuple[int, int], n_fields: int, longest: int, device: str) -> History:
    place, candidate = pair
    numbers = np.arange(place, len(bags.offsets) - 1, n_fields)
    return History(place, candidate, *(_tensor(array, device) for array in sequences_of(bags, numbers, longest)))


def _tensor(array: Any, device: str) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array)).to(device)
