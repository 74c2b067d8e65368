"""What an update has done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nearfield.vectors import Vectors

SHOWN = 5


@dataclass(frozen=True)
class Update:
    """An updated embedding or ranker, and what has changed.

    Attributes
    ----------
    content : Vectors, EGES or Ranker
        The new one; what was given to `update` is as it was.
    strategy : str
        Such as "replay+lwf".
    seconds : float
        By the clock.
    trained_on : int
        Tokens, walks or rows of an epoch, replayed ones among them.
    new_keys, dropped_keys : tuple of str
        Keys, or features of a ranker, that came and went.
    figures : dict of str to float
        What was measured. Vectors: "overlap@10" (see `neighbour_overlap`) and "similarity to the previous version" (the
        mean of `similarity_to_previous`), both over keys that the old vectors have, and "untouched overlap@10" over
        those of them that the new data do not name. Rankers: "log loss" or "squared error" on the new rows "before" and
        "after".
    users : Vectors or None
        The rows of users, where `update` was told whose the new sequences are.
    """

    content: Any
    strategy: str
    seconds: float
    trained_on: int
    new_keys: tuple[str, ...] = ()
    dropped_keys: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    users: Vectors | None = None

    @classmethod
    def since(
        cls, before: Vectors, content: Any, strategy: str, seconds: float, trained_on: int, touched: Iterable[str]
    ) -> Update:
        """Return what an update has made of the vectors `before`; `touched` are the keys that the new data name."""
        from nearfield.update.stability import figures_of

        found = cls(content, strategy, seconds, trained_on)
        after = found.vectors
        return replace(
            found,
            new_keys=tuple(key for key in after.keys if key not in before),
            dropped_keys=tuple(key for key in before.keys if key not in after),
            figures=figures_of(before, after, touched),
        )

    @property
    def vectors(self) -> Any:
        """The updated vectors; of an EGES, those of its items."""
        return getattr(self.content, "vectors_", self.content)

    def as_dict(self) -> dict[str, Any]:
        """Return all but the content, as JSON holds it."""
        return {
            "strategy": self.strategy,
            "seconds": self.seconds,
            "trained_on": self.trained_on,
            "new_keys": list(self.new_keys),
            "dropped_keys": list(self.dropped_keys),
            "figures": dict(self.figures),
        }

    def __str__(self) -> str:
        lines = [f"{self.strategy}: trained on {self.trained_on:,} in {self.seconds:.1f} s"]
        for name, keys in (("new", self.new_keys), ("dropped", self.dropped_keys)):
            some = ", ".join(keys[:SHOWN]) + (", …" if len(keys) > SHOWN else "")
            lines += [f"{len(keys):,} {name} keys: {some}"] if keys else []
        return "\n".join([*lines, *(f"{name}: {value:.4g}" for name, value in self.figures.items())])
