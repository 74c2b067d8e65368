"""Which columns hold sources, targets and weights: by the names in a header row, or by what the rows hold."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nearfield.errors import BadInput

PAIRS = (
    *(("source", "target"), ("source", "destination"), ("src", "dst"), ("src", "dest"), ("src", "trg"), ("src", "tgt")),
    *(("from", "to"), ("fromnodeid", "tonodeid"), ("fromnode", "tonode"), ("fromid", "toid"), ("fromkey", "tokey")),
    *(("sourceid", "targetid"), ("sourceid", "destinationid"), ("sourcenode", "targetnode"), ("srcid", "dstid")),
    *(("sourcenodeid", "targetnodeid"), ("start", "end"), ("startid", "endid"), ("startnode", "endnode")),
    *(("node1", "node2"), ("node1id", "node2id"), ("nodea", "nodeb"), ("nodeid1", "nodeid2"), ("id1", "id2")),
    *(("vertex1", "vertex2"), ("v1", "v2"), ("n1", "n2"), ("head", "tail"), ("tail", "head"), ("item1", "item2")),
    *(("user1", "user2"), ("user", "friend"), ("userid", "friendid"), ("follower", "followee"), ("user", "item")),
    *(("follower", "followed"), ("follower", "following"), ("userid", "itemid"), ("userid", "movieid")),
    *(("user", "movie"), ("parent", "child"), ("citing", "cited"), ("sender", "receiver"), ("sender", "recipient")),
    *(("origin", "destination"), ("node", "neighbor"), ("node", "neighbour"), ("subject", "object")),
)
WEIGHTS = ("weight", "weights", "edgeweight", "value", "count", "score", "strength", "rating", "w")
NAMES = frozenset(name for pair in PAIRS for name in pair) | set(WEIGHTS)
MISSING = frozenset(("na", "n/a", "nan", "null", "none", "nil", "inf", "-inf", "+inf", "infinity", "-", "?", "."))
FEWEST_NUMBERS = 2  # rows of numbers below a row of words that make it a header
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def is_number(cell: str) -> bool:
    """Whether a field spells a decimal number."""
    return NUMBER.fullmatch(cell) is not None


def plain(name: str) -> str:
    """Return a column's name without case and punctuation: "FromNodeId", "from_node_id" and ":START_ID" are usual."""
    return re.sub(r"[^0-9a-z]", "", name.casefold())


def pair_in(names: Sequence[str]) -> tuple[int, int] | None:
    """Return where the columns of source and target stand, if names say so."""
    usual = [plain(name) for name in names]
    for source, target in PAIRS:
        if usual.count(source) == 1 and usual.count(target) == 1:
            return usual.index(source), usual.index(target)
    return None


def header_columns(rows: Sequence[Sequence[str]], *, weighted: bool, by_name: bool = False) -> bool:
    """Whether the first of some rows names the columns.

    It does where it has the usual names of source and target, which no other row has; where its first two fields are
    words and those of two or more other rows are numbers; and, of edges with weights, where its third field is a word
    and all others are numbers. `by_name` admits the first way only.
    """
    first, others = rows[0], rows[1:]
    if len(first) < 2:
        return False
    if weighted and len(first) > 2 and is_number(first[2]):
        return False
    pair = pair_in(first)
    if pair is not None:
        nodes = {first[place] for place in pair}
        return not any(nodes & set(row[:2]) for row in others)
    if by_name or not others:
        return False
    words = not any(is_number(cell) or not cell for cell in first[:2])
    numbers = [row for row in others if len(row) > 1 and is_number(row[0]) and is_number(row[1])]
    if words and len(numbers) == len(others) >= FEWEST_NUMBERS:
        return True
    if not weighted or not words or len(first) < 3 or first[2].casefold() in MISSING or not first[2]:
        return False
    return all(len(row) > 2 and is_number(row[2]) for row in others)


def named_columns(
    columns: Sequence[str | int] | None,
    names: Sequence[str] | None,
    row: Sequence[str],
    *,
    weighted: bool,
    where: str,
) -> tuple[int, int, int]:
    """Return the places of source, target and weight, from 0; -1 for no weight.

    `columns` are names of the header row, or numbers from 1; without them the usual names in the header row say which,
    else they are the first ones.
    """
    if columns is not None:
        expected = 3 if weighted else 2
        if len(columns) != expected:
            raise BadInput(f"columns are {list(columns)}; expected {expected}: source, target{', weight' * weighted}")
        places = [_place(column, names, len(row), where) for column in columns]
        if len(set(places)) < len(places):
            raise BadInput(f"columns are {list(columns)}; expected each once")
        return places[0], places[1], places[2] if weighted else -1
    source, target = pair_in(names or ()) or (0, 1)
    if not weighted:
        return source, target, -1
    usual = [plain(name) for name in names or ()]
    named = (usual.index(name) for name in WEIGHTS if name in usual)
    first = (place for place in range(3) if place not in (source, target))
    return source, target, next((place for place in named if place not in (source, target)), next(first))


def _place(column: str | int, names: Sequence[str] | None, width: int, where: str) -> int:
    if isinstance(column, int) and not isinstance(column, bool):
        if not 1 <= column <= width:
            raise BadInput(f"{where}: has {width} columns; columns names number {column}")
        return column - 1
    if names is None or column not in names:
        has = f"has the columns {', '.join(names)}" if names else "has no header row"
        raise BadInput(f"{where}: {has}; columns names {column!r}")
    return [*names].index(str(column))
