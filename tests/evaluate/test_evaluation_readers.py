import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield.errors import BadInput
from nearfield.evaluate import Pair, Question, read_pairs, read_questions

WORDS = st.text(st.characters(blacklist_categories=["Z", "C"], blacklist_characters=',;:#"'), min_size=1, max_size=8)


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


SIMLEX = (
    "word1\tword2\tPOS\tSimLex999\tconc(w1)\tconc(w2)\tconcQ\tAssoc(USF)\tSimAssoc333\tSD(SimLex)\n"
    "old\tnew\tA\t1.58\t2.72\t2.81\t2\t7.25\t1\t0.41\n"
    "smart\tintelligent\tA\t9.2\t1.75\t2.46\t1\t7.11\t1\t0.67\n"
)


@pytest.mark.parametrize("column", [None, 4, "SimLex999", "simlex999"])
def test_the_official_layout_of_simlex(write, column):
    pairs = read_pairs(write(SIMLEX), score_column=column)
    assert pairs == [("old", "new", 1.58), ("smart", "intelligent", 9.2)]
    assert (pairs.skipped, pairs.score_column) == ({"header row": 1}, "4, 'SimLex999'")
    assert read_pairs(write(SIMLEX), score_column="conc(w2)")[0].score == 2.81
    assert read_pairs(write(SIMLEX), score_column=10)[1].score == 0.67


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("mark", ["\t", ",", ";", " "])
@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_lines_marks_quotes_and_encodings(write, end, mark, quote, encoding):
    rows = [["tiger", "cat", "7.35"], ["老虎", "猫", "7.46"], ["été", "hiver", "1"]]
    text = end.join(mark.join(quote + cell + quote for cell in row) for row in rows) + end
    named = encoding if encoding in ("utf-16", "gb18030") else None
    assert read_pairs(write(text.encode(encoding)), encoding=named) == [
        ("tiger", "cat", 7.35),
        ("老虎", "猫", 7.46),
        ("été", "hiver", 1.0),
    ]


@pytest.mark.parametrize(
    "content",
    [
        ',word1,word2,similarity\n0,"new york, city",cat,7.35\n1,book,paper,7.46\n',
        'type;Word 2;Word 1;score\nn;cat;"new york, city";7.35\nn;paper;book;7.46\n',
        '# of ten\n"Word1","Word2","POS","mean"\n"new york, city","cat","N",7.35\nbook,paper,N,7.46\n',
    ],
)
def test_tables_with_a_header_row(write, content):
    assert read_pairs(write(content)) == [("new york, city", "cat", 7.35), ("book", "paper", 7.46)]


def test_hashtags_are_words_and_comments_are_counted(write):
    pairs = read_pairs(write("# of ten\n#happy\t#sad\t1.5\n#\ta b\t3\n"))
    assert pairs == [("#happy", "#sad", 1.5)]
    assert pairs.skipped == {"comment": 2}


@pytest.mark.parametrize(
    ("content", "column", "message"),
    [
        (
            "old\tnew\tA\t1.58\nsmart\tbright\tA\t9\n",
            None,
            r"set\.txt:1: score 'A' is no number; .*; column 4 has numbers: --score-column 4",
        ),
        (SIMLEX, "Score", "score_column is 'Score'; expected one of: word1, word2, POS, SimLex999"),
        (SIMLEX, "word2", "score_column is 'word2', which has words"),
        (SIMLEX, 1, "score_column is 1, which has words"),
        (SIMLEX, 0, "score_column is 0; expected a number from 1"),
        (SIMLEX, 11, r"set\.txt:1: .* is no word pair|set\.txt:2: .* is no word pair"),
        ("tiger\tcat\t1_0\n", None, "score '1_0' is no number"),
        ("tiger\tcat\t١\n", None, "score '١' is no number"),
        ("tiger\tcat\t1e999\n", None, "score '1e999' is no number"),
        ("tiger\tcat\tinf\nbook\tpaper\t3\n", 3, "holds no word pair|score 'inf' is no number"),
        ('"tiger","cat",7\n"book,paper,8\n', None, "cannot be read as CSV"),
        ("老虎 猫 7\n".encode("gb18030"), None, "is not UTF-8 at byte 0; name its encoding"),
    ],
)
def test_a_column_that_has_no_scores_is_refused(write, content, column, message):
    with pytest.raises(BadInput, match=message):
        read_pairs(write(content), score_column=column)


def test_questions_with_any_line_ends_marks_and_encoding(write):
    expected = [Question("family", "boy", "girl", "king", "queen"), Question("family", "été", "hiver", "a", "b")]
    for end in ("\n", "\r", "\r\n"):
        text = end.join(["# of two", ": family", "boy girl king queen", "été hiver a b", ""])
        assert read_questions(write(text)) == expected
        assert read_questions(write(text.encode("utf-16")), encoding="utf-16") == expected
    for mark in "\t,;":
        rows = [
            ["type", "word1", "word2", "Word3", "target"],
            *([q.section, q.a, q.b, q.c, q.expected] for q in expected),
        ]
        assert read_questions(write("".join(mark.join(f'"{cell}"' for cell in row) + "\r" for row in rows))) == expected


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
        (",type,word1,word2,word3\n0,x,a,b,c\n", r"set\.txt:1: the header row has no column 'target'"),
        ("word1,word2,word3,target\na,b,c,d\n\na,b,c\n", r"set\.txt:4: 3 columns; expected 4, as in the header row"),
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
