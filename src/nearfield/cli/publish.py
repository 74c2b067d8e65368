"""`nearfield publish`: make a saved folder the current version of a store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearfield.cli.output import AsJson, print_json, print_rows, say

if TYPE_CHECKING:
    from nearfield.store.gate import Check


def publish(
    path: Annotated[Path, typer.Argument(metavar="DIR", help="A folder with saved vectors or a saved model.")],
    store: Annotated[Path, typer.Option(metavar="STORE", help="The folder of versions; made if it is not there.")],
    note: Annotated[str, typer.Option(help="What to remember of this version.")] = "",
    keep: Annotated[
        int | None,
        typer.Option(min=1, help="Remove all but so many of the last versions, those rolled back to left aside."),
    ] = None,
    overlap: Annotated[
        float | None, typer.Option(min=0, max=1, help="Refuse if less of the 10 nearest of a key stays its nearest.")
    ] = None,
    norms: Annotated[
        tuple[float, float] | None, typer.Option(metavar="LOW HIGH", help="Refuse if a row is shorter or longer.")
    ] = None,
    similarity: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Refuse if word pairs with scores are met worse than now.")
    ] = None,
    loss: Annotated[
        float, typer.Option(min=0, max=1, help="The share of its score that --similarity may lose.")
    ] = 0.02,
    force: Annotated[bool, typer.Option("--force", help="Publish whatever the checks say; the log tells.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish DIR as the current version of a store, if it passes the checks.

    That no number is NaN or infinite is always checked. A reader sees the old version or the new one, never a part.
    """
    from nearfield.store import Store

    checks = _checks(overlap, norms, similarity, loss)
    version = Store(store).publish(path, note=note, keep=keep, checks=checks, force=force)
    if as_json:
        print_json({"version": version.number, "forced": version.forced, "checks": version.report})
        return
    columns = ("check", "passed", "found", "wanted")
    print_rows(columns, ([finding[name] for name in columns] for finding in version.report), as_json=False)
    say(f"{store}: version {version.number} is current{', by force' if version.forced else ''}")


def _checks(
    overlap: float | None, norms: tuple[float, float] | None, similarity: Path | None, loss: float
) -> list[Check]:
    from nearfield.evaluate import word_similarity
    from nearfield.evaluate.readers import read_pairs
    from nearfield.store import Finite, Norms, Overlap, Quality

    checks: list[Check] = [Finite()]
    if norms:
        checks.append(Norms(*norms))
    if overlap is not None:
        checks.append(Overlap(overlap))
    if similarity:
        pairs = read_pairs(similarity)

        def spearman(vectors: Any) -> float:
            return word_similarity(vectors, pairs).rho

        checks.append(Quality(spearman, loss, f"Spearman on {similarity.name}"))
    return checks
