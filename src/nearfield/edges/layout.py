"""How a text file of edges is laid out, by its first lines: comments, separator, header row, adjacency list."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from nearfield.edges.columns import header_columns, is_number, named_columns
from nearfield.errors import BadInput

RUNS_OF_BLANKS = -1
MARKERS = "#%"
SAMPLE = 2_000  # lines that are looked at
FEWEST_LISTS = 20  # lines from which on an adjacency list may name neighbours without lines of their own
QUOTED_OR_WORD = re.compile(r'"(?:[^"]|"")*"|\S+')
FOREIGN = {
    r"\*(vertices|network)\b": "a Pajek network",
    r"<\?xml|<graphml|<gexf": "GraphML or another form of XML",
    r"(di|strict )?graph\s*\w*\s*[\[{]": "GML or DOT",
    r"dl\s+n\s*=": "UCINET DL",
    r'\{\s*"|\[\s*[\[{]': "JSON",
}


@dataclass(frozen=True)
class Options:
    """What the user says of the layout; None is detected. See `read_edges`."""

    weighted: bool = False
    separator: str | None = None
    header: bool | None = None
    columns: tuple[str | int, ...] | None = None
    format: str | None = None
    comments: str | None = None
    quotes: bool = True


@dataclass(frozen=True)
class Layout:
    """How the lines of one file are read.

    Attributes
    ----------
    separator : int
        The byte between fields, or RUNS_OF_BLANKS.
    begin : int
        The first byte that belongs to data: comments at the head and the header row lie before.
    adjacency : bool
        Whether each line names a node and its neighbours.
    fields : tuple of three int
        Places of source, target and weight, from 0; -1: none.
    header : tuple of str
        The names of columns, empty where there are none.
    detected : bool
        Whether it was detected, and not said by the options, that the first row is a header row, or that the file is an
        adjacency list.
    comments : int
        Lines before `begin` that are comments.
    claims : tuple of str
        What the file says of the edges' directions.
    """

    separator: int
    begin: int
    adjacency: bool = False
    fields: tuple[int, int, int] = (0, 1, -1)
    header: tuple[str, ...] = ()
    detected: bool = False
    comments: int = 0
    claims: tuple[str, ...] = ()


def detect(data: bytes, options: Options, where: str, *, whole: bool) -> Layout | None:
    """Return the layout of a file whose first lines are `data`; None where these are comments and blank lines only.

    Parameters
    ----------
    data : bytes
        UTF-8, with line feeds; `whole` says whether it is the whole file.
    where : str
        The file, for messages.

    Raises
    ------
    BadInput
        Another format; options that the file does not fit; a layout that may be read in two ways.
    """
    lines = lines_of(data, SAMPLE)
    if lines:
        _refuse_foreign(lines[0].text, where)
    head, body = without_head(lines, options)
    if not body:
        return None
    rows_text = [line.text for line in body]
    claims = tuple(note for line in head if (note := _claim(line.text, where)))
    separator = separator_of(rows_text, options)
    rows = [split(text, separator, options.quotes) for text in rows_text]
    if options.format == "adjacency":
        _check_adjacency(options, where)
        begin = body[0].end if options.header else body[0].start
        return Layout(separator, begin, adjacency=True, comments=len(head), claims=claims)
    names = _header(rows, head, options, separator, where)
    is_row = names is not None and names == rows[0]
    first = body[0].end if is_row else body[0].start
    data_rows = rows[1:] if is_row else rows
    fields = named_columns(options.columns, names, rows[0], weighted=options.weighted, where=where)
    if options.format is None and names is None and options.columns is None and not options.weighted:
        if _is_adjacency(data_rows, whole=whole and len(lines) < SAMPLE):
            return Layout(separator, first, adjacency=True, detected=True, comments=len(head), claims=claims)
        _refuse_lists(data_rows, fields[1], where)
    detected = is_row and not options.header
    return Layout(separator, first, False, fields, tuple(names or ()), detected, len(head), claims)


@dataclass(frozen=True)
class Line:
    """A line, its number from 1, and where it begins in bytes and the next one does."""

    text: str
    number: int
    start: int
    end: int


def lines_of(data: bytes, most: int | None = None) -> list[Line]:
    """Return the lines that are not blank, or the first ones, with their places in bytes."""
    lines: list[Line] = []
    start, number = 0, 1
    while start < len(data) and (most is None or len(lines) < most):
        stop = data.find(b"\n", start)
        end = len(data) if stop < 0 else stop + 1
        text = data[start:end].decode("utf-8", "replace").strip("\r\n")
        if text.strip():
            lines.append(Line(text, number, start, end))
        start, number = end, number + 1
    return lines


def split(text: str, separator: int, quotes: bool) -> list[str]:
    """Return the fields of a line, as the kernels cut them."""
    if separator == RUNS_OF_BLANKS:
        words = QUOTED_OR_WORD.findall(text) if quotes and '"' in text else text.split()
        return [unquoted(word) if quotes else word for word in words]
    if quotes and '"' in text:
        try:
            return [cell.strip() for cell in next(csv.reader([text], delimiter=chr(separator), skipinitialspace=True))]
        except (csv.Error, StopIteration):
            pass  # the kernel says what is wrong
    return [cell.strip() for cell in text.split(chr(separator))]


def unquoted(word: str) -> str:
    """Return a field without the double quotes around it."""
    return word[1:-1].replace('""', '"') if len(word) > 1 and word[0] == word[-1] == '"' else word


# ---- comments ------------------------------------------------------------------------------------------------------


def without_head(lines: list[Line], options: Options) -> tuple[list[Line], list[Line]]:
    """Return the comments before the first line of data, and the data that follow, without comments.

    A marker and a blank make a comment wherever they stand. A marker that a word follows makes one at the head of the
    file only, and not there if the file has such words as nodes: hashtags.
    """
    markers = MARKERS if options.comments is None else options.comments
    if not markers:
        return [], lines
    marked = [line.text.lstrip()[0] in markers for line in lines]
    if options.comments is not None:
        sure = marked
    else:
        sure = [mark and _surely_comment(line.text) for mark, line in zip(marked, lines, strict=True)]
    words = [line for line, mark, certain in zip(lines, marked, sure, strict=True) if mark and not certain]
    first_plain = next((i for i, mark in enumerate(marked) if not mark), len(lines))
    hashtags = bool(words) and _has_hashtags(words, lines, marked, first_plain)
    at_head = [i < first_plain and not hashtags for i in range(len(lines))]
    comment = [certain or (mark and head) for mark, certain, head in zip(marked, sure, at_head, strict=True)]
    begin = next((i for i, it_is in enumerate(comment) if not it_is), len(lines))
    return lines[:begin], [line for i, line in enumerate(lines) if i >= begin and not comment[i]]


def _surely_comment(text: str) -> bool:
    """Whether nothing, a blank or another marker follows the marker."""
    rest = text.lstrip()[1:]
    return not rest or rest[0].isspace() or rest.lstrip(MARKERS) == "" or rest[0] in MARKERS


def _has_hashtags(words: list[Line], lines: list[Line], marked: list[bool], first_plain: int) -> bool:
    if first_plain == len(lines):
        return len(words) > 1 and all(len(line.text.split()) > 1 or "," in line.text for line in words)
    if any(line.start > lines[first_plain].start for line in words):
        return True
    plain = (line.text for line, mark in zip(lines, marked, strict=True) if not mark)
    return any(re.search(r'[\s,;|"][#%][^\s#%]', text) for text in plain)


def _claim(text: str, where: str) -> str | None:
    """Return what a comment of SNAP or KONECT says of the edges, where it changes how they should be read."""
    rest = text.lstrip(MARKERS + " \t").casefold()
    if re.match(r"bip\b", rest):
        raise BadInput(
            f"{where}: its first line says that the graph is bipartite ({text.strip()[:40]!r}): 1 on the left is not 1"
            ' on the right; write keys that differ, such as u1 and i1: awk \'!/^%/ {print "u"$1, "i"$2}\''
        )
    if re.match(r"asym\b|directed graph", rest):
        return f"{where}: says of itself that its edges are directed ({text.strip()[:40]!r})"
    return None


# ---- separator -----------------------------------------------------------------------------------------------------


def checked_separator(separator: str) -> str:
    """Return the character between fields; it may be typed as an escape, such as \\t."""
    escapes = {"\\t": "\t", "tab": "\t", "\\s": " ", "space": " ", "\\x1f": "\x1f", "\\x01": "\x01", "\\u0001": "\x01"}
    character = escapes.get(separator.casefold(), separator)
    if len(character.encode()) != 1 or character in '\n\r"':
        raise BadInput(f"separator is {separator!r}; expected one character, such as ',' or '\\t'")
    return character


def separator_of(rows: list[str], options: Options) -> int:
    """Return the byte between fields: that of the options, a TAB, a comma or a semicolon, or runs of blanks."""
    if options.separator is not None:
        return RUNS_OF_BLANKS if options.separator == " " else ord(options.separator)
    tabbed = [cells for text in rows if len(cells := [cell for cell in text.strip().split("\t") if cell.strip()]) > 1]
    if tabbed:
        spaced = [cell for cells in tabbed for cell in cells if " " in cell.strip()]
        only_numbers = all(is_number(word) for cell in spaced for word in cell.split())
        if (spaced and not only_numbers) or (not spaced and len(tabbed) == len(rows)):
            return ord("\t")
        return RUNS_OF_BLANKS
    if all("," in text for text in rows) or "," in rows[0]:
        return ord(",")
    for character in ";|":
        fields = [[cell for cell in text.split(character) if cell.strip()] for text in rows]
        if len(fields[0]) > 1 and len({len(cells) for cells in fields}) == 1:
            return ord(character)
    return RUNS_OF_BLANKS


# ---- header row ----------------------------------------------------------------------------------------------------


def _header(rows: list[list[str]], head: list[Line], options: Options, separator: int, where: str) -> list[str] | None:
    """Return the names of columns: the first row, or a comment right before it that names them; None without any."""
    if options.header:
        return rows[0]
    if options.header is None and header_columns(rows, weighted=options.weighted):
        return rows[0]
    by_name = [column for column in options.columns or () if isinstance(column, str)]
    if options.header is None and by_name and set(by_name) <= set(rows[0]):
        return rows[0]
    if head and options.header is None:
        names = split(head[-1].text.lstrip().lstrip(MARKERS).strip(), separator, options.quotes)
        if len(names) == len(rows[0]) and header_columns([names, *rows[:1]], weighted=False, by_name=True):
            return names
    return None


# ---- adjacency lists -----------------------------------------------------------------------------------------------


def _check_adjacency(options: Options, where: str) -> None:
    for name in ("weighted", "columns"):
        if getattr(options, name):
            raise BadInput(f"{name} is given for an adjacency list; its lines are a node and the node's neighbours")


def _is_adjacency(rows: Sequence[Sequence[str]], *, whole: bool) -> bool:
    """Whether lines are surely a node and its neighbours.

    Each begins with another node, and neighbours have lines of their own, where only a part of the file is seen, of 20
    lines and with four fields and more, maybe later. Lines have different numbers of fields; if all have the same, the
    third field may be a weight, unless every node is among the neighbours of its neighbours.
    """
    filled = [[cell for cell in row if cell] for row in rows]
    lengths = {len(row) for row in filled}
    nodes = {row[0] for row in filled if row}
    if max(lengths, default=0) < 3 or len(nodes) < len(filled):
        return False
    closed = all(cell in nodes for row in filled for cell in row)
    if len(lengths) == 1:
        pairs = {(row[0], other) for row in filled for other in row[1:]}
        return closed and whole and all((other, node) in pairs for node, other in pairs)
    return closed or (not whole and len(filled) >= FEWEST_LISTS and max(lengths) > 3)


def _refuse_lists(rows: Sequence[Sequence[str]], target: int, where: str) -> None:
    """Refuse a column of lists, such as "[1, 2]", whose text would be taken for a node."""
    cells = [row[target] for row in rows if len(row) > target]
    lists = [cell for cell in cells if cell.startswith("[") and cell.endswith("]") and "," in cell]
    if lists and 2 * len(lists) >= len(cells):
        raise BadInput(f"{where}: the targets are lists such as {lists[0][:40]!r}; write an edge on each line")


def _refuse_foreign(text: str, where: str) -> None:
    for pattern, name in FOREIGN.items():
        if re.match(pattern, text.strip(), re.IGNORECASE):
            raise BadInput(
                f"{where}: is {name} by its first line; expected edges, or read it with networkx and give"
                " Graph.from_networkx(graph)"
            )
