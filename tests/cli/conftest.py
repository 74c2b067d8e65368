"""The command line as a user has it: in this process for speed, or as a process of its own for streams and signals."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from nearfield import Vectors
from nearfield.cli import main

sys.path.insert(0, str(Path(__file__).parents[1] / "follow"))  # what is followed

KEYS = ["king", "queen", "man", "woman", "[red]", "北京"]


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def nearfield(capsys):
    """Run the command line in this process."""

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        return Answer(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def program():
    return Path(sys.executable).with_name("nearfield")


@pytest.fixture
def process(program):
    """Run the installed program."""

    def run(*arguments, text=None, **options):
        command = [program, *map(str, arguments)]
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120, check=False, **options)
        return Answer(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def vectors():
    """Four words for which king - man + woman is exactly queen, and two that lie elsewhere."""
    royal, male, female, other = np.eye(4, dtype=np.float32)
    rows = [royal + male, royal + female, male, female, other, other - royal]
    table = np.stack(rows).astype(np.float32)
    return Vectors(KEYS, table, np.roll(table, 1, axis=0), counts=[60, 50, 40, 30, 20, 10])


@pytest.fixture
def saved(vectors, tmp_path):
    vectors.save(tmp_path / "words")
    return tmp_path / "words"


@pytest.fixture
def text(tmp_path):
    """Two subjects that never mix."""
    path = tmp_path / "text.txt"
    path.write_text("red green blue\ngreen blue red\n" * 100 + "one two three\nthree one two\n" * 100)
    return path
