import inspect
import os
import signal
import subprocess
import time

import numpy as np
import pytest

from nearfield import Word2Vec, load, read_text
from nearfield.cli.fit_words import fit_words
from nearfield.text import ENGLISH_CONNECTOR_WORDS, Phrases

SMALL = ("--vector-size", 12, "--epochs", 10, "--workers", 1, "--sample", 0)


@pytest.mark.parametrize("library", [Word2Vec, read_text])
def test_options_are_the_librarys_with_its_defaults(library):
    elsewhere = {"verbose", "block_size", "workers"} | ({"min_count"} if library is Word2Vec else set())
    options = inspect.signature(fit_words).parameters
    for name, parameter in inspect.signature(library).parameters.items():
        if name == "phrases":  # a number of passes here, objects there
            assert (options[name].default, parameter.default) == (0, None)
        elif name in {"keep", "stop"}:  # a file here, a collection there; neither by default
            assert not options[name].default
            assert not parameter.default
        elif parameter.kind is parameter.KEYWORD_ONLY and name not in elsewhere:
            assert options[name].default == parameter.default, name


def test_it_learns_what_python_learns(nearfield, text, tmp_path):
    code, out, err = nearfield("fit", "words", text, "-o", tmp_path / "w", *SMALL)
    assert (code, out) == (0, "")
    assert "read 1,200 tokens, 6 distinct" in err
    assert "min_count=5 dropped 0 tokens, 0 distinct (0.0% of the text); 1,200 tokens, 6 distinct are left" in err
    model = Word2Vec(vector_size=12, epochs=10, workers=1, sample=0, verbose=False).fit(read_text(text))
    np.testing.assert_array_equal(load(tmp_path / "w").input, model.vectors_.input)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("architecture", "cbow"),
        ("loss", "hierarchical"),
        ("loss", "softmax"),
        ("vector_size", 7),
        ("window", 2),
        ("direction", "forward"),
        ("sample", 0.01),
        ("negative", 3),
        ("ns_exponent", -0.5),
        ("alpha", 0.05),
        ("min_alpha", 0.001),
        ("epochs", 2),
        ("seed", 7),
    ],
)
def test_training_options_arrive(nearfield, text, tmp_path, option, value):
    options = {"sample": 0} | {option.replace("_", "-"): value}  # else next to nothing of six words is left
    typed = [part for name, value in options.items() for part in (f"--{name}", value)]
    code, _, err = nearfield("fit", "words", text, "-o", tmp_path / "w", "--quiet", *typed)
    assert (code, err) == (0, "")
    assert load(tmp_path / "w").metadata["trained"][option] == value


def test_cbow_sum_arrives(nearfield, text, tmp_path):
    nearfield("fit", "words", text, "-o", tmp_path / "w", "--quiet", "--architecture", "cbow", "--cbow-sum")
    assert load(tmp_path / "w").metadata["trained"]["cbow_mean"] is False


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], {"the", "cat", "sat", "3", "naïve", "don't"}),
        (["--no-lowercase"], {"The", "the", "cat", "sat", "3", "naïve", "don't"}),
        (["--no-digits"], {"the", "cat", "sat", "naïve", "don't"}),
        (["--punctuation"], {"the", "cat", "sat", "3", "naïve", "don't", "!"}),
        (["--language", "whitespace"], {"The", "the", "cat", "sat", "3", "naïve", "don't", "!"}),
        (["--min-count", "40"], {"the", "sat"}),
        (["--max-vocab-size", "2"], {"the", "sat"}),
        (["--stop", "list"], {"the", "sat", "3", "naïve", "don't"}),
        (["--min-count", "40", "--keep", "list"], {"the", "sat", "cat"}),
    ],
)
def test_text_options_arrive(nearfield, tmp_path, monkeypatch, options, expected):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list").write_text("cat\n")
    (tmp_path / "t").write_text("The cat sat naïve\nthe sat don't !\nthe sat 3\n" * 20)
    assert nearfield("fit", "words", "t", "-o", "w", "--quiet", "--epochs", "1", "--sample", 0, *options).code == 0
    assert set(load("w").keys) == expected


