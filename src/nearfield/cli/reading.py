"""How the verbs read input for something that is saved: as that was read from which it was fitted.

Options that are typed take the place of those, and one line says where they mean something else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from nearfield.cli.arguments import part_of, typed
from nearfield.cli.output import say

if TYPE_CHECKING:
    from nearfield.cli.graphs import EdgeOptions
    from nearfield.cli.logs import LogOptions
    from nearfield.cli.text import TextOptions
    from nearfield.reading import Reading


def of_log(options: LogOptions, kept: Reading | None = None) -> Reading:
    """Return how a log is to be read, cleaned and split; `kept` is how that of the fit was."""
    from nearfield.cli.logs import read_options, rules_of, session_options

    read, rules, sessions = read_options(options), rules_of(options), session_options(options)
    if not kept or "read_log" not in kept:
        return {"read_log": read} | ({"clean": rules} if options.clean else {}) | {"sessions": sessions}
    names = typed(options)
    reading = {
        "read_log": kept["read_log"] | _of(names, read),
        "clean": kept.get("clean", {}) | rules,
        "sessions": kept.get("sessions", {}) | _of(names, sessions, {"event_weight": "event_weights"}),
    }
    if not (options.clean if {"clean", "rule"} & names else "clean" in kept):
        del reading["clean"]
    return reading


def of_text(options: TextOptions, kept: Reading | None = None, **more: Any) -> Reading:
    """Return how text is to be read; `kept` is how that of the fit was, and `more` was typed, too."""
    from nearfield.cli.text import TextOptions
    from nearfield.reading import step

    read = dataclasses.asdict(part_of(options, TextOptions))
    if kept and "read_text" in kept:
        read = kept["read_text"] | _of(typed(options), read)
    return step("read_text", read | more)


def of_edges(options: EdgeOptions, kept: Reading | None = None) -> Reading:
    """Return how edges are to be read; `kept` is how those of the fit were."""
    from nearfield.cli.graphs import read_options
    from nearfield.reading import step

    read = read_options(options)
    if kept and "read_edges" in kept:
        read = kept["read_edges"] | _of(typed(options), read, {"edge_format": "format"})
    return step("read_edges", read)


def say_differences(kept: Reading, reading: Reading, without: Collection[str] = ()) -> None:
    """Say in one line where what was typed means something else than what was said for the fit."""
    from nearfield.reading import LAYOUT, differences

    if next(iter(reading)) not in kept:
        return  # nothing is known of it, or it is input of another kind, which is refused where it is used
    if changes := differences(kept, reading, {*LAYOUT, *without}):
        say(f"nearfield: read otherwise than for the fit, as typed: {'; '.join(changes)}")


def _of(names: Collection[str], options: dict[str, Any], renamed: dict[str, str] | None = None) -> dict[str, Any]:
    """Those of the options that were typed, some under another name."""
    wanted = {(renamed or {}).get(name, name) for name in names}
    return {name: value for name, value in options.items() if name in wanted}
