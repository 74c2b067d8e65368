"""Arguments that more than one verb takes."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from nearfield.errors import BadInput

STANDARD_INPUT = "-"
CONTEXT = "typer_context"
_TYPED: ContextVar[frozenset[str]] = ContextVar("typed", default=frozenset())  # options of the verb that runs

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Saved vectors: a folder, or a file in a known format.")]
Neighbours = Annotated[int, typer.Option("-k", min=1, help="How many to print.")]


def spread(kind: Any, **defaults: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a verb's parameter `options` the options of the command line that are the fields of a dataclass.

    So options that several verbs share are declared once. `defaults` are those of this verb that differ. `typed` says
    which of them were typed.
    """
    fields = {field.name: field.default for field in dataclasses.fields(kind)}
    hints = get_type_hints(kind, include_extras=True)
    own = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=value, annotation=hints[name])
        for name, value in (fields | defaults).items()
    ]

    def decorate(verb: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(verb)
        def run(**given: Any) -> None:
            context = given.pop(CONTEXT)
            options = kind(**{name: given.pop(name) for name in fields})
            names = {name for name in fields if context.get_parameter_source(name).name == "COMMANDLINE"}
            _TYPED.set(frozenset(names))
            verb(options=options, **given)

        signature = inspect.signature(verb, eval_str=True)
        rest = [one.replace(kind=one.KEYWORD_ONLY) for one in signature.parameters.values() if one.name != "options"]
        needed = [one for one in rest if one.default is one.empty]
        context = inspect.Parameter(CONTEXT, inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        parameters = [context, *needed, *own, *(one for one in rest if one not in needed)]
        run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in parameters} | {"return": None}
        return run

    return decorate


def typed(options: Any) -> frozenset[str]:
    """Return the names of those options that were typed on the command line, whatever their values."""
    return _TYPED.get() & {field.name for field in dataclasses.fields(options)}


def option_name(name: str) -> str:
    """Return how an option is typed."""
    return f"--{name.replace('_', '-')}"


Options = TypeVar("Options")


def part_of(options: Any, kind: type[Options]) -> Options:
    """Return those of some options that are the fields of one of the dataclasses that theirs was made from."""
    return kind(**{field.name: getattr(options, field.name) for field in dataclasses.fields(kind)})  # type: ignore[arg-type]


def named(pairs: Iterable[str], option: str) -> dict[str, str]:
    """Return `name=value` pairs as they were typed."""
    found = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name or not value:
            raise BadInput(f"{option} is {pair!r}; expected name=value")
        if name in found:
            raise BadInput(f"{option} names {name!r} twice; expected each once")
        found[name] = value
    return found


def durations(text: str) -> list[str]:
    """Return durations that were typed with commas between them."""
    return text.split(",")


def read_lines(path: Path, encoding: str | None = None) -> list[str]:
    """Read a list, one entry a line: a file, compressed or not, a pipe, or `-`; blank lines are left out."""
    from nearfield.io import read_text_file  # brings NumPy, for which --help does not wait

    return [line.strip(" \t") for line in read_text_file(path, encoding).split("\n") if line.strip(" \t")]


def given_keys(keys: Iterable[str]) -> list[str]:
    """Return the keys that were typed; `-` stands for those on standard input, one a line."""
    found: list[str] = []
    for key in keys:
        found += read_lines(Path(STANDARD_INPUT)) if key == STANDARD_INPUT else [key]
    if not found:
        raise BadInput("standard input holds no key; expected one a line")
    return found
