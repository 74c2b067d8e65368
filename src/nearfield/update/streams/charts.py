"""Plots as SVG that a page has within it: lines, and cells by colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

# by Okabe & Ito: told apart by most colour-blind people, and in print
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a7a7a", "#8c564b", "#000000", "#b2b200")
WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 10, 62
TICKS = 5  # about so many
CELL = 26


def line_chart(
    lines: Mapping[str, tuple[np.ndarray, np.ndarray]], labels: Sequence[str], y_label: str, colours: Mapping[str, str]
) -> str:
    """Return a plot of lines, each with a mark at every point.

    Parameters
    ----------
    lines : mapping of name to (x, y), ndarray of float64, shape (points,)
        A label stands below each whole x from 0 on; points whose y is NaN are left out.
    labels : sequence of str
    y_label : str
    colours : mapping of name to colour
    """
    shown = {name: (x[~np.isnan(y)], y[~np.isnan(y)]) for name, (x, y) in lines.items()}
    every = np.concatenate([y for _, y in shown.values()] or [np.zeros(0)])
    ticks = _ticks(every)
    low, high = float(ticks[0]), float(ticks[-1])
    width = (WIDTH - LEFT - RIGHT) / max(1, len(labels) - 1)
    height = HEIGHT - TOP - BOTTOM

    def at(x: float, y: float) -> tuple[float, float]:
        return LEFT + x * width, TOP + height * (1 - (y - low) / (high - low))

    parts = [_horizontal(at(0, tick)[1], tick) for tick in ticks.tolist()]
    parts += [_below(at(i, low)[0], label) for i, label in _some(labels)]
    parts.append(
        f'<text class="axis" transform="translate(12 {TOP + height / 2:.0f}) rotate(-90)">{escape(y_label)}</text>'
    )
    for name, (x, y) in shown.items():
        points = [at(*point) for point in zip(x.tolist(), y.tolist(), strict=True)]
        parts.append(_line(points, y, name, colours[name]))
    return _svg(WIDTH, HEIGHT, parts, y_label)


def heat_map(cells: np.ndarray, labels: Sequence[str], low: float, high: float) -> str:
    """Return a square of cells, the darker the higher; float64, shape (n, n); NaN is left empty."""
    n = len(cells)
    parts = []
    for i, j in np.argwhere(~np.isnan(cells)).tolist():
        share = (cells[i, j] - low) / (high - low) if high > low else 0.5
        title = f"{labels[j]} when {labels[i]} was learnt: {cells[i, j]:.4f}"
        parts.append(
            f'<rect x="{j * CELL}" y="{i * CELL}" width="{CELL - 1}" height="{CELL - 1}" fill="{_shade(share)}">'
            f"<title>{escape(title)}</title></rect>"
        )
    return _svg(n * CELL, n * CELL, parts, "scores of slices (columns) after each update (rows)", fixed=True)


def legend(colours: Mapping[str, str]) -> str:
    """Return names with their colours, as HTML."""
    names = (f'<span><i style="background:{colour}"></i>{escape(name)}</span>' for name, colour in colours.items())
    return f'<p class="legend">{"".join(names)}</p>'


def _ticks(values: np.ndarray) -> np.ndarray:
    """Return round numbers, evenly spaced, the first below all values and the last above them."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    span = (high - low) or abs(high) or 1.0
    power = 10.0 ** np.floor(np.log10(span / TICKS))
    step = power * next(one for one in (1, 2, 5, 10) if one * power >= span / TICKS)
    first, last = np.floor(low / step), np.ceil(high / step)
    return np.arange(first, max(last, first + 1) + 1) * step


def _some(labels: Sequence[str]) -> list[tuple[int, str]]:
    """At most a dozen labels with their places, evenly spaced, for more would overlap."""
    step = -(-len(labels) // 12)
    return list(enumerate(labels))[::step]


def _horizontal(y: float, tick: float) -> str:
    line = f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return line + f'<text class="tick" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:.3g}</text>'


def _below(x: float, label: str) -> str:
    y = HEIGHT - BOTTOM + 14
    return f'<text class="tick" text-anchor="end" transform="translate({x:.1f} {y}) rotate(-35)">{escape(label)}</text>'


def _line(points: Sequence[tuple[float, float]], values: np.ndarray, name: str, colour: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    marks = (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"><title>{escape(name)}: {value:.4f}</title></circle>'
        for (x, y), value in zip(points, values.tolist(), strict=True)
    )
    return f'<polyline points="{path}" stroke="{colour}"/>{"".join(marks)}'


def _shade(share: float) -> str:
    """From nearly white to dark blue."""
    light, dark = np.array([235, 243, 250]), np.array([8, 48, 107])
    red, green, blue = (light + share * (dark - light)).astype(int).tolist()
    return f"#{red:02x}{green:02x}{blue:02x}"


def _svg(width: float, height: float, parts: Sequence[str], label: str, fixed: bool = False) -> str:
    size = f'width="{width}" height="{height}"' if fixed else ""
    head = f'<svg viewBox="0 0 {width} {height}" {size} role="img" aria-label="{escape(label, quote=True)}">'
    return head + "".join(parts) + "</svg>"
