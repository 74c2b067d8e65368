import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield.errors import BadInput
from nearfield.evaluate import Pair, Question, read_pairs, read_questions

WORDS = st.text(st.characters(blacklist_categories=["Z", "C"], blacklist_characters=',:#"'), min_size=1, max_size=8)


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="set.txt"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


@pytest.mark.parametrize(
    "content",
    [
        "tiger\tcat\t7.35\nbook\tpaper\t7.46\n",
        "tiger cat 7.35\nbook   paper 7.46",
        "tiger,cat,7.35\r\nbook,paper,7.46\r\n",
        "# a comment\n# Word 1\tWord 2\tHuman (mean)\ntiger\tcat\t7.35\n\nbook\tpaper\t7.46\n\n",
        "Word 1\tWord 2\tHuman (mean)\ntiger\tcat\t7.35\nbook\tpaper\t7.46\n",
        "\ufefftiger\t cat\t7.35\t6.1\t9\nbook\tpaper\t7.46\t5\t8\n",
    ],
)
def test_pairs_in_every_dress(write, content):
    assert read_pairs(write(content)) == [("tiger", "cat", 7.35), ("book", "paper", 7.46)]


@pytest.mark.parametrize("separator", ["\t", " ", ","])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@given(pairs=st.lists(st.builds(Pair, WORDS, WORDS, st.floats(-1e6, 1e6)), min_size=1))
def test_pairs_round_trip(tmp_path_factory, separator, end, pairs):
    path = tmp_path_factory.getbasetemp() / "pairs.txt"
    path.write_bytes("".join(separator.join(map(str, pair)) + end for pair in pairs).encode())
    assert read_pairs(path) == pairs


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "tiger\tcat\t7.35\nbook\tpaper\n",
            r"set\.txt:2: 'book paper' is no word pair; expected two words and a score",
        ),
        ("tiger\tcat\t7.35\n\nbook\t\t7.4\n", r"set\.txt:3: 'book  7\.4' is no word pair"),
        ("tiger\tcat\t7.35\nbook\tpaper\tmuch\n", r"set\.txt:2: score 'much' is no number"),
        ("tiger\tcat\t7,35\n", r"set\.txt:1: score '7,35' is no number"),
        ("tiger\tcat\t1\nbook\tpaper\tnan\n", r"set\.txt:2: score 'nan' is no number"),
        ("# nothing else\n", r"set\.txt: holds no word pair"),
        ("word1\tword2\tscore\n", r"set\.txt: holds no word pair"),
        (b"tiger\tc\xe1t\t7\n", r"set\.txt: is not UTF-8 at byte 7"),
    ],
)
def test_what_is_no_pair_is_named_with_its_line(write, content, message):
    with pytest.raises(BadInput, match=message):
        read_pairs(write(content))


def test_questions_in_sections(write):
    content = ": capitals\r\nAthens Greece Oslo Norway\r\n\r\n: family \r\nboy girl\tking queen\r\n"
    assert read_questions(write(content)) == [
        Question("capitals", "Athens", "Greece", "Oslo", "Norway"),
        Question("family", "boy", "girl", "king", "queen"),
    ]


def test_questions_without_a_section_are_named_as_the_file(write):
    assert read_questions(write("boy girl king queen\n", "family.txt"))[0].section == "family"


@given(st.lists(st.builds(Question, WORDS, WORDS, WORDS, WORDS, WORDS), min_size=1))
def test_questions_round_trip(tmp_path_factory, questions):
    path = tmp_path_factory.getbasetemp() / "questions.txt"
    path.write_text("".join(f": {section}\n{' '.join(words)}\n" for section, *words in questions), encoding="utf-8")
    assert read_questions(path) == questions
    header = "word1,word2,type,word3,target\n"
    table = "".join(f"{a},{b},{section},{c},{d}\n" for section, a, b, c, d in questions)
    path.write_text(header + table, encoding="utf-8")
    assert read_questions(path) == questions


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (": s\na b c d\na b c\n", r"set\.txt:3: 'a b c' has 3 words; expected four, or `: section`"),
        (": s\na b c d e\n", r"set\.txt:2: 'a b c d e' has 5 words"),
        (": only a heading\n", r"set\.txt: holds no question"),
        ("", r"set\.txt: holds no question"),
        (",type,word1,word2,word3\n0,x,a,b,c\n", r"set\.txt:1: the heading has no column 'target'"),
        ("word1,word2,word3,target\na,b,c,d\n\na,b,c\n", r"set\.txt:4: 3 columns; expected 4, as in the heading"),
        ("word1,word2,word3,target\n" + "a" * 140_000 + ",b,c,d\n", r"set\.txt:2: 'a{40}…' cannot be read as CSV"),
        ("word1,word2,word3,target\na,,c,d\n", r"set\.txt:2: word2 is empty; expected a word"),
        ("word1,word2,word3,target\n", r"set\.txt: holds no question"),
    ],
)
def test_what_is_no_question_is_named_with_its_line(write, content, message):
    with pytest.raises(BadInput, match=message):
        read_questions(write(content))


@pytest.mark.parametrize("read", [read_pairs, read_questions])
def test_a_file_that_is_not_there(read, tmp_path):
    with pytest.raises(BadInput, match=r"none\.txt: no such file"):
        read(tmp_path / "none.txt")
    with pytest.raises(BadInput, match="is a folder"):
        read(tmp_path)
