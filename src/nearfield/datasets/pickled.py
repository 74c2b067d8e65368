"""Arrays out of old pickles, without unpickling: opcodes are read as data, and nothing that they name is called.

`pickle` runs what a file names, and even the states of NumPy's own types can be forged to reach memory that is not
theirs. Here names stay text; arrays are made by `numpy.frombuffer` from a type, a shape and bytes that fit together.
"""

from __future__ import annotations

import math
import pickletools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nearfield.errors import BadInput

ARRAY, DTYPE, MATRIX = "numpy.core.multiarray _reconstruct", "numpy dtype", "scipy.sparse.csr csr_matrix"
DICT = "collections defaultdict"
PLAIN_DTYPE = re.compile(r"b1|[iu][1248]|f[248]")
MARK = object()


@dataclass
class Made:
    """What a pickle asks to be made: by which name, from which arguments, and then set to which state."""

    name: str
    arguments: Any
    state: Any = None


class Malformed(ValueError):
    """A pickle that is none, or none of arrays."""


def read_arrays(path: Path) -> Any:
    """Read an ndarray, a scipy CSR matrix or a dict of lists.

    Raises
    ------
    BadInput
        The file is no pickle, is cut short, asks for anything but arrays, or its arrays do not fit together.
    """
    try:
        content = _content(_interpreted(path.read_bytes()))
    except (ValueError, TypeError, AttributeError, LookupError, OverflowError, OSError, RecursionError) as error:
        raise BadInput(f"{path}: {error!s:.200}; expected pickled arrays") from error
    if not isinstance(content, np.ndarray | dict) and type(content).__name__ != "csr_matrix":
        raise BadInput(f"{path}: holds a {type(content).__name__}; expected an array, a matrix or a dict of lists")
    return content


def _content(read: Any) -> Any:
    """Return an array, a matrix or a dict of lists for what was read; anything else as it is."""
    if not isinstance(read, Made):
        return read
    if read.name == ARRAY:
        return _array(read)
    if read.name == DICT:
        return {int(node): [int(other) for other in others] for node, others in dict(read.state).items()}
    if read.name != MATRIX:
        raise Malformed(f"it asks for {read.name.replace(' ', '.')}, which is no part of an array")
    from scipy.sparse import csr_matrix

    parts = {name: _array(read.state[name]) for name in ("data", "indices", "indptr")}
    rows, columns = map(int, read.state["_shape"])
    indptr, indices = parts["indptr"], parts["indices"]
    if len(indptr) != rows + 1 or (len(indices) and not 0 <= indices.min() <= indices.max() < columns):
        raise Malformed(f"the entries of a matrix lie outside of its {rows} × {columns}")
    matrix = csr_matrix((parts["data"], indices, indptr), shape=(rows, columns))
    matrix.check_format()
    return matrix


def _array(made: Any) -> np.ndarray:
    """Return a copy of the array that a state describes, once type, shape and bytes fit together."""
    if not isinstance(made, Made) or made.name != ARRAY:
        raise Malformed(f"a {getattr(made, 'name', type(made).__name__)} stands where an array was expected")
    _, shape, dtype, fortran, data = made.state
    if dtype.name != DTYPE or not PLAIN_DTYPE.fullmatch(str(dtype.arguments[0])) or dtype.state[1] not in "<>|=":
        raise Malformed(f"an array is of {dtype.arguments!r:.60}; expected numbers")
    item = np.dtype(dtype.state[1].replace("|", "=") + dtype.arguments[0])
    content = data.encode("latin-1") if isinstance(data, str) else bytes(data)
    sizes = [int(n) for n in shape]
    if min(sizes, default=0) < 0 or math.prod(sizes) * item.itemsize != len(content):
        raise Malformed(f"an array of shape {tuple(sizes)} has {len(content):,} bytes")
    array = np.frombuffer(content, item).reshape(sizes, order="F" if fortran else "C")
    return array.astype(item.newbyteorder("="))


def _interpreted(data: bytes) -> Any:
    """Return what a pickle builds, of plain values and `Made`; opcodes that arrays do not need are refused."""
    stack: list[Any] = []
    memo: dict[Any, Any] = {}
    for opcode, argument, _ in pickletools.genops(data):
        name = opcode.name
        if name in ("PROTO", "FRAME"):
            continue
        if name == "STOP":
            return stack[-1]
        if name in ("BINPUT", "LONG_BINPUT", "PUT"):
            memo[argument] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET", "GET"):
            stack.append(memo[argument])
        elif name in _PUSHES:
            stack.append(_PUSHES[name](argument))
        elif argument is not None and [kind.name in _PLAIN for kind in opcode.stack_after] == [True]:
            stack.append(argument)
        elif name in _TUPLES:
            size = _TUPLES[name]
            stack[len(stack) - size :] = [tuple(stack[len(stack) - size :])]
        elif name in ("TUPLE", "LIST", "DICT"):
            items = list(_since_mark(stack))
            stack.append(tuple(items) if name == "TUPLE" else items if name == "LIST" else _pairs(items))
        elif name in ("APPEND", "APPENDS"):
            items = [stack.pop()] if name == "APPEND" else list(_since_mark(stack))
            stack[-1].extend(items)
        elif name in ("SETITEM", "SETITEMS"):
            items = [stack.pop(-2), stack.pop()] if name == "SETITEM" else list(_since_mark(stack))
            _set_items(stack[-1], _pairs(items))
        elif name in ("REDUCE", "NEWOBJ"):
            arguments, called = stack.pop(), stack.pop()
            stack.append(Made(_KNOWN[called] if called in _KNOWN else _unknown(called), arguments))
        elif name == "BUILD":
            state, made = stack.pop(), stack[-1]
            if not isinstance(made, Made):
                raise Malformed("a state is set on what is no array")
            made.state = state
        else:
            raise Malformed(f"it holds the opcode {name}, which arrays do not need")
    raise Malformed("it has no end")


_PUSHES: dict[str, Any] = {
    "MARK": lambda _: MARK,
    "NONE": lambda _: None,
    "NEWTRUE": lambda _: True,
    "NEWFALSE": lambda _: False,
    "EMPTY_TUPLE": lambda _: (),
    "EMPTY_LIST": lambda _: [],
    "EMPTY_DICT": lambda _: {},
    "GLOBAL": lambda named: named,
}
_PLAIN = {"int", "int_or_bool", "float", "bytes", "str", "bytes_or_str"}  # as pickletools calls them
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_KNOWN = {name: name for name in (ARRAY, DTYPE, MATRIX, DICT)}


def _unknown(called: Any) -> str:
    raise Malformed(f"it asks for {str(called).replace(' ', '.'):.80}, which is no part of an array")


def _since_mark(stack: list[Any]) -> Iterator[Any]:
    """Take from a stack what stands above the last mark, and the mark."""
    at = next(i for i in range(len(stack) - 1, -2, -1) if i < 0 or stack[i] is MARK)
    if at < 0:
        raise Malformed("it has no mark where one was expected")
    items = stack[at + 1 :]
    del stack[at:]
    yield from items


def _pairs(items: list[Any]) -> dict[Any, Any]:
    return dict(zip(items[::2], items[1::2], strict=True))


def _set_items(target: Any, items: dict[Any, Any]) -> None:
    if isinstance(target, Made):  # a defaultdict
        target.state = target.state or {}
        target = target.state
    target.update(items)
