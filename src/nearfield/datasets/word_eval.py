"""English word similarity and analogy sets, by name."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from nearfield.datasets.location import find
from nearfield.errors import BadInput, DatasetNotFound

# name → number of pairs
SIMILARITY = {
    "EN-MC-30": 30,
    "EN-MEN-TR-3k": 3_000,
    "EN-MTurk-287": 287,
    "EN-MTurk-771": 771,
    "EN-RG-65": 65,
    "EN-RW-STANFORD": 2_034,
    "EN-SIMLEX-999": 999,
    "EN-SimVerb-3500": 3_500,
    "EN-VERB-143": 144,
    "EN-WS-353-ALL": 353,
    "EN-WS-353-REL": 252,
    "EN-WS-353-SIM": 203,
    "EN-YP-130": 130,
    "simlex999": 999,
    "wordsim353": 353,
}
# name → number of questions
ANALOGIES = {"questions-words": 19_544, "msr_analogy": 8_000, "semeval_analogy": 10_014}
ENDINGS = {"wordsim353": ".tsv", "msr_analogy": ".csv", "semeval_analogy": ".csv"}
IN_GENSIM = ("wordsim353", "simlex999", "questions-words")


def similarity(name: str) -> Path:
    """Return a file of word pairs with people's scores; `SIMILARITY` has the names."""
    return _file(name, SIMILARITY)


def analogies(name: str) -> Path:
    """Return a file of analogy questions; `ANALOGIES` has the names."""
    return _file(name, ANALOGIES)


def _file(name: str, known: dict[str, int]) -> Path:
    if name not in known:
        raise BadInput(f"no word set {name!r}; there are: {', '.join(known)}")
    file = name + ENDINGS.get(name, ".txt")
    try:
        return find("word_eval", file)
    except DatasetNotFound:
        gensim = find_spec("gensim")  # an installed gensim has some of them among its test data
        copy = Path(gensim.origin or "").parent / "test" / "test_data" / file if gensim else Path(file)
        if name in IN_GENSIM and copy.is_file():
            return copy
        raise
