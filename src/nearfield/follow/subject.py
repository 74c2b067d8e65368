"""What is learnt from a folder: how its files are read, and how what is in them becomes a version."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from nearfield.base import Estimator
from nearfield.errors import BadInput
from nearfield.update import Update, update
from nearfield.update.memory import Sample
from nearfield.update.strategies import Strategies


class Reading(ABC):
    """The files of one step, as they are read."""

    @abstractmethod
    def add(self, files: list[Path]) -> None:
        """Read files that are alike; where `BadInput` says that one of them is bad, nothing of them is taken."""

    @abstractmethod
    def data(self) -> Any | None:
        """Return all that was added as one; None where it is nothing."""


class Subject(ABC):
    """What differs between logs, text and rows; all else is done by `Follower`.

    Parameters
    ----------
    first : estimator
        How the first version is fitted.
    memory : int
        How much is kept beside each version to be replayed, in units.
    """

    UNIT: ClassVar[str]  # what is counted
    CONTENT: ClassVar[type]  # what a version holds
    MEMORY: ClassVar[type[Sample[Any]]]

    def __init__(self, first: Estimator, memory: int) -> None:
        self.first, self.memory = first, self.MEMORY(memory, 1).budget

    @abstractmethod
    def kind_of(self, name: str) -> str | None:
        """Return the kind of a file by its name, "parquet" where lines cannot be added; None: it is not meant."""

    def has_heading(self, name: str) -> bool:
        """Whether the first line of a file names the columns."""
        return False

    def alike(self, name: str, file: Path) -> Hashable:
        """Return what files must share to be read at once.

        Parameters
        ----------
        name : str
            Within the folder.
        file : Path
            A part of it, unpacked.
        """
        return self.kind_of(name)

    @abstractmethod
    def reading(self, content: Any | None, temporary: Path) -> Reading:
        """Begin to read what `content` is to learn; None: what the first version is fitted to."""

    @abstractmethod
    def size(self, data: Any) -> int:
        """How many units there are."""

    def fit(self, data: Any) -> Any:
        """Return what the first version holds."""
        model: Any = type(self.first)(**self.first.get_params())
        found = model.fit(data)
        return found if isinstance(found, self.CONTENT) else found.vectors_

    def update(
        self, content: Any, data: Any, memory: Any, strategy: Strategies | None, settings: Mapping[str, Any]
    ) -> Update:
        """Bring `content` up to new data."""
        return update(content, data, strategy=strategy, old=memory, **settings)

    def published(self, content: Any, temporary: Path) -> Any:
        """Return what `Store.publish` is to take for `content`."""
        return content


def checked(function: Callable[..., Any], given: Mapping[str, Any], without: Collection[str]) -> dict[str, Any]:
    """Return options of a function as they are; `BadInput` where it has none of such a name, or one in `without`."""
    known = [name for name in inspect.signature(function).parameters if name not in without]
    for name in given:
        if name not in known:
            raise BadInput(f"{name!r} is no option of {function.__name__} here; expected some of {', '.join(known)}")
    return dict(given)
