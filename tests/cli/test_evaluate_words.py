import json
import subprocess
import unicodedata

import numpy as np
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
    code, _, err = nearfield("evaluate", "words", saved, "--analogies", questions, "--restrict-vocab", 3)
    assert (code, "know none of" in err) == (2, True)  # a word of each question is rarer


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


SIMLEX = (
    "word1\tword2\tPOS\tSimLex999\tSD(SimLex)\nking\tqueen\tN\t9\t0.4\nking\tman\tN\t7\t0.5\n"
    "queen\twoman\tN\t6.5\t1\nman\twoman\tN\t2\t2\n"
)


@pytest.mark.parametrize("options", [[], ["--score-column", 4], ["--score-column", "SimLex999"]])
def test_the_column_of_scores(nearfield, saved, vectors, tmp_path, options):
    (tmp_path / "simlex.txt").write_text(SIMLEX)
    answer = nearfield("evaluate", "words", saved, "--similarity", tmp_path / "simlex.txt", "--json", *options)
    assert answer.code == 0
    assert answer.err == f"{tmp_path / 'simlex.txt'}: 4 pairs, scores of column 4, 'SimLex999'; skipped 1 header row\n"
    rows = [(first, second, float(score)) for first, second, _, score, _ in map(str.split, SIMLEX.splitlines()[1:])]
    assert json.loads(answer.out)["rho"] == word_similarity(vectors, rows).rho


@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_line_ends_of_other_systems(nearfield, saved, pairs, questions, tmp_path, end):
    args = ["evaluate", "words", saved, "--similarity", pairs, "--analogies", questions]
    expected = nearfield(*args).out
    for path in (pairs, questions):
        path.write_bytes(path.read_text().replace("\n", end).encode())
    assert nearfield(*args).out == expected


def test_files_in_another_encoding(nearfield, saved, tmp_path):
    (tmp_path / "pairs.txt").write_bytes("北京\tking\t3\nking\tqueen\t9\nman\twoman\t1\n".encode("gb18030"))
    args = ["evaluate", "words", saved, "--similarity", tmp_path / "pairs.txt", "--json"]
    code, _, err = nearfield(*args)
    assert (code, "is not UTF-8 at byte 0; name its encoding" in err) == (2, True)
    assert json.loads(nearfield(*args, "--encoding", "gb18030").out)["n"] == 3


def test_pipes_and_standard_input(program, process, saved, pairs, questions):
    expected = process("evaluate", "words", saved, "--similarity", pairs, "--analogies", questions, "--json").out
    command = f"'{program}' evaluate words '{saved}' --similarity <(cat '{pairs}') --analogies - --json < '{questions}'"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answers, known = ([json.loads(line) for line in out.splitlines()] for out in (done.stdout, expected))
    assert [(answer["n"], answer["total"]) for answer in answers] == [(one["n"], one["total"]) for one in known]


def test_words_in_the_other_normal_form_are_found(nearfield, tmp_path):
    forms = [unicodedata.normalize(form, "café") for form in ("NFC", "NFD")]
    for stored, asked in (forms, forms[::-1]):
        Vectors([stored, "tea", "rum"], np.eye(3, 2, dtype=np.float32) + 1).save(tmp_path / "w")
        assert nearfield("similar", tmp_path / "w", asked, "-k", 1).code == 0
        (tmp_path / "pairs").write_text(f"{asked.upper()}\ttea\t3\n{asked}\trum\t1\ntea\trum\t2\n")
        (tmp_path / "questions").write_text(f"{asked} tea rum {asked}\n")
        out = nearfield("evaluate", "words", tmp_path / "w", "--similarity", tmp_path / "pairs", "--json").out
        assert json.loads(out)["n"] == 3
        out = nearfield("evaluate", "words", tmp_path / "w", "--analogies", tmp_path / "questions", "--json").out
        assert json.loads(out)["n"] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--score-column", "Score"], "score_column is 'Score'; expected one of: king, queen, 9"),
        (["--bands", "1_0"], "--bands is '1_0'"),
        (["--bands", "１"], "--bands is '１'"),
        (["--encoding", "klingon"], "encoding is 'klingon'"),
    ],
)
def test_options_that_fit_nothing(nearfield, saved, pairs, options, message):
    code, out, err = nearfield("evaluate", "words", saved, "--similarity", pairs, *options)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_a_column_without_pairs(nearfield, saved, questions):
    code, _, err = nearfield("evaluate", "words", saved, "--analogies", questions, "--score-column", 4)
    assert (code, "--score-column without --similarity" in err) == (2, True)
