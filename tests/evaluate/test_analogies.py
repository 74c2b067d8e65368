import json
from itertools import groupby

import numpy as np
import pytest

from nearfield import Vectors
from nearfield.datasets import word_eval
from nearfield.errors import BadInput
from nearfield.evaluate import Question, read_questions, word_analogies


@pytest.fixture(scope="session")
def some_questions(dataset, tmp_path_factory):
    """The first 150 questions of each section: gensim answers them one by one."""
    path = tmp_path_factory.mktemp("questions") / "some.txt"
    with path.open("w") as out:
        for section, questions in groupby(
            read_questions(dataset(word_eval.analogies, "questions-words")), lambda q: q[0]
        ):
            out.write(f": {section}\n")
            out.writelines(" ".join(question[1:]) + "\n" for question in list(questions)[:150])
    return path


@pytest.mark.parametrize("case_insensitive", [True, False])
@pytest.mark.parametrize("restrict_vocab", [2_000, None])
def test_gensim_says_the_same(keyed_vectors, vectors, some_questions, case_insensitive, restrict_vocab):
    score, sections = keyed_vectors.evaluate_word_analogies(
        some_questions, case_insensitive=case_insensitive, restrict_vocab=restrict_vocab
    )
    ours = word_analogies(vectors, some_questions, case_insensitive=case_insensitive, restrict_vocab=restrict_vocab)
    assert ours.accuracy == score > 0
    *theirs, _ = sections
    assert [(one.name, one.correct, one.n) for one in ours.sections] == [
        (one["section"], len(one["correct"]), len(one["correct"]) + len(one["incorrect"])) for one in theirs
    ]


def test_products_as_in_a_slow_twin(vectors, some_questions):
    # gensim's own 3CosMul divides by cos + 0.000001, Levy & Goldberg and ours by cos + 0.001
    ours = word_analogies(vectors, some_questions, method="3cosmul", case_insensitive=False)
    unit = vectors.input / np.linalg.norm(vectors.input, axis=1, keepdims=True)
    right = asked = 0
    for _, *words in read_questions(some_questions):
        if all(word in vectors for word in words):
            a, b, c, expected = vectors.vocabulary.ids(words)
            near = (1 + unit @ unit[[a, b, c]].T) / 2
            score = near[:, 1] * near[:, 2] / (near[:, 0] + 0.001)
            score[[a, b, c]] = -np.inf
            asked, right = asked + 1, right + (np.argmax(score) == expected)
    assert (ours.overall.n, ours.overall.correct) == (asked, right)
    assert right > 0


@pytest.fixture
def toy():
    """king - man + woman is queen, in three spellings of man."""
    royal, male, female = np.eye(3)
    rows = [royal + male, royal + female, male, female, male + 0.01 * female, royal - female]
    return Vectors(["king", "queen", "man", "woman", "Man", "tree"], np.stack(rows))


def test_words_of_the_question_are_no_answers_however_written(toy):
    question = [("s", "woman", "woman", "man", "Man")]
    assert word_analogies(toy, question).overall.correct == 0
    assert word_analogies(toy, question, case_insensitive=False).overall.correct == 1


def test_sections_coverage_and_unknown_words(toy):
    questions = [
        Question("family", "man", "king", "woman", "queen"),
        Question("family", "man", "king", "woman", "tree"),
        Question("trees", "oak", "acorn", "woman", "queen"),
        Question("family", "MAN", "KING", "WOMAN", "Queen"),
    ]
    result = word_analogies(toy, questions)
    family, trees = result.sections
    assert (family.name, family.correct, family.n, family.total) == ("family", 2, 3, 3)
    assert (trees.correct, trees.n, trees.total, trees.coverage) == (0, 0, 1, 0)
    assert np.isnan(trees.accuracy)
    assert (result.accuracy, result.coverage) == (2 / 3, 3 / 4)
    assert result.unknown == ("oak", "acorn")
    assert json.loads(json.dumps(result.to_dict()))["sections"][0]["accuracy"] == 2 / 3


def test_only_frequent_keys_are_asked_for_and_are_answers(toy):
    question = [("s", "man", "king", "woman", "queen")]
    assert word_analogies(toy, question, restrict_vocab=3).overall.n == 0
    assert word_analogies(toy, question, restrict_vocab=4).accuracy == 1


def test_as_many_words_as_there_are_leave_no_answer():
    two = Vectors(["a", "b"], np.eye(2))
    assert word_analogies(two, [("s", "a", "b", "b", "a")]).overall.correct == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "sum"}, "method is 'sum'; expected one of 3cosadd, 3cosmul"),
        ({"restrict_vocab": 0}, "restrict_vocab is 0; expected a whole number of at least 1"),
        ({"questions": []}, "no questions; expected at least one"),
        ({"questions": [("a", "b", "c", "d")]}, r"\('a', 'b', 'c', 'd'\) is no question; expected \(section, a, b, c"),
    ],
)
def test_options_that_are_none(toy, options, message):
    with pytest.raises(BadInput, match=message):
        word_analogies(toy, **{"questions": [("s", "a", "b", "c", "d")], **options})
