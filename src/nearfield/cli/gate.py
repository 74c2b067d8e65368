"""The checks that a version has to pass, as options of every verb that publishes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.store.checks import Probe
    from nearfield.store.gate import Check

CHECKS = "Checks"


def _check(help: str, **more: Any) -> Any:
    return typer.Option(help=help, rich_help_panel=CHECKS, **more)


@dataclass(frozen=True)
class GateOptions:
    """What a version is refused for, beside numbers that are NaN or infinite."""

    overlap: Annotated[
        float | None, _check("Refuse if less of the 10 nearest of a key stays its nearest.", min=0, max=1)
    ] = None
    norms: Annotated[
        tuple[float, float] | None, _check("Refuse if a row is shorter or longer.", metavar="LOW HIGH")
    ] = None
    similarity: Annotated[
        Path | None, _check("Refuse if word pairs with scores are met worse than now.", metavar="FILE")
    ] = None
    loss: Annotated[float, _check("The share of its score that --similarity may lose.", min=0, max=1)] = 0.02
    probe: Annotated[
        list[Path] | None,
        _check(
            "What was learnt before: word pairs with scores, or saved sequences, whose last items are foretold;"
            " may be repeated.",
            metavar="FILE|DIR",
        ),
    ] = None
    forgetting: Annotated[float, _check("Refuse if a --probe scores so much less than now.", min=0)] = 0.01
    recall: Annotated[
        float | None, _check("Refuse if an approximate index finds less of the 10 nearest of a key.", min=0, max=1)
    ] = None


def checks_of(options: GateOptions) -> list[Check]:
    """Return the checks that options stand for; what they name is read now."""
    from nearfield.store import Finite, Forgetting, IndexRecall, Norms, Overlap, Quality

    checks: list[Check] = [Finite()]
    if options.norms:
        checks.append(Norms(*options.norms))
    if options.overlap is not None:
        checks.append(Overlap(options.overlap))
    if options.similarity:
        checks.append(Quality(_spearman(options.similarity), options.loss, f"Spearman on {options.similarity.name}"))
    if options.probe:
        probes = {str(path): _next_item(path) if path.is_dir() else _spearman(path) for path in options.probe}
        checks.append(Forgetting(probes, options.forgetting))
    if options.recall is not None:
        checks.append(IndexRecall(options.recall))
    return checks


def _spearman(path: Path) -> Probe:
    from nearfield.evaluate import word_similarity
    from nearfield.evaluate.readers import read_pairs
    from nearfield.matching import check_share

    pairs = read_pairs(path)

    def probe(vectors: Any) -> float:
        result = word_similarity(vectors, pairs)
        names = {"unknown": result.unknown, "known": vectors.keys}
        check_share(result.n, result.total, what=f"pairs of {path}", of="the vectors", **names)
        return result.rho

    return probe


def _next_item(path: Path) -> Probe:
    from nearfield.evaluate import leave_last_out
    from nearfield.sequences import Sequences
    from nearfield.update.streams import NextItemScore

    try:
        cases = leave_last_out(Sequences.load(path)).cases.unseen()
        if not len(cases):
            raise BadInput("every last item stands in its sequence before; expected some that are new there")
    except BadInput as error:
        raise BadInput(f"--probe {path}: {error}") from error
    score = NextItemScore()
    return lambda vectors: score(vectors, cases)
