"""The report of a replayed stream: one HTML file with its table and plots, which needs nothing beside it."""

from __future__ import annotations

import os
from html import escape

import numpy as np

from nearfield.files import atomic_file
from nearfield.update.streams.charts import COLOURS, heat_map, legend, line_chart
from nearfield.update.streams.result import HEAD, StreamResult, table_row

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 1300px; margin: 2em auto;
  padding: 0 1em; }
h1 { font-size: 1.5em; } h2 { font-size: 1.05em; margin: 1.5em 0 .3em; } h3 { font-size: 1em; margin: 0 0 .3em; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(540px, 100%), 1fr)); gap: 0 2em; }
svg { max-width: 100%; } svg text { font: 11px system-ui, sans-serif; fill: #555; } svg .axis { text-anchor: middle; }
svg .grid { stroke: #e4e4e4; } svg polyline { fill: none; stroke-width: 2; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .9em; font-variant-numeric: tabular-nums; }
th, td { padding: .25em .6em; text-align: right; white-space: nowrap; border-bottom: 1px solid #ddd; }
th { vertical-align: bottom; white-space: normal; font-weight: 600; }
th:first-child, td:first-child { text-align: left; }
.legend span { margin-right: 1.2em; white-space: nowrap; }
.legend i { display: inline-block; width: .8em; height: .8em; margin-right: .35em; border-radius: 2px; }
dt { font-weight: 600; float: left; clear: left; width: 9em; } dd { margin-left: 9em; }
.maps { display: flex; flex-wrap: wrap; gap: 1.5em; }
"""

MEANINGS = {
    "next": "the mean score on the slice to come, before it is learnt",
    "old": "the mean score on the slices behind the one just learnt",
    "… of retrain": "as a share of what training from scratch on everything reaches, or takes",
    "average": "over all slices at the end (Lopez-Paz & Ranzato 2017, equation 2)",
    "backward": "what later slices gave to earlier ones; below 0: took (equation 3)",
    "forward": "what updates gave to the slice to come, beside no update (equation 4)",
    "forgetting": "how far slices have fallen below their best (Chaudhry et al. 2018, equation 3)",
    "intransigence": "how far the slice just learnt stays behind retrain's score on it (equation 4)",
    "min-ACC": "the lowest that slices behind fell to, also in the midst of updates (De Lange et al. 2023)",
    "WC-ACC": "that and the score on the last slice, weighed by their numbers",
    "overlap@10": "of keys that a slice does not name, the share of the ten nearest that an update leaves",
    "seconds": "processor time of the median update",
    "bytes": "of the tables of the last version",
}


def write_report(result: StreamResult, path: str | os.PathLike[str]) -> None:
    """Write the report, whole or not at all."""
    with atomic_file(path) as temporary:
        temporary.write_text(page(result), encoding="utf-8")


def page(result: StreamResult) -> str:
    """Return the page as text."""
    colours = dict(zip(result.names, COLOURS * len(result.names), strict=False))
    title = f"A stream of {len(result.slices)} slices, {result.slices[0]} to {result.slices[-1]}"
    plots = {
        "The slice to come, before it is learnt": _over_slices(result, "ahead", 2, colours),
        "The slices behind the one just learnt": _over_slices(result, "behind", 1, colours),
        "The first slice, also in the midst of updates": _first_slice(result, colours),
        "Processor seconds of each update": _over_slices(result, "seconds", 1, colours, "seconds"),
    }
    body = "".join(f"<div><h2>{escape(name)}</h2>{plot}</div>" for name, plot in plots.items())
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
    )
    return (
        f'<!doctype html><html lang="en"><head>{head}</head><body><h1>{escape(title)}</h1>'
        f"<p>Scores are {escape(result.measure)}, the higher the better.</p>"
        f'{_table(result)}{legend(colours)}<div class="plots">{body}</div>{_maps(result)}{_meanings()}</body></html>\n'
    )


def _table(result: StreamResult) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in HEAD)
    rows = []
    for name in result.names:
        cells = [name, *table_row(result.figures(name))]
        rows.append(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>")
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _over_slices(
    result: StreamResult, what: str, since: int, colours: dict[str, str], y_label: str | None = None
) -> str:
    """A line a learner, a point a slice, from slice `since` on."""
    labels = result.slices[since:]
    lines = {}
    for course in result.courses:
        values = np.asarray(getattr(course, what), np.float64)
        lines[course.name] = np.arange(len(values), dtype=np.float64), values
    return line_chart(lines, labels, y_label or result.measure, colours)


def _first_slice(result: StreamResult, colours: dict[str, str]) -> str:
    lines = {course.name: (course.moments, course.curve[:, 0]) for course in result.courses}
    return line_chart(lines, result.slices, result.measure, colours)


def _maps(result: StreamResult) -> str:
    seen = [np.where(np.tri(len(result.slices), k=1) > 0, course.scores, np.nan) for course in result.courses]
    low, high = min(map(np.nanmin, seen)), max(map(np.nanmax, seen))
    maps = (
        f"<div><h3>{escape(course.name)}</h3>{heat_map(cells, result.slices, low, high)}</div>"
        for course, cells in zip(result.courses, seen, strict=True)
    )
    head = "Every slice (a column) after every update (a row): the darker, the better"
    return f'<h2>{head}</h2><div class="maps">{"".join(maps)}</div>'


def _meanings() -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(meaning)}</dd>" for name, meaning in MEANINGS.items())
    return f"<h2>What the columns are</h2><dl>{rows}</dl>"
