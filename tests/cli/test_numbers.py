"""Every option for a number, of every verb: what Python reads as a number and nobody else does is refused."""

import re

import pytest
import typer.main

from nearfield.cli.app import app
from nearfield.cli.numbers import strict_numbers


def number_options(command, words=()):
    for name, verb in getattr(command, "commands", {}).items():
        yield from number_options(verb, (*words, name))
    for parameter in command.params:
        if re.search(r"\b(int|float)\b", repr(parameter.type_descriptor.annotation)):
            yield words, parameter


OPTIONS = list(number_options(typer.main.get_command(app)))


@pytest.mark.parametrize("text", ["1_0", "１０", "١", " 10", "10 ", "1_0.5"])
def test_only_plain_digits_are_a_number(nearfield, saved, text):
    code, out, err = nearfield("similar", saved, "king", "-k", text)
    assert (code, out, err) == (2, "", f"nearfield: -k is {text!r}; expected a number in plain digits, such as 10\n")


def test_every_option_for_a_number_is_strict():
    assert len(OPTIONS) > 50
    strict = {
        (words, parameter.name): parameter
        for words, parameter in number_options(strict_numbers(typer.main.get_command(app)))
    }
    loose = [key for key, parameter in strict.items() if "process_value" not in vars(parameter)]
    assert loose == []


def test_keys_are_no_numbers(nearfield, tmp_path):
    (tmp_path / "t").write_text("1_0 2 3 1_0 2 3\n" * 50)
    args = ["fit", "words", tmp_path / "t", "-o", tmp_path / "w", "--language", "whitespace", "--sample", "0", "-q"]
    assert nearfield(*args).code == 0
    assert nearfield("similar", tmp_path / "w", "1_0", "-k", "1").code == 0
