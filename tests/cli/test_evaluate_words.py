import json

import pytest

from nearfield import Vectors
from nearfield.evaluate import word_analogies, word_similarity

PAIRS = "king\tqueen\t9\nking\tman\t7\nQueen\twoman\t6.5\nman\twoman\t2\nking\temperor\t8\n"
QUESTIONS = ": family\nman king woman queen\nman king woman king\n: places\nparis france oslo norway\n"


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_text(PAIRS)
    return path


@pytest.fixture
def questions(tmp_path):
    path = tmp_path / "questions.txt"
    path.write_text(QUESTIONS)
    return path


def test_json_is_what_python_says(nearfield, saved, vectors, pairs, questions):
    code, out, err = nearfield(
        "evaluate", "words", saved, "--similarity", pairs, "--analogies", questions, "--bands", 2, "--json"
    )
    assert (code, err) == (0, "")
    similarity, analogies = map(json.loads, out.splitlines())
    assert (similarity.pop("kind"), analogies.pop("kind")) == ("similarity", "analogies")
    assert similarity == plain(word_similarity(vectors, pairs, bands=2).to_dict())
    assert analogies["unknown"] == ["paris", "france", "oslo", "norway"]
    assert analogies["sections"][1]["accuracy"] is None
    assert analogies["accuracy"] == word_analogies(vectors, questions).accuracy == 0.5


def plain(content):
    return json.loads(json.dumps(content))


def test_the_table_tells_coverage_and_bands(nearfield, saved, pairs, questions):
    out = nearfield("evaluate", "words", saved, "--similarity", pairs, "--bands", "35", "--analogies", questions).out
    lines = [line.split() for line in out.splitlines()]
    assert lines[0][:3] == ["similarity", "rarer", "word"]
    assert lines[1][0] == "pairs"
    assert lines[1][-3:] == ["4", "5", "1"]
    places = next(line for line in lines if line[:1] == ["places"])
    assert places == ["places", "-", "0", "0", "1"]
    total = next(line for line in lines if line[:1] == ["questions"])
    assert total == ["questions", "0.5000", "1", "2", "3", "4"]


def test_bands_by_count(nearfield, saved, pairs):
    out = nearfield("evaluate", "words", saved, "--similarity", pairs, "--bands", "35,1000").out
    assert "0 to 34 times" in out
    assert "35 to 999 times" in out
    assert "1,000 times or more" in out


def test_vectors_of_any_format_and_several_files(nearfield, vectors, pairs, tmp_path):
    Vectors(vectors.keys, vectors.input).save(tmp_path / "words.txt", format="word2vec")
    out = nearfield("evaluate", "words", tmp_path / "words.txt", "--similarity", pairs, "--similarity", pairs).out
    assert [line.split()[0] for line in out.splitlines()] == ["similarity", "pairs", "pairs"]  # no counts, no bands


def test_options_reach_the_evaluation(nearfield, saved, questions):
    def accuracy(*options):
        answer = json.loads(nearfield("evaluate", "words", saved, "--analogies", questions, *options, "--json").out)
        return answer["method"], answer["n"]

    assert accuracy("--method", "3cosmul") == ("3cosmul", 2)
    assert accuracy("--restrict-vocab", 3) == ("3cosadd", 0)


def test_case_may_matter(nearfield, saved, pairs):
    out = nearfield("evaluate", "words", saved, "--similarity", pairs, "--case-sensitive", "--json").out
    assert json.loads(out)["unknown"] == ["Queen", "emperor"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ((), "nothing to measure by; give --similarity FILE or --analogies FILE"),
        (("--similarity", "PAIRS", "--bands", "few"), "--bands is 'few'; expected a number such as 3"),
        (("--similarity", "PAIRS", "--bands", "0"), "bands is 0"),
        (("--similarity", "nowhere.txt"), "nowhere.txt: no such file"),
        (("--analogies", "PAIRS"), "pairs.txt:1: "),
        (("--analogies", "PAIRS", "--restrict-vocab", "0"), "--restrict-vocab"),
    ],
)
def test_mistakes_are_one_line_and_2(nearfield, saved, pairs, options, found):
    given = [pairs if option == "PAIRS" else option for option in options]
    code, out, err = nearfield("evaluate", "words", saved, *given)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert found in err
