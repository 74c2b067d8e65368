"""What a saved approximate index says of itself in `config.json`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from nearfield.errors import BadInput
from nearfield.search.index import Question

MOST_EXPANSION = 1_000_000


@dataclass(frozen=True)
class IndexFacts:
    """What an index is of, and how good it was when it was built.

    Attributes
    ----------
    question, storage : str
    keys, dim : int
    distinct : int
        Rows that differ from one another: what the index holds.
    fingerprint : int
        Of the vectors.
    expansion_search : int
        How far it searches.
    recall : float
        The share of the exact first `recall_k` neighbours that are found, over `sample` of the keys as queries. A row
        counts as found if one with the same score is: of equal rows any is as good as another.
    self_recall : float or None
        The share of those queries that find themselves, or a row equal to theirs (for "similar").
    """

    question: str
    storage: str
    keys: int
    dim: int
    distinct: int
    fingerprint: int
    expansion_search: int
    recall: float
    recall_k: int
    sample: int
    self_recall: float | None


_KINDS: dict[str, Any] = {
    "question": str,
    "storage": str,
    **dict.fromkeys(("keys", "dim", "distinct", "fingerprint", "expansion_search", "recall_k", "sample"), int),
    "recall": (int, float),
    "self_recall": (int, float, type(None)),
}


def read_facts(folder: Path, config: dict[str, Any]) -> IndexFacts:
    """Return the facts in a folder's `config.json`; raise `BadInput` where they are none."""
    file = folder / "config.json"
    for name, kinds in _KINDS.items():
        if name not in config:
            raise BadInput(f"{file}: has no {name!r}; the folder is damaged")
        if not isinstance(config[name], kinds) or isinstance(config[name], bool):
            raise BadInput(f"{file}: {name} is {config[name]!r}; the folder is damaged")
    question, expansion = config["question"], config["expansion_search"]
    if question not in get_args(Question) or not 1 <= expansion <= MOST_EXPANSION:
        raise BadInput(f"{file}: question is {question!r}, expansion_search {expansion}; the folder is damaged")
    if not 0 < config["distinct"] <= config["keys"]:
        raise BadInput(f"{file}: distinct is {config['distinct']} of {config['keys']} keys; the folder is damaged")
    return IndexFacts(**{name: config[name] for name in _KINDS})
