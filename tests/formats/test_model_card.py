import re

import numpy as np
import pytest

from nearfield import load
from nearfield.formats.model_card import model_card
from nearfield.vectors import Vectors


def test_the_card_says_what_the_vectors_are(vectors):
    card = model_card(vectors, "words")
    assert "7 keys × 5 dimensions, stored as float32; input and output rows." in card
    assert 'Seen 28 times in all; the most frequent keys are "the", "naïve", "北京"' in card
    assert "| epochs | 5 |" in card
    assert "nearfield similar words the" in card


def test_the_python_of_the_card_runs(vectors, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    vectors.save("words")
    code = re.search(r"```python\n(.*?)```", (tmp_path / "words" / "README.md").read_text(), re.DOTALL)[1]
    names = {}
    exec(code, names)
    assert names["vectors"].keys == load("words").keys


@pytest.mark.parametrize("metadata", [None, {"trained": "by hand"}, {"trained": {}}])
def test_what_is_not_known_is_not_made_up(metadata):
    card = model_card(Vectors(["\n", "|"], np.ones((2, 1)), metadata=metadata), "v")
    assert "The metadata do not say." in card
    assert "Seen" not in card
    assert "KEY" in card


def test_no_setting_breaks_the_table():
    card = model_card(Vectors(["a"], np.ones((1, 1)), metadata={"trained": {"a|b": "x\n| y", "list": [1, 2]}}), "v")
    assert "| a\\|b | x \\| y |\n| list | [1, 2] |\n" in card
