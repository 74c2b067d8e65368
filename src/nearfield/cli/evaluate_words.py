"""`nearfield evaluate words`: word vectors against what people say about words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nearfield.cli.arguments import Folder
from nearfield.cli.output import AsJson, print_json, print_rows, say
from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.evaluate import AnalogyResult, Band, SimilarityResult
    from nearfield.vectors import Vectors

SIMILARITY_COLUMNS = ("similarity", "rarer word seen", "Spearman", "95 % interval", "pairs", "of", "unknown words")
ANALOGY_COLUMNS = ("analogies", "section", "accuracy", "correct", "asked", "of", "unknown words")


def evaluate_words(
    path: Folder,
    similarity: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Word pairs with scores; may be repeated.")
    ] = None,
    analogies: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Questions of four words; may be repeated.")
    ] = None,
    score_column: Annotated[
        str | None,
        typer.Option(metavar="N|NAME", help="The column of the scores in --similarity files: its number, or its name."),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the files, if not UTF-8: gb18030, latin-1, utf-16, …")
    ] = None,
    bands: Annotated[
        str,
        typer.Option(metavar="N|N,N…", help="How many bands of word frequency, or the counts at which a band begins."),
    ] = "3",
    method: Annotated[Literal["3cosadd", "3cosmul"], typer.Option(help="How analogies are answered.")] = "3cosadd",
    restrict_vocab: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Analogies among the N most frequent keys; all if not given.")
    ] = None,
    case_sensitive: Annotated[bool, typer.Option("--case-sensitive", help='Do not take "king" for "King".')] = False,
    as_json: AsJson = False,
) -> None:
    """Measure word vectors by similarity and analogy sets.

    Pairs and questions with a word that the vectors do not know are left out and counted.
    """
    if not similarity and not analogies:
        raise BadInput("nothing to measure by; give --similarity FILE or --analogies FILE")
    if score_column is not None and not similarity:
        raise BadInput("--score-column without --similarity, for which it is; give --similarity FILE")
    starts, column = _bands(bands), _column(score_column)
    from nearfield.evaluate import word_analogies, word_similarity
    from nearfield.formats import load

    vectors = load(path)
    folded = not case_sensitive
    alike = [
        word_similarity(vectors, file, bands=starts, case_insensitive=folded, score_column=column, encoding=encoding)
        for file in similarity or ()
    ]
    answered = [
        word_analogies(
            vectors, file, method=method, restrict_vocab=restrict_vocab, case_insensitive=folded, encoding=encoding
        )
        for file in analogies or ()
    ]
    for file, result in zip(similarity or (), alike, strict=True):
        _say_how_read(file, result)
        _check(vectors, path, f"pairs of {file}", result.n, result.total, result.unknown)
    for file, answer in zip(analogies or (), answered, strict=True):
        _check(vectors, path, f"questions of {file}", answer.overall.n, answer.overall.total, answer.unknown)
    if as_json:
        for result in alike:
            print_json({"kind": "similarity"} | result.to_dict())
        for answer in answered:
            print_json({"kind": "analogies"} | answer.to_dict())
        return
    if alike:
        print_rows(SIMILARITY_COLUMNS, (row for result in alike for row in _similarity_rows(result)), as_json=False)
    if alike and answered:
        print()
    if answered:
        print_rows(ANALOGY_COLUMNS, (row for result in answered for row in _analogy_rows(result)), as_json=False)


def _bands(text: str) -> int | list[int]:
    """Read `--bands`: "3" is a number of bands, "100,1000" are counts."""
    from nearfield.io.numbers import whole_number

    numbers = [number for part in text.split(",") if (number := whole_number(part)) is not None]
    if len(numbers) != text.count(",") + 1:
        raise BadInput(f"--bands is {text!r}; expected a number such as 3, or counts such as 100,1000")
    return numbers if "," in text else numbers[0]


def _column(text: str | None) -> int | str | None:
    """Read `--score-column`: digits are a number."""
    from nearfield.io.numbers import whole_number

    number = None if text is None else whole_number(text)
    return text if number is None else number


def _check(vectors: Vectors, path: Path, what: str, n: int, total: int, unknown: Sequence[str]) -> None:
    """Refuse a set of which nothing can be asked, and warn of one of which less than half can."""
    from nearfield.matching import check_share

    check_share(n, total, what=what, of=f"the vectors in {path}", unknown=unknown, known=vectors.keys)


def _say_how_read(file: Path, result: SimilarityResult) -> None:
    """Say which column the scores are of, where it is not the third, and how many lines are no pairs."""
    parts = [f"{n:,} {kind}{'s' * (n > 1)}" for kind, n in result.skipped.items()]
    skipped = f"; skipped {' and '.join(parts)}" if parts else ""
    column = result.score_column or ""
    if skipped or column.partition(",")[0] != "3":
        say(f"{file}: {result.total:,} pairs, scores of column {column}{skipped}")


def _similarity_rows(result: SimilarityResult) -> Iterator[tuple[Any, ...]]:
    unknown = len(result.unknown)
    yield result.name, "", _known(result.rho), _range(result.interval), result.n, result.total, unknown
    for band in result.bands:
        yield "", _seen(band), _known(band.rho), _range(band.interval), band.n, "", ""


def _analogy_rows(result: AnalogyResult) -> Iterator[tuple[Any, ...]]:
    whole = result.overall
    yield result.name, "", _known(whole.accuracy), whole.correct, whole.n, whole.total, len(result.unknown)
    for section in result.sections:
        yield "", section.name, _known(section.accuracy), section.correct, section.n, section.total, ""


def _seen(band: Band) -> str:
    return f"{band.low:,} times or more" if band.high is None else f"{band.low:,} to {band.high:,} times"


def _known(figure: float) -> float | None:
    """None, which is shown as a dash, for what is not defined."""
    return None if math.isnan(figure) else figure


def _range(interval: tuple[float, float]) -> str | None:
    low, high = interval
    return None if math.isnan(low) else f"{low:.4f} to {high:.4f}"
