"""LINE and ProNE for `nearfield fit nodes` and `nearfield evaluate links`: by name, with the settings that each has."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nearfield.embed import Line, ProNE
    from nearfield.graph import Graph


def fit_proximity(method: str, graph: Graph, **settings: Any) -> Line | ProNE:
    """Fit "line" or "prone" and return the estimator; a setting that is None has its default there."""
    return METHODS[method](graph, {name: value for name, value in settings.items() if value is not None})


def _line(graph: Graph, settings: dict[str, Any]) -> Line:
    from nearfield.embed import Line

    return Line(**settings).fit(graph)


def _prone(graph: Graph, settings: dict[str, Any]) -> ProNE:
    from nearfield.embed import ProNE

    settings.pop("workers", None)  # its products run on as many threads as the linear algebra library has
    return ProNE(**settings).fit(graph)


METHODS: dict[str, Callable[[Graph, dict[str, Any]], Line | ProNE]] = {"line": _line, "prone": _prone}