def test_phrases(nearfield, tmp_path):
    path = tmp_path / "t"
    path.write_text("new york is big\nrome is old\nbig rome\nold new york\n" * 30)
    options = ["--phrases", 1, "--phrase-threshold", 0.05, "--quiet", "--sample", 0]
    assert nearfield("fit", "words", path, "-o", tmp_path / "w", *options).code == 0
    expected = read_text(path, phrases=Phrases(threshold=0.05, connector_words=ENGLISH_CONNECTOR_WORDS)).vocabulary
    assert load(tmp_path / "w").keys == expected.keys
    assert "new_york" in expected


def test_words_that_never_stand_side_by_side_are_no_phrase(nearfield, tmp_path):
    """Rare words stand between `red` and `blue` everywhere; dropped words must not close the gap."""
    path = tmp_path / "t"
    path.write_text("".join(f"red rare{i} blue\n" for i in range(40)) + "green green\n" * 20)
    assert (
        nearfield("fit", "words", path, "-o", tmp_path / "w", "--phrases", 1, "--phrase-threshold", 0.01, *SMALL).code
        == 0
    )
    assert {"red", "blue"} <= set(load(tmp_path / "w").keys)
    assert "red_blue" not in load(tmp_path / "w").keys


def test_saved_phrases_join_later_text(nearfield, tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("new york is big\nrome is old\nbig rome\nold new york\n" * 30)
    new.write_text("new york was new york\n" * 5)
    phrases = Phrases(threshold=0.05)
    read_text(old, phrases=phrases)
    phrases.save(tmp_path / "p")
    saved = nearfield("fit", "words", new, "-o", tmp_path / "w", "--phrases-from", tmp_path / "p", *SMALL)
    assert saved.code == 0, saved.err
    assert load(tmp_path / "w").keys == ("new_york", "was")
    code, _, err = nearfield(
        "fit", "words", new, "-o", tmp_path / "w", "--phrases-from", tmp_path / "p", "--phrases", 1
    )
    assert (code, "expected one of them" in err) == (2, True)
    again = nearfield("fit", "words", new, "-o", tmp_path / "v", "--phrases-from", tmp_path / "w", *SMALL)
    assert (again.code, load(tmp_path / "v").keys) == (0, ("new_york", "was"))
    assert nearfield("fit", "words", new, "-o", tmp_path / "v", *SMALL).code == 0
    code, _, err = nearfield("fit", "words", new, "-o", tmp_path / "u", "--phrases-from", tmp_path / "v")
    assert (code, "holds no phrases" in err) == (2, True)


def test_standard_input_and_several_files(process, text, tmp_path):
    code, _, err = process("fit", "words", "-", text, "-o", tmp_path / "w", *SMALL, text="grey grey grey grey grey\n")
    assert code == 0, err
    assert "grey" in load(tmp_path / "w")
    assert "one" in load(tmp_path / "w")


def test_invalid_utf8_is_told_or_refused(nearfield, tmp_path):
    path = tmp_path / "t"
    path.write_bytes(b"red green \xff blue\n" + b"red green and blue\n" * 50)
    code, _, err = nearfield("fit", "words", path, "-o", tmp_path / "w", "--sample", 0, "--quiet")
    assert (code, err.count("\n")) == (0, 1)
    assert "warning: 1 invalid UTF-8" in err
    code, _, err = nearfield("fit", "words", path, "-o", tmp_path / "v", "--errors", "refuse", "--quiet")
    assert (code, err.count("\n")) == (2, 1)
    path.write_bytes(b"red green \xff blue\n" * 20)
    code, _, err = nearfield("fit", "words", path, "-o", tmp_path / "v", "--quiet")
    assert (code, err.count("\n"), "20 of 340 characters (5.9%) are no UTF-8" in err) == (2, 1, True)
    assert not (tmp_path / "v").exists()


CHINESE = "我们在北京大学学习自然语言处理，他们也在杭研大厦工作。\n" * 20


def test_chinese_newspaper_text_by_default_options(nearfield, tmp_path):
    """Every step that a message names leads to the next, and the last to a model of words."""
    path, words = tmp_path / "news.txt", tmp_path / "w"
    path.write_bytes(CHINESE.encode("gb18030"))
    (tmp_path / "user.txt").write_bytes("杭研大厦 1000 n\n".encode("gb18030"))
    (tmp_path / "stop.txt").write_bytes("的\n在\n".encode("gb18030"))
    options = ["fit", "words", path, "-o", words, "--quiet", "--sample", 0, "--vector-size", 8]
    code, _, err = nearfield(*options)
    assert (code, "--encoding gb18030" in err) == (2, True)
    code, _, err = nearfield(*options, "--encoding", "gb18030")
    assert (code, "--language zh" in err) == (2, True)
    assert not words.exists()
    options += ["--encoding", "gb18030", "--language", "zh", "--dictionary", tmp_path / "user.txt"]
    code, _, err = nearfield(*options, "--stop", tmp_path / "stop.txt")
    assert code == 0, err
    assert {"北京大学", "杭研大厦"} <= set(load(words).keys)
    assert "在" not in load(words)
    assert max(map(len, load(words).keys)) <= 4


@pytest.mark.parametrize("name", ["keep", "stop"])
@pytest.mark.parametrize(
    ("content", "message"), [("Elephant\n", "none of its 1 tokens is in the text"), ("\n", "holds no token")]
)
def test_a_list_that_matches_nothing_is_refused(nearfield, text, tmp_path, name, content, message):
    (tmp_path / "list").write_text(content)
    code, _, err = nearfield("fit", "words", text, "-o", tmp_path / "w", f"--{name}", tmp_path / "list")
    assert (code, message in err) == (2, True)
    assert not (tmp_path / "w").exists()


def test_lists_are_read_from_pipes(process, text, tmp_path):
    code, _, err = process("fit", "words", text, "-o", tmp_path / "w", "--stop", "-", *SMALL, text="one\n")
    assert code == 0, err
    assert "one" not in load(tmp_path / "w")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--min-count", "1000"], "min_count=1000"),
        (["--alpha", "-1"], "alpha is -1"),
        (["--resume"], "--checkpoint"),
        (["--keep", "nowhere"], "nowhere"),
        (["--language", "zh", "--errors", "refuse", "--min-count", "1000"], "min_count"),
    ],
)
def test_a_refused_run_leaves_what_was_there(nearfield, text, saved, options, message):
    before = {path: path.read_bytes() for path in saved.iterdir()}
    code, out, err = nearfield("fit", "words", text, "-o", saved, "--quiet", *options)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
    assert {path: path.read_bytes() for path in saved.iterdir()} == before


