"""Numbers on the command line: `1_0`, `１０` and ` 10`, which Python reads as 10, are none."""

from __future__ import annotations

from functools import partial
from typing import Any, get_args

from nearfield.errors import BadInput


def strict_numbers(command: Any) -> Any:
    """Return a command whose options for numbers, and those of its verbs, take ASCII digits without blanks only."""
    for verb in getattr(command, "commands", {}).values():
        strict_numbers(verb)
    for parameter in command.params:
        annotation = parameter.type_descriptor.annotation
        if {int, float} & {annotation, *get_args(annotation)}:
            parameter.process_value = partial(_checked, parameter, parameter.process_value)
    return command


def _checked(parameter: Any, process: Any, context: Any, value: Any) -> Any:
    for text in value if isinstance(value, list | tuple) else [value]:
        if isinstance(text, str) and (not text.isascii() or "_" in text or text != text.strip()):
            raise BadInput(f"{parameter.opts[0]} is {text!r}; expected a number in plain digits, such as 10")
    return process(context, value)
