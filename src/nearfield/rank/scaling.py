"""Rows in units of their own scale: what rankers train on, whatever the units of features and targets are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nearfield.errors import BadInput
from nearfield.examples import Examples

LIMIT = 1e19  # the square of such a value overflows float32


class Targets(NamedTuple):
    """The mean and the standard deviation of the targets of a regression, in units of the targets."""

    mean: float
    deviation: float


def targets_of(examples: Examples) -> Targets:
    """Return the weighted mean and deviation of labels; where they do not vary, 1 or |mean| in place of the latter."""
    labels = examples.labels.astype(np.float64)
    weights = examples.weights if examples.weights is not None and examples.weights.any() else None
    mean = float(np.average(labels, weights=weights))
    deviation = float(np.sqrt(np.average((labels - mean) ** 2, weights=weights)))
    return Targets(mean, deviation if deviation > 1e-9 * abs(mean) and deviation > 0 else abs(mean) or 1.0)


def standardized(examples: Examples, targets: Targets) -> Examples:
    """Return the same rows with labels less their mean, in units of their deviation."""
    labels = (examples.labels.astype(np.float64) - targets.mean) / targets.deviation
    return _with(examples, labels=labels.astype(np.float32))


def observe_scales(examples: Examples, scales: np.ndarray) -> None:
    """Add the values of all rows to the scales, float32, shape (n_features, 2); see `kernels.scales`."""
    from nearfield.rank.block import Block
    from nearfield.rank.kernels.scales import observe_rows

    block = Block(examples)
    observe_rows(block.rows, scales.ctypes.data)


def scaled(examples: Examples, scales: np.ndarray, *, running: bool = False) -> Examples:
    """Return the same rows with values in units of the scales; with `running`, each is added to its scale first."""
    from nearfield.rank.block import Block
    from nearfield.rank.kernels.scales import scale_rows

    block, values = Block(examples), np.empty(len(examples.features), np.float32)
    scale_rows(block.rows, scales.ctypes.data, running, values.ctypes.data)
    return _with(examples, values=values)


def check_values(examples: Examples) -> None:
    """Refuse values whose squares overflow.

    Raises
    ------
    BadInput
        Naming the row, counted from 1, the feature and the value.
    """
    values = examples.values
    if values is None or not len(values) or (values.max() < LIMIT and values.min() > -LIMIT):
        return
    entry = int(np.argmax(np.abs(values) >= LIMIT))
    row = int(np.searchsorted(examples.indptr, entry, side="right"))
    raise BadInput(
        f"row {row:,}: feature {examples.space.name(int(examples.features[entry]))} has the value {values[entry]:g},"
        f" whose square overflows; expected less than {LIMIT:g} in size: rescale it, or take its logarithm"
    )


def _with(examples: Examples, **changes: np.ndarray) -> Examples:
    return Examples(**examples._arrays() | changes, space=examples.space)