def test_a_folder_of_others_is_refused_before_the_text_is_read(nearfield, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("years of work")
    code, _, err = nearfield("fit", "words", tmp_path / "no such text", "-o", tmp_path / "thesis")
    assert code == 2
    assert "nearfield did not write" in err
    assert (tmp_path / "thesis" / "chapter1.txt").exists()


def test_resume_ends_where_an_uninterrupted_run_ends(program, nearfield, text, tmp_path):
    options = ["--workers", "1", "--vector-size", "16", "--epochs", "4000", "--sample", "0", "--quiet"]
    checkpoint = ["--checkpoint", tmp_path / "c", "--checkpoint-minutes", "0.002"]
    killed = subprocess.Popen(
        list(map(str, [program, "fit", "words", text, "-o", tmp_path / "w", *options, *checkpoint]))
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "c").exists() and killed.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    killed.kill()
    assert killed.wait() == -signal.SIGKILL
    assert not (tmp_path / "w").exists()
    assert nearfield("fit", "words", text, "-o", tmp_path / "w", *options, *checkpoint, "--resume").code == 0
    assert nearfield("fit", "words", text, "-o", tmp_path / "v", *options).code == 0
    np.testing.assert_array_equal(load(tmp_path / "w").input, load(tmp_path / "v").input)


def test_ctrl_c_saves_what_was_learnt(program, text, tmp_path):
    command = [
        program,
        "fit",
        "words",
        text,
        "-o",
        tmp_path / "w",
        "--epochs",
        "50000",
        "--checkpoint",
        tmp_path / "c",
    ]
    command += ["--checkpoint-minutes", "0.002", "--quiet"]
    with subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, env=os.environ) as running:
        deadline = time.monotonic() + 60
        while not (tmp_path / "c").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (130, b"nearfield: interrupted\n")
    assert load(tmp_path / "w").metadata["trained"]["finished"] is False
