import json

import pytest


def test_json_is_what_python_says(nearfield, saved, vectors):
    history = ["king", "man"]
    code, out, _ = nearfield("next", saved, *history, "-k", 2, "--decay", 0.5, "--json")
    assert code == 0
    assert [row["key"] for row in map(json.loads, out.splitlines())] == [
        key for key, _ in vectors.next(history, k=2, decay=0.5, exclude=history)
    ]


def test_the_history_may_come_again_if_asked(nearfield, saved):
    def keys(*options):
        return {
            json.loads(line)["key"] for line in nearfield("next", saved, "king", "--json", *options).out.splitlines()
        }

    assert keys("--repeats") - keys() == {"king"}


def test_vectors_without_output_rows_cannot_say(nearfield, vectors, tmp_path):
    type(vectors)(vectors.keys, vectors.input).save(tmp_path / "half")
    code, _, err = nearfield("next", tmp_path / "half", "king")
    assert (code, err.count("\n")) == (2, 1)


def test_keys_cool_by_their_times(nearfield, saved, vectors):
    options = ["--half-life", "1h,7d", "--times", "2020-09-13T12:00:00Z,1600000000", "-k", 2, "--json"]
    code, out, err = nearfield("next", saved, "king", "man", *options)
    assert code == 0, err
    times = [1_599_998_400_000_000, 1_600_000_000_000_000]
    expected = vectors.next(["king", "man"], k=2, half_life=["1h", "7d"], times=times, exclude=["king", "man"])
    assert [(row["key"], row["score"]) for row in map(json.loads, out.splitlines())] == expected
    plain = nearfield("next", saved, "king", "man", "-k", 2, "--json").out
    assert plain != out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--half-life", "1h"], "half_life without times; expected both"),
        (["--times", "1600000000,1600000001"], "times without half_life; expected both"),
        (["--half-life", "soon", "--times", "1600000000,1600000001"], "'soon' is no duration"),
        (["--half-life", "1h", "--times", "1600000000"], "1 times for history 0 of 2 keys; expected one each"),
        (["--half-life", "1h", "--times", "1600000000,x"], '--times: "x" is no time; expected ISO 8601'),
        (
            ["--half-life", "1h", "--times", "1600000000,1600000001", "--decay", "0.5"],
            "half_life and decay are both given",
        ),
    ],
)
def test_times_that_do_not_fit(nearfield, saved, options, message):
    code, out, err = nearfield("next", saved, "king", "man", *options)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


@pytest.mark.parametrize(
    "times", ["1600000000,1600003600", "1600000000000,1600003600000", "2020-09-13T12:26:40Z,1600003600"]
)
def test_times_of_any_unit_weigh_alike(nearfield, saved, vectors, times):
    _, out, _ = nearfield("next", saved, "king", "man", "--half-life", "1h", "--times", times, "-k", 2, "--json")
    expected = vectors.next(["man", "man", "king"], k=2, exclude=["king", "man"])
    assert [json.loads(line)["score"] for line in out.splitlines()] == pytest.approx([score for _, score in expected])


def test_a_time_unit_is_for_clocks_that_do_not_begin_in_1970(nearfield, saved):
    options = ("next", saved, "king", "man", "--half-life", "1h", "--times", "0,3600")
    code, out, err = nearfield(*options)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "--times has 0, which is no time from 1980 to" in err
    assert nearfield(*options, "--time-unit", "s")[0] == 0
