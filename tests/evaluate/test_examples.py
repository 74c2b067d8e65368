"""The worked examples in docstrings come out as they are printed."""

import doctest
import importlib
import pkgutil

import pytest

import nearfield.evaluate

MODULES = [module.name for module in pkgutil.iter_modules(nearfield.evaluate.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(f"nearfield.evaluate.{name}")).failed == 0


def test_there_are_examples():
    tests = [
        example
        for name in MODULES
        for found in doctest.DocTestFinder().find(importlib.import_module(f"nearfield.evaluate.{name}"))
        for example in found.examples
    ]
    assert len(tests) > 15
