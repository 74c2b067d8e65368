"""The package as a whole: quick to import, one way of imports, every public name there."""

import importlib
import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

import nearfield

ROOT = Path(__file__).parents[1]
SLOW = {"numba", "polars", "pyarrow", "rjieba", "opencc", "matplotlib", "gensim", "sklearn", "scipy", "torch"}


def python(code, *options):
    return subprocess.run([sys.executable, *options, "-c", code], capture_output=True, text=True, check=True)


def test_import_takes_under_half_a_second():
    def cumulative_microseconds():
        log = python("import nearfield", "-X", "importtime").stderr
        return int(re.search(r"(\d+) \| nearfield$", log, re.MULTILINE)[1])

    assert min(cumulative_microseconds() for _ in range(3)) < 500_000


@pytest.mark.parametrize("code", ["import nearfield", "import nearfield.cli", "from nearfield import Vectors, load"])
def test_what_loads_slowly_waits_until_it_is_used(code):
    loaded = python(f"{code}\nimport sys\nprint(*sys.modules)").stdout.split()
    assert "nearfield" in loaded
    assert SLOW.isdisjoint(loaded)


def test_imports_go_one_way():
    assert lint_imports(str(ROOT / "pyproject.toml"), no_logo=True) == 0


@pytest.mark.parametrize("name", nearfield.__all__)
def test_every_public_name_is_there(name):
    assert getattr(nearfield, name) is not None
    assert name in dir(nearfield)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Word3Vec'"):
        _ = nearfield.Word3Vec


def test_what_is_installed_is_this_package():
    assert importlib.metadata.version("nearfield") == nearfield.__version__
    (script,) = importlib.metadata.entry_points(group="console_scripts", name="nearfield")
    assert script.load() is importlib.import_module("nearfield.cli").main
    assert (Path(nearfield.__file__).parent / "py.typed").exists()
