"""Which names hash to a slot: what `explain` says of features that a model knows by their hash alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from nearfield.errors import BadInput
from nearfield.examples import FeatureSpace
from nearfield.io import Source, open_input
from nearfield.rank.features.bad_rows import BadRows
from nearfield.rank.features.detection import format_of
from nearfield.rank.features.hashing import hash_names, slots_of
from nearfield.rank.features.labels import Labels
from nearfield.rank.features.names import Slots
from nearfield.rank.features.reading import inputs_of, stream_examples
from nearfield.rank.features.vowpal import UNNAMED, VowpalReader

TOGETHER = 50_000  # names that are hashed at once
SHOWN = 3


def hashed_names(
    source: Source,
    space: FeatureSpace,
    features: Collection[int] | None = None,
    *,
    format: str | None = None,
    **options: Any,
) -> dict[int, str]:
    """Return the names, in some rows, of the features of a hashed space.

    Parameters
    ----------
    source : path, glob, folder or a list of these
        Rows; of Vowpal Wabbit's text a name is `namespace^feature`, of a table `column=cell`.
    space : FeatureSpace
        Hashed.
    features : collection of int, optional
        Those that are asked for; without it all.
    format, **options
        As of `read_examples`.

    Returns
    -------
    dict of int to str
        Features of which a name stands in the rows; none in formats that have numbers for names. Several names with the
        same hash are all returned, up to three of them: "a or b or c …".

    Raises
    ------
    BadInput
        The space is not hashed.
    """
    if space.bits is None:
        raise BadInput("the features are not hashed; their names are those of the space")
    files = inputs_of(source)
    kind = format or format_of(files[0])
    if kind == "vw":
        pairs = _of_vowpal(files, space)
    elif kind in ("csv", "parquet"):
        pairs = _of_tables(files, space, kind, options)
    else:
        return {}  # features are numbers, which have no names
    found: dict[int, dict[str, None]] = {}
    for slot, name in pairs:
        if features is None or slot in features:
            found.setdefault(slot, {})[name] = None
    return {slot: _shown(list(names)) for slot, names in found.items()}


def _shown(names: list[str]) -> str:
    return " or ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")


def _of_tables(files: list[Any], space: FeatureSpace, kind: str, options: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """Read the same rows with a vocabulary, and hash its names."""
    assert space.bits is not None
    options = {"label": None} | options | {"format": kind, "schema": dict(space.schema)}
    known = 0
    for block in stream_examples(files, **options):
        names = (block.space.names or ())[known:]
        known += len(names)
        yield from zip(slots_of(hash_names(names), space.bits).tolist(), names, strict=True)


def _of_vowpal(files: list[Any], space: FeatureSpace) -> Iterator[tuple[int, str]]:
    """Split the text at bars and spaces, and hash each name as the reader does: as a row of its own."""
    assert space.bits is not None
    reader = VowpalReader(Slots(space, space.bits), None, Labels(None), BadRows("raise"), needs_label=False)
    seen: dict[tuple[bytes, bytes], None] = {}
    waiting: list[tuple[bytes, bytes]] = []
    for path in files:
        with open_input(path) as lines:
            for line in lines:
                for part in line.rstrip(b"\r\n").split(b"|")[1:]:
                    words = part.replace(b"\t", b" ").split(b" ")
                    space_name = words[0].partition(b":")[0]
                    for word in filter(None, words[1:]):
                        pair = space_name, word.partition(b":")[0]
                        if pair not in seen:
                            seen[pair] = None
                            waiting.append(pair)
                if len(waiting) >= TOGETHER:
                    yield from _hashed(reader, waiting)
                    waiting = []
    yield from _hashed(reader, waiting)


def _hashed(reader: VowpalReader, pairs: list[tuple[bytes, bytes]]) -> Iterator[tuple[int, str]]:
    if not pairs:
        return
    text = b"".join(b"0 |" + namespace + b" " + word + b"\n" for namespace, word in pairs)
    slots = reader.parse(np.frombuffer(text, np.uint8)).features.tolist()
    for slot, (namespace, word) in zip(slots, pairs, strict=True):
        name = word.decode("utf-8", "backslashreplace")
        field = namespace.decode("utf-8", "backslashreplace")
        yield slot, f"{field}^{name}" if field and field != UNNAMED else name
