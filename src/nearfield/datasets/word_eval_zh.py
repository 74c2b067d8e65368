"""Chinese word similarity and analogy sets, by name."""

from __future__ import annotations

from pathlib import Path

from nearfield.datasets.location import find
from nearfield.errors import BadInput

# name → number of pairs
SIMILARITY = {"wordsim-240": 240, "wordsim-297": 297}
# name → number of questions; semantic and morphological are CA8 (Li et al. 2018)
ANALOGIES = {"semantic": 7_636, "morphological": 10_177, "ca_translated": 953}


def similarity(name: str) -> Path:
    """Return a file of word pairs with people's scores; `SIMILARITY` has the names."""
    return _file(name, SIMILARITY)


def analogies(name: str) -> Path:
    """Return a file of analogy questions; `ANALOGIES` has the names."""
    return _file(name, ANALOGIES)


def _file(name: str, known: dict[str, int]) -> Path:
    if name not in known:
        raise BadInput(f"no word set {name!r}; there are: {', '.join(known)}")
    return find("word_eval_zh", f"{name}.txt")
