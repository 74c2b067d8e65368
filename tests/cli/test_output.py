import json
import math

import pytest

from nearfield.cli.output import print_facts, print_json, print_rows


def test_json_lines_are_json_whatever_the_number(capsys):
    print_json({"a": math.nan, "b": [math.inf, 1.5], "c": {"d": -math.inf}, "e": "北京"})
    out = capsys.readouterr().out
    assert json.loads(out, parse_constant=pytest.fail) == {"a": None, "b": [None, 1.5], "c": {"d": None}, "e": "北京"}
    assert "北京" in out


def test_a_long_key_stays_in_one_line_for_other_programs(capsys):
    key = "x" * 500
    print_rows(("key", "n"), [(key, 1), ("[bold]", 1234)], as_json=False)
    assert capsys.readouterr().out.split() == ["key", "n", key, "1", "[bold]", "1,234"]


def test_facts(capsys):
    print_facts({"share": 0.5, "known": True, "gone": None}, as_json=False)
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["share", "0.5000"],
        ["known", "yes"],
        ["gone", "-"],
    ]
