"""`read_alike`: later input, read as that was from which something was fitted."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nearfield.errors import BadInput
from nearfield.reading import SEEN, Reading, checked_reading, reading_of

if TYPE_CHECKING:
    from nearfield.graph import Graph
    from nearfield.logs import Log, SessionDetails, UnknownEvents
    from nearfield.sequences import Sequences

DETAILS = ("goal", "rejected")  # what `Log.session_details` takes beside the options of `Log.sessions`


def read_alike(content: Any, source: Any, **changes: Any) -> Sequences | Graph:
    """Read input with the options by which that was read from which something was fitted.

    Parameters
    ----------
    content : Vectors, fitted estimator, Sequences, Graph, or a reading
        Its metadata or its `reading` say how; see `nearfield.reading`.
    source : path, table or several
        As for `read_text`, `read_log` or `read_edges`.
    **changes
        Options that are other ones this time, such as `user="uid"` or `min_count=1`: of whatever function has an option
        of that name.

    Returns
    -------
    Sequences
        Of text, or of a log, cleaned and split into sessions as it was.
    Graph
        Of edges.

    Raises
    ------
    BadInput
        It is not known how the input was read; an option that there is none; whatever the reader refuses.

    Examples
    --------
    >>> vectors = nearfield.load("words")  # doctest: +SKIP
    >>> nearfield.update(vectors, nearfield.read_alike(vectors, "new.txt", min_count=1), min_count=5)  # doctest: +SKIP
    """
    reading = changed(_reading(content), changes)
    if "read_text" in reading:
        from nearfield.text import read_text

        return read_text(source, **reading["read_text"])
    if "read_edges" in reading:
        from nearfield.edges import read_edges

        return read_edges(source, **reading["read_edges"])
    return sessions_alike(reading, cleaned_alike(reading, log_alike(reading, source)))


def log_alike(reading: Reading, source: Any) -> Log:
    """Read a log."""
    from nearfield.logs import read_log

    return read_log(source, **changed(reading, {})["read_log"])


# What is read later may lack a kind of event that an option names; what is fitted to may not (`unknown_events`).


def cleaned_alike(reading: Reading, log: Log, unknown_events: UnknownEvents = "skip") -> Log:
    """Clean a log if that was done."""
    return log.clean(unknown_events=unknown_events, **reading["clean"]) if "clean" in reading else log


def sessions_alike(reading: Reading, log: Log, unknown_events: UnknownEvents = "skip") -> Sequences:
    """Split a log into sessions."""
    options = reading.get("sessions", {})
    if options.get("rejected") is not None:  # such events stand in no sequence
        return details_alike(reading, log, unknown_events).sequences
    kept = {name: value for name, value in options.items() if name not in DETAILS}
    return log.sessions(unknown_events=unknown_events, **kept)


def details_alike(reading: Reading, log: Log, unknown_events: UnknownEvents = "skip") -> SessionDetails:
    """Split a log into sessions, and tell whose they are, what they led to, and what was refused in them."""
    options: dict[str, Any] = {"goal": None} | reading.get("sessions", {})
    return log.session_details(unknown_events=unknown_events, **options)


def changed(reading: Reading, changes: Mapping[str, Any]) -> Reading:
    """Return a reading with some options changed; `BadInput` where a function of it has no such option."""
    known = {name: _options_of(name) for name in reading if name != SEEN}
    for name, options in known.items():
        if strangers := [option for option in reading[name] if option not in options]:
            raise BadInput(
                f"the input was read by {name} with {strangers[0]!r}, an option that this release has not; expected"
                f" {', '.join(options)}"
            )
    result = {name: dict(options) for name, options in reading.items() if name != SEEN}
    for option, value in changes.items():
        step = next((name for name, options in known.items() if option in options), None)
        if step is None:
            every = ", ".join(option for options in known.values() for option in options)
            raise BadInput(f"{option!r} is no option of {' or '.join(known)}; expected one of {every}")
        result[step][option] = value
    return result


def _reading(content: Any) -> Reading:
    reading = checked_reading(content) if isinstance(content, Mapping) else reading_of(content)
    if not {"read_text", "read_edges", "read_log"} & reading.keys():
        raise BadInput(
            f"it is not known how the input of the {type(content).__name__} was read; read it with options of your own:"
            " read_text, read_log or read_edges"
        )
    return reading


def _options_of(name: str) -> list[str]:
    """The options of a function that a reading names."""
    from nearfield import edges, logs, text
    from nearfield.logs.rules import Rules

    functions: dict[str, Any] = {
        "read_text": text.read_text,
        "read_log": logs.read_log,
        "clean": Rules,
        "sessions": logs.Log.session_details,
        "read_edges": edges.read_edges,
    }
    if name not in functions:
        raise BadInput(f"the input was read by {name!r}; expected {', '.join(functions)}")
    return [
        option
        for option in inspect.signature(functions[name]).parameters
        if option not in ("self", "source", "unknown_events")
    ]
