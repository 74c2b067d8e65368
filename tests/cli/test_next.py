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
        (["--times", "1,2"], "times without half_life; expected both"),
        (["--half-life", "soon", "--times", "1,2"], "'soon' is no duration"),
        (["--half-life", "1h", "--times", "1"], "1 times for history 0 of 2 keys; expected one each"),
        (["--half-life", "1h", "--times", "1,x"], '--times has "x"; expected ISO 8601'),
        (["--half-life", "1h", "--times", "1,2", "--decay", "0.5"], "half_life and decay are both given"),
    ],
)
def test_times_that_do_not_fit(nearfield, saved, options, message):
    code, out, err = nearfield("next", saved, "king", "man", *options)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
