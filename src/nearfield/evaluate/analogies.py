"""Analogies: a is to b as c is to … (Mikolov et al. 2013, arXiv:1301.3781, section 4)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nearfield.errors import BadInput
from nearfield.evaluate.lookup import Lookup, unknown_words
from nearfield.evaluate.readers import Question, read_questions
from nearfield.parameters import Count, checks_arguments
from nearfield.queries import Method
from nearfield.vectors import Vectors

Questions = str | os.PathLike[str] | Iterable[tuple[str, str, str, str, str]]


@dataclass(frozen=True)
class Section:
    """Questions of one kind: how many there are, how many could be asked, how many were answered rightly."""

    name: str
    correct: int
    n: int
    total: int

    @property
    def accuracy(self) -> float:
        """The share of right answers among the questions asked; NaN if none could be."""
        return self.correct / self.n if self.n else float("nan")

    @property
    def coverage(self) -> float:
        """The share of questions whose four words are all known."""
        return self.n / self.total

    def to_dict(self) -> dict[str, Any]:
        """Return all as what JSON holds."""
        counted = {"name": self.name, "correct": self.correct, "n": self.n, "total": self.total}
        return counted | {"accuracy": self.accuracy, "coverage": self.coverage}


@dataclass(frozen=True)
class AnalogyResult:
    """How vectors do on a set of analogy questions.

    Attributes
    ----------
    overall : Section
        All questions together.
    sections : tuple of Section
        In the order of the file.
    unknown : tuple of str
        Words without a vector; questions with one of them are not asked.
    method : str
    """

    overall: Section
    sections: tuple[Section, ...]
    unknown: tuple[str, ...]
    method: str

    @property
    def name(self) -> str:
        """The name of the set."""
        return self.overall.name

    @property
    def accuracy(self) -> float:
        """The share of right answers among the questions asked; NaN if none could be."""
        return self.overall.accuracy

    @property
    def coverage(self) -> float:
        """The share of questions whose four words are all known."""
        return self.overall.coverage

    def to_dict(self) -> dict[str, Any]:
        """Return all as what JSON holds."""
        sections = [section.to_dict() for section in self.sections]
        return self.overall.to_dict() | {"method": self.method, "unknown": self.unknown, "sections": sections}


@checks_arguments
def word_analogies(
    vectors: Vectors,
    questions: Questions,
    *,
    method: Method = "3cosadd",
    restrict_vocab: Count | None = None,
    case_insensitive: bool = True,
    encoding: str | None = None,
) -> AnalogyResult:
    """Answer analogy questions by the one nearest key, as gensim's `evaluate_word_analogies` does.

    The words of the question are no answers to it.

    Parameters
    ----------
    vectors : Vectors
    questions : path, or iterable of (section, a, b, c, expected)
        A file as `readers.read_questions` describes it.
    method : {"3cosadd", "3cosmul"}
        Largest cos(x, b) + cos(x, c) - cos(x, a), or largest cos(x, b) cos(x, c) / (cos(x, a) + 0.001) with cosines
        moved to 0 … 1: Levy & Goldberg (2014), equations 3 and 4.
    restrict_vocab : int, optional
        Only the first so many keys, the most frequent, are asked for and are answers; None: all (gensim: 300,000).
    case_insensitive : bool
        Whether "King" may stand for "king"; of several spellings the first, most frequent one is taken.
    encoding : str, optional
        Of a file that is not UTF-8.

    Raises
    ------
    BadInput
        A file that cannot be read as questions, no questions, an unknown method, restrict_vocab below 1.
    """
    if restrict_vocab is not None:
        if restrict_vocab < 1:
            raise BadInput(f"restrict_vocab is {restrict_vocab}; expected at least 1, or None for all keys")
        vectors = vectors.subset(vectors.keys[:restrict_vocab])
    name, listed = _listed(questions, encoding)
    lookup = Lookup(vectors, case_insensitive)
    words = [word for question in listed for word in question[1:]]
    rows = lookup.rows(words)
    asked = rows.reshape(-1, 4).min(axis=1) >= 0
    correct = np.zeros(len(listed), bool)
    correct[asked] = _answer(vectors, lookup, rows.reshape(-1, 4)[asked], method)
    names = np.array([question.section for question in listed])
    return AnalogyResult(
        overall=_section(name, correct, asked),
        sections=tuple(_section(one, correct[names == one], asked[names == one]) for one in dict.fromkeys(names)),
        unknown=unknown_words(words, rows),
        method=method,
    )


def _listed(questions: Questions, encoding: str | None) -> tuple[str, list[Question]]:
    if isinstance(questions, str | os.PathLike):
        return Path(questions).stem, read_questions(questions, encoding=encoding)
    listed = [_checked(question) for question in questions]
    if not listed:
        raise BadInput("no questions; expected at least one (section, a, b, c, expected)")
    return "questions", listed


def _checked(question: object) -> Question:
    match question:
        case (str(section), str(a), str(b), str(c), str(expected)):
            return Question(section, a, b, c, expected)
    raise BadInput(f"{question!r} is no question; expected (section, a, b, c, expected)")


def _section(name: str, correct: np.ndarray, asked: np.ndarray) -> Section:
    return Section(str(name), int(correct.sum()), int(asked.sum()), len(asked))


def _answer(vectors: Vectors, lookup: Lookup, questions: np.ndarray, method: Method) -> list[bool]:
    """Return whether each question, rows (a, b, c, expected), is answered rightly."""
    asked = [[vectors.keys[row] for row in question] for question in questions.tolist()]
    found = vectors.similar_batch(
        [[b, c] for _, b, c, _ in asked],
        minus=[a for a, *_ in asked],
        k=1,
        exclude=[lookup.other_spellings(words[:3]) for words in asked],
        method=method,
    )
    pairs = zip(found, asked, strict=True)
    return [bool(best) and lookup.fold(best[0][0]) == lookup.fold(words[3]) for best, words in pairs]
