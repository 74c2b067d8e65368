"""A search for settings on a raw log."""

import json

import pytest

from nearfield import load

OPTIONS = ["--user", "u", "--item", "i", "--time", "t", "--no-clean", "--min-count", "1", "--workers", "1"]


@pytest.fixture
def clicks(tmp_path):
    """People who go on through thirty items, from anywhere; some go on later than others."""
    rows = [f"u{u},i{(u * 7 + n) % 30},{10**9 + 600 * n + 60 * u}\n" for u in range(80) for n in range(10)]
    (tmp_path / "clicks.csv").write_text("u,i,t\n" + "".join(rows))
    return tmp_path / "clicks.csv"


def test_default_preset_and_tuned_side_by_side_and_saved(nearfield, clicks, tmp_path):
    given = ["--trials", 4, "--metric", "hit_rate@1", "--json", "-o", tmp_path / "items"]
    code, out, err = nearfield("tune", "items", clicks, *OPTIONS, *given)
    assert code == 0, err
    result = json.loads(out)
    assert [one["name"] for one in result["compared"]] == ["default", "preset", "tuned"]
    assert (result["metric"], len(result["trials"])) == ("hit_rate@1", 4)
    assert err.count("trial ") == 4
    trained = load(tmp_path / "items").metadata["trained"]
    wanted = {name: value for name, value in result["params"].items() if name in trained}
    assert wanted
    assert wanted == {name: trained[name] for name in wanted}
    assert nearfield("next", tmp_path / "items", "i3", "-k", 1)[0] == 0


def test_the_table(nearfield, clicks):
    code, out, err = nearfield("tune", "items", clicks, *OPTIONS, "--seconds", "0.001", "--split", "last", "--quiet")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[1:4]] == ["default", "preset", "tuned"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--metric", "luck@10"], "metric is 'luck@10'; expected one of"),
        (["--seconds", "0"], "seconds is 0"),
        (["--sample", "0"], "sample is 0"),
        (["--group", "i"], "--group, which is not searched with"),
        (["--output", "clicks.csv/x"], "is a file; expected a folder name"),
    ],
)
def test_what_cannot_be_is_one_line(nearfield, clicks, options, message, monkeypatch):
    monkeypatch.chdir(clicks.parent)
    code, out, err = nearfield("tune", "items", clicks, *OPTIONS, *options, "--quiet")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
