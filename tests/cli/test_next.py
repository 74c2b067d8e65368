import json


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
