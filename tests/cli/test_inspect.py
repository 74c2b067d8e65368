import json

import pytest

from nearfield.cli.inspect import readable
from nearfield.sequences import Sequences


def test_vectors(nearfield, saved):
    facts = json.loads(nearfield("inspect", saved, "--json").out)
    assert (facts["kind"], facts["keys"], facts["dim"], facts["tokens_counted"]) == ("vectors", 6, 4, 210)
    assert facts["tables"] == "input and output"
    assert facts["bytes"] == 2 * 6 * 4 * 4
    assert facts["bytes_one_hot"] == 2 * 6 * 6 * 4
    assert facts["first_keys"][-1] == "北京"


def test_sequences(nearfield, tmp_path):
    Sequences.from_lists([["a", "b", "a"], ["b"]]).save(tmp_path / "s")
    facts = json.loads(nearfield("inspect", tmp_path / "s", "--json").out)
    assert (facts["kind"], facts["sequences"], facts["tokens"], facts["keys"]) == ("sequences", 2, 4, 2)
    assert (facts["mean_length"], facts["longest"]) == (2.0, 3)


def test_how_it_was_trained(nearfield, text, tmp_path):
    nearfield("fit", "words", text, "-o", tmp_path / "w", "--vector-size", 8, "--window", 2, "--quiet")
    out = nearfield("inspect", tmp_path / "w").out
    assert any(line.split() == ["trained", "window", "2"] for line in out.splitlines())
    assert json.loads(nearfield("inspect", tmp_path / "w", "--json").out)["trained"]["vector_size"] == 8


def test_what_is_neither(nearfield, tmp_path):
    (tmp_path / "config.json").write_text('{"kind": "teapot"}')
    code, _, err = nearfield("inspect", tmp_path)
    assert (code, err.count("\n")) == (2, 1)
    assert "teapot" in err


@pytest.mark.parametrize(
    ("size", "shown"), [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KiB"), (3 << 40, "3.0 TiB")]
)
def test_sizes_have_units(size, shown):
    assert readable({"bytes": size}) == {"size": shown}
