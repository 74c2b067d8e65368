"""A log replayed by time from the command line."""

import json

import numpy as np
import pytest

OPTIONS = ["--user", "u", "--item", "i", "--time", "t", "--no-clean", "--quiet"]
DAY = 86_400


@pytest.fixture
def clicks(tmp_path):
    """People who go on through thirty items, from anywhere; in the second half of the time, thirty others."""
    random = np.random.default_rng(0)
    rows = []
    for user in range(160):
        start = 10**9 + user * DAY // 4
        first, shift = int(random.integers(30)), 30 * (user >= 120)
        rows += [f"u{user},i{(first + n) % 30 + shift},{start + 60 * n}\n" for n in range(12)]
    (tmp_path / "clicks.csv").write_text("u,i,t\n" + "".join(rows))
    return tmp_path / "clicks.csv"


def test_updates_learn_what_is_new_and_are_held_to_retraining(nearfield, clicks, tmp_path):
    arguments = [
        "--every",
        "10d",
        "--portions",
        "2",
        "--strategies",
        "retrain,settle,replay+settle",
        "--report",
        tmp_path / "report.html",
    ]
    code, out, err = nearfield("evaluate", "stream", clicks, *OPTIONS, *arguments, "--json")
    assert (code, err) == (0, "")
    courses = {row["learner"]: row for row in map(json.loads, out.splitlines())}
    assert list(courses) == ["no update", "retrain", "settle", "replay+settle"]
    last = {name: one["scores"][-1][-1] for name, one in courses.items()}
    # nobody who learnt the first half alone knows the other thirty items
    assert last["no update"] == 0
    assert min(last["retrain"], last["settle"], last["replay+settle"]) > 0.12
    assert courses["retrain"]["figures"]["old of retrain"] == 1
    assert courses["retrain"]["slices"][0] == "2001-09-09"
    assert "<svg" in (tmp_path / "report.html").read_text()


def test_the_table(nearfield, clicks):
    arguments = ["--strategies", "fine_tune", "--portions", "1", "--epochs", "2"]
    code, out, _ = nearfield("evaluate", "stream", clicks, *OPTIONS, *arguments)
    assert code == 0
    assert [line.split("  ")[0] for line in out.splitlines()[:3]] == ["learner", "no update", "fine_tune"]
    assert out.splitlines()[-1].endswith("scores are NDCG@10")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--strategies", "replay,dream"], "strategy 'dream' is unknown; expected one of retrain"),
        (["--strategies", "replay,replay"], "each name once"),
        (["--every", "soon"], "'soon' is no duration"),
        (["--report", "."], ".: is a folder; expected a file name to write to"),
    ],
)
def test_mistakes_are_one_line(nearfield, clicks, arguments, message):
    code, out, err = nearfield("evaluate", "stream", clicks, *OPTIONS, *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert message in err
