"""How input was read: kept with what was fitted, so that later input is read alike.

A reading is a dict that JSON can hold: the name of each function that read the input, in the order in which they were
called, with its options, such as

    {"read_text": {"language": "zh", "min_count": 5}}
    {"read_log": {"user": "uid", "item": "sku", "time": "ts"}, "clean": {}, "sessions": {"gap": "30min"}}
    {"read_edges": {"directed": true}}

and as "seen" how much there was before anything was dropped. It is empty where nothing is known. Readers write it
(`step`) to the container that they return, `fit` copies it to the metadata of the vectors, and
`nearfield.rereading.read_alike` reads new input by it.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any

from nearfield.errors import BadInput
from nearfield.files import plain

READING = "reading"  # in the metadata of vectors, and in config.json
SEEN = "seen"  # no options
# options that say how a file is written; another file may be written otherwise, and mean the same
LAYOUT = frozenset(
    [
        *("user", "item", "time", "event", "value", "dwell", "group", "columns", "time_unit", "time_format"),
        *("timezone", "separator", "quote", "escape", "encoding", "null", "nulls", "header", "format", "errors"),
        *("max_sentence_length", "on_bad_row", "on_bad", "comments", "quotes"),
    ]
)
DEFAULT = "the default"  # of an option that a reading does not name

Reading = dict[str, dict[str, Any]]


class OtherReading(UserWarning):
    """New input was read otherwise than that of the fit."""


def step(name: str, options: Mapping[str, Any], without: Collection[str] = ()) -> Reading:
    """Return one step of a reading: its options without those named in `without`; for `locals()` of a reader, too."""
    kept = {option: _plain(value) for option, value in options.items() if option not in ("self", *without)}
    return {name: plain(kept)}


def checked_reading(reading: Any, where: str = "reading") -> Reading:
    """Return a copy of a reading, an empty one for None; `BadInput` where it is something else."""
    if reading is None:
        return {}
    if not isinstance(reading, Mapping) or not all(isinstance(options, Mapping) for options in reading.values()):
        raise BadInput(f"{where} is {reading!r:.60}; expected a dict of functions that read to dicts of their options")
    return plain({name: dict(options) for name, options in reading.items()})


def reading_of(content: Any) -> Reading:
    """Return how the input of vectors, of an estimator with vectors, of sequences or of a graph was read.

    Raises
    ------
    BadInput
        The metadata hold something else under that name.
    """
    vectors = vars(content).get("vectors_", content) if hasattr(content, "__dict__") else content
    metadata = getattr(vectors, "metadata", None)
    reading = metadata.get(READING) if isinstance(metadata, dict) else getattr(vectors, "reading", None)
    return checked_reading(reading, "the reading in the metadata")


def min_count_of(reading: Reading) -> int:
    """Return how often a key had to be seen to be kept when the input was read; 1 where nothing is known of it."""
    counts = [options.get("min_count", 1) for options in reading.values()]
    return max([1, *(count for count in counts if isinstance(count, int))])


def kept(reading: Reading) -> dict[str, Reading]:
    """Return what the metadata of vectors keep of a reading; nothing of an empty one."""
    return {READING: reading} if reading else {}


def described(reading: Reading) -> Reading:
    """Return a reading for people: without options that do nothing, and long lists and tables as their length."""
    return {
        name: {option: _counted(value) for option, value in options.items() if value not in (None, [], {})}
        for name, options in reading.items()
    }


def differences(before: Reading, now: Reading, without: Collection[str] = LAYOUT) -> list[str]:
    """Say where two readings differ in what they mean, a phrase an option: "language is 'en', was 'zh'".

    Nothing where one of them is empty. Options in `without` may differ.
    """
    if not before or not now:
        return []
    phrases = []
    for name in dict.fromkeys([*before, *now]):
        if name == SEEN:
            continue
        if name not in before or name not in now:
            phrases.append(f"{name} {'is new' if name in now else 'is left out'}")
            continue
        for option in dict.fromkeys([*before[name], *now[name]]):
            was, value = (reading[name].get(option, DEFAULT) for reading in (before, now))
            if was != value and option not in without:
                phrases.append(f"{option} is {_shown(value)}, was {_shown(was)}")
    return phrases


def _counted(value: Any) -> Any:
    if isinstance(value, list) and (len(value) > 10 or any(isinstance(entry, dict) for entry in value)):
        lines = sum(str(entry.get("table", "")).count("\n") for entry in value if isinstance(entry, dict))
        return f"{lines or len(value):,} entries"
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
