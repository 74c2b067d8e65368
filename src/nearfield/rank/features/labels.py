"""Labels as files have them, and as models need them: 0 and 1, or numbers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from nearfield.errors import BadInput, warn
from nearfield.rank.features.cells import number_name

if TYPE_CHECKING:
    import polars

SHOWN = 8  # labels that a message names


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
        # whether the labels are -1 and 1; None as long as nothing shows it
        self._signed: bool | None = None if classes else False
        self._matched = False
        self._others: Counter[str] = Counter()  # until the positive one has come
        if positive is not None and not isinstance(positive, str | int | float | np.number | np.bool):
            raise BadInput(f"positive is {positive!r}; expected the label that counts as 1")

    def of_numbers(self, labels: np.ndarray, where: str) -> np.ndarray:
        """Return the labels of a block, float32; `where` names the file for a message."""
        if self.positive is not None:
            flags = labels == np.float32(self._number())
            if not self._matched and not flags.any():
                distinct, counts = np.unique(labels, return_counts=True)
                self._count([f"{label:g}" for label in distinct.tolist()], counts.tolist())
            self._matched = self._matched or bool(flags.any())
            return flags.astype(np.float32)
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

    def of_texts(self, labels: polars.Series) -> np.ndarray:
        """Return the labels of a block, float32, from what they are called (see `cells.named`)."""
        flags = (labels == number_name(str(self.positive).strip())).to_numpy()
        if not self._matched and not flags.any():
            distinct = labels.value_counts()
            self._count(*(distinct[name].to_list() for name in distinct.columns))
        self._matched = self._matched or bool(flags.any())
        return flags.astype(np.float32)

    def check(self, where: str, *, known: bool) -> None:
        """Refuse labels none of which was the positive one; where a space is `known` all may be the other one.

        Raises
        ------
        BadInput
            With the labels that there are.
        """
        if self.positive is None or self._matched or not self._others:
            return
        shown = ", ".join(f"{label} ({n:,})" for label, n in self._others.most_common(SHOWN))
        if known and len(self._others) == 1 and not self._alike(next(iter(self._others))):
            warn(f"{where}: no label is {self.positive!r}; all are {shown}")
            return
        more = f" and {len(self._others) - SHOWN:,} more" if len(self._others) > SHOWN else ""
        raise BadInput(
            f"{where}: positive= names {self.positive!r}, and no label is that; the labels are {shown}{more}"
        )

    def _alike(self, label: str) -> bool:
        """Whether a label differs from the positive one by case, blanks or dots alone."""
        plain = (text.casefold().strip(" .'\"") for text in (label, str(self.positive)))
        return next(plain) == next(plain)

    def _count(self, labels: list[str], counts: list[int]) -> None:
        self._others.update(dict(zip(labels, counts, strict=True)))

    def _number(self) -> float:
        try:
            return float(self.positive or 0)
        except ValueError:
            raise BadInput(f"positive= names {self.positive!r}; the labels of this file are numbers") from None
