import io
import json

import pytest

from nearfield.formats import load


def answers(out):
    return [(row["key"], row.get("cosine", row.get("score"))) for row in map(json.loads, out.splitlines())]


def test_json_is_what_python_says(nearfield, saved, vectors):
    code, out, err = nearfield("similar", saved, "king", "-k", 3, "--json")
    assert (code, err) == (0, "")
    assert answers(out) == [(key, pytest.approx(score)) for key, score in vectors.similar("king", k=3)]


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
def test_an_analogy(nearfield, saved, method):
    out = nearfield("similar", saved, "king", "woman", "--minus", "man", "--method", method, "-k", 1, "--json").out
    assert answers(out)[0][0] == "queen"


def test_keys_from_standard_input(nearfield, saved, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"king\n\nwoman\n")))
    assert nearfield("similar", saved, "-", "--minus", "man", "-k", 1, "--json").out.startswith('{"key": "queen"')
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert nearfield("similar", saved, "-").code == 2


def test_the_table_shows_keys_as_they_are(nearfield, saved):
    out = nearfield("similar", saved, "queen").out
    assert out.splitlines()[0].split() == ["key", "cosine"]
    assert {line.split()[0] for line in out.splitlines()[1:]} == {"king", "man", "woman", "[red]", "北京"}


def test_an_unknown_key_names_the_nearest(nearfield, saved):
    code, _, err = nearfield("similar", saved, "kingg")
    assert (code, err.count("\n")) == (2, 1)
    assert "'king'" in err


def test_any_format_may_be_asked(nearfield, saved, tmp_path):
    assert nearfield("convert", saved, tmp_path / "words.txt", "--to", "word2vec").code == 0
    assert load(tmp_path / "words.txt").keys == load(saved).keys
    asked = [nearfield("similar", path, "king", "--json").out for path in (saved, tmp_path / "words.txt")]
    assert asked[0] == asked[1]
