"""Labels as files have them, and as models need them: 0 and 1, or numbers."""

from __future__ import annotations

import numpy as np

from nearfield.errors import BadInput


class Labels:
    """From labels of files to those of models.

    Parameters
    ----------
    positive : str, float or None
        The label that becomes 1; all others become 0. With None labels are numbers and stay as they are, but for -1
        and 1, which become 0 and 1 as long as no other label is there.
    classes : bool
        False: labels are values, and without `positive` all stay as they are.
    """

    def __init__(self, positive: str | float | None, *, classes: bool = True) -> None:
        self.positive = positive
        # whether the labels are -1 and 1; None as long as nothing tells
        self._signed: bool | None = None if classes else False
        if positive is not None and not isinstance(positive, str | int | float):
            raise BadInput(f"positive is {positive!r}; expected the label that counts as 1")

    def of_numbers(self, labels: np.ndarray, where: str) -> np.ndarray:
        """Return the labels of a block, float32; `where` names the file for a message."""
        if self.positive is not None:
            return (labels == np.float32(self._number())).astype(np.float32)
        others = (labels != 1) & (labels != -1)
        if others.any():
            if self._signed:
                found = labels[others][0]
                raise BadInput(
                    f"{where}: labels were -1 and 1, and now one is {found:g}; say positive=1 for classes, or"
                    " classes=False for values"
                )
            self._signed = False
        elif self._signed is None and np.any(labels == -1):
            self._signed = True
        return np.where(labels == -1, np.float32(0), labels) if self._signed else labels

    def _number(self) -> float:
        try:
            return float(self.positive or 0)
        except ValueError:
            raise BadInput(f"positive is {self.positive!r}; the labels of this file are numbers") from None
