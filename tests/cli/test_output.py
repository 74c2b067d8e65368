import json
import math

import pytest

from nearfield.cli.output import print_facts, print_json, print_rows, say, show


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


STEERING = [
    "\x1b[31mred",
    "a\nb",
    "\r\x07",
    "\x9b2J",
    "\u202eevil",
    "\u2066x",
    "line\u2028end",
    "a\u0085",
    "\ufeffmark",
    "\u200b",
]


@pytest.mark.parametrize("key", STEERING)
def test_what_would_steer_a_terminal_is_escaped(capsys, key):
    print_rows(("key", key), [(key, 1)], as_json=False)
    print_facts({"first keys": key}, as_json=False)
    show(f"one\n{key.replace(chr(10), '')}")
    say(key)
    out, err = capsys.readouterr()
    assert set(out + err) & {*"\x1b\r\x07\x9b\u202e\u2066\u2028\x85\ufeff\u200b"} == set()
    assert err.count("\n") == 1
    assert key.encode("unicode_escape").decode() in err
    print_json({"key": key})
    line = capsys.readouterr().out
    assert len(line.splitlines()) == 1
    assert json.loads(line) == {"key": key}


def test_what_belongs_to_words_is_not_escaped(capsys):
    words = ["👩\u200d🚀", "می\u200cخواهم", "co\u00adop", "北京\u3000", "[red]", ":smile:", "\\n"]
    print_rows(("[bold]",), [(word,) for word in words], as_json=False)
    lines = [line.rstrip(" ") for line in capsys.readouterr().out.split("\n")]
    assert lines == ["[bold]", *words, ""]


def test_a_key_of_a_file_cannot_steer(process, tmp_path):
    path = tmp_path / "k\x1b[31m\ny.txt"
    code, out, err = process("similar", path, "x")
    assert (code, err.count("\n")) == (2, 1)
    assert "\x1b" not in err
    (tmp_path / "v.txt").write_bytes(b"2 2\n\x1b[31ma 1 2\n\xe2\x80\xaeb 1 3\n")
    for arguments in (("inspect", tmp_path / "v.txt"), ("similar", tmp_path / "v.txt", "\x1b[31ma")):
        code, out, err = process(*arguments)
        assert code == 0
        assert "\x1b" not in out + err
        assert "\u202e" not in out + err
