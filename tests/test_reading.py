"""How input was read goes from the reader through the containers into what is fitted, and reads later input alike."""

import json

import numpy as np
import pytest

import nearfield as nf
from nearfield.errors import BadInput
from nearfield.reading import checked_reading, differences, min_count_of, reading_of, step
from nearfield.rereading import changed

SMALL = {"vector_size": 8, "workers": 1, "verbose": False}


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "old.txt"
    path.write_text("The Cat sat on THE mat\nthe Dog ran in New York\n" * 40 + "the once seen\n")
    return path


@pytest.fixture
def log(tmp_path):
    rows = [
        f"u{u},i{(u + n) % 7},{10**9 + 3600 * n},{'buy' if n % 3 else 'view'}\n" for u in range(30) for n in range(9)
    ]
    path = tmp_path / "old.csv"
    path.write_text("uid,sku,ts,kind\n" + "".join(rows))
    return path


@pytest.fixture
def edges(tmp_path):
    path = tmp_path / "old.edges"
    path.write_text("".join(f"a{i};a{(i + 1) % 9}\n" for i in range(9)))
    return path


def sessions(path):
    log = nf.read_log(path, user="uid", item="sku", time="ts", event="kind").clean(max_per_minute=None)
    return log.sessions("2h", min_count=2, event_weights={"buy": 2.0}, half_life="30d")


def same(one, other):
    assert one.vocabulary.keys == other.vocabulary.keys
    assert one.tokens.tolist() == other.tokens.tolist()
    assert one.offsets.tolist() == other.offsets.tolist()
    if one.weights is not None:
        np.testing.assert_array_equal(one.weights, other.weights)


def test_text_is_read_alike(text, tmp_path):
    sequences = nf.read_text(text, lowercase=False, min_count=3, stop={"on"}, phrases=nf.Phrases(threshold=0.1))
    vectors = nf.Word2Vec(**SMALL).fit(sequences).vectors_
    vectors.save(tmp_path / "words")
    vectors = nf.load(tmp_path / "words")
    assert vectors.metadata["reading"]["read_text"]["lowercase"] is False
    for content in (vectors, sequences, vectors.metadata["reading"]):
        same(nf.read_alike(content, text), sequences)
    assert "New_York" in nf.read_alike(vectors, text).vocabulary
    assert "once" in nf.read_alike(vectors, text, min_count=1).vocabulary


def test_a_log_is_read_alike(log, tmp_path):
    sequences = sessions(log)
    model = nf.ItemEmbedding(**SMALL).fit(sequences)
    model.vectors_.save(tmp_path / "items")
    for content in (sequences, model, nf.load(tmp_path / "items")):
        same(nf.read_alike(content, log), sequences)
    reading = reading_of(nf.load(tmp_path / "items"))
    assert reading["clean"] == {"max_per_minute": None}
    assert reading["sessions"]["gap"] == "2h"
    renamed = tmp_path / "new.csv"
    renamed.write_text(log.read_text().replace("uid,sku", "who,what"))
    same(nf.read_alike(model, renamed, user="who", item="what"), sequences)
    assert len(nf.read_alike(model, log, gap=None)) == 30


def test_details_of_sessions_are_read_alike(log):
    opened = nf.read_log(log, user="uid", item="sku", time="ts", event="kind")
    details = opened.session_details("1h", goal="buy", rejected="view")
    same(nf.read_alike(details.sequences, log), details.sequences)


@pytest.mark.parametrize(
    "estimator",
    [
        nf.DeepWalk(num_walks=2, **SMALL),
        nf.Node2Vec(num_walks=2, **SMALL),
        nf.Line(samples=1000, **SMALL),
        nf.ProNE(vector_size=4, verbose=False),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_edges_are_read_alike(edges, tmp_path, estimator):
    graph = nf.read_edges(edges, separator=";", directed=True)
    graph.save(tmp_path / "graph")
    vectors = estimator.fit(nf.Graph.load(tmp_path / "graph")).vectors_
    again = nf.read_alike(vectors, edges)
    assert again.directed
    assert again.keys == graph.keys
    assert again.indices.tolist() == graph.indices.tolist()


def test_sequences_keep_their_reading(text, tmp_path):
    sequences = nf.read_text(text, min_count=2)
    sequences.save(tmp_path / "sequences")
    assert nf.Sequences.load(tmp_path / "sequences").reading == sequences.reading
    assert sequences.take(np.arange(3)).reading == sequences.reading


def test_what_is_said_of_the_fit_is_what_was_done(text):
    vectors = nf.Word2Vec(**SMALL).fit(nf.read_text(text, min_count=7)).vectors_
    assert vectors.metadata["trained"]["min_count"] == 7
    vectors = nf.Word2Vec(min_count=9, **SMALL).fit(nf.read_text(text, min_count=7)).vectors_
    assert vectors.metadata["trained"]["min_count"] == 9


def test_an_update_by_input_that_was_read_otherwise_warns(text):
    vectors = nf.Word2Vec(**SMALL).fit(nf.read_text(text)).vectors_
    with pytest.warns(UserWarning, match="language is 'whitespace', was 'en'.*nearfield.read_alike"):
        nf.update(vectors, nf.read_text(text, language="whitespace"))
    with pytest.warns(UserWarning, match="min_count is 1, was 5"):
        nf.update(vectors, nf.read_alike(vectors, text, min_count=1))


@pytest.mark.filterwarnings("error")
def test_an_update_by_input_that_was_read_alike_does_not(text, log):
    vectors = nf.Word2Vec(**SMALL).fit(nf.read_text(text)).vectors_
    nf.update(vectors, nf.read_text(text))
    nf.update(vectors, [["the", "cat"], ["the", "dog"]] * 20)  # nothing is known of lists
    report = nf.update(vectors, nf.read_alike(vectors, text, min_count=1), min_count=2)
    assert "once" not in report.vectors


def test_another_layout_is_no_difference():
    before = step("read_log", {"user": "uid", "separator": ";", "time_unit": "s"})
    assert not differences(before, step("read_log", {"user": "user", "separator": ",", "time_unit": None}))
    assert differences(before | step("clean", {}), before) == ["clean is left out"]
    assert differences(step("sessions", {"gap": "1h"}), step("sessions", {"gap": None})) == ["gap is None, was '1h'"]
    assert not differences({}, before)
    assert not differences({"seen": {"tokens": 1}}, {"seen": {"tokens": 2}})


def test_the_least_count_is_that_of_all_steps():
    assert min_count_of({}) == min_count_of({"read_edges": {"directed": True}}) == 1
    assert min_count_of({"read_log": {}, "sessions": {"min_count": 4}}) == 4


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: nf.read_alike(nf.Vectors(["a"], np.ones((1, 2))), "x"),
            "it is not known how the input of the Vectors",
        ),
        (lambda: nf.read_alike({"read_text": {}}, "x", gap="1h"), "'gap' is no option of read_text; expected one of"),
        (lambda: changed({"read_text": {"colour": 1}}, {}), "read by read_text with 'colour', an option that this"),
        (lambda: changed({"read_runes": {}}, {}), "read by 'read_runes'; expected read_text"),
        (lambda: checked_reading({"read_text": 5}), "reading is {'read_text': 5}; expected a dict of functions"),
        (
            lambda: reading_of(nf.Vectors(["a"], np.ones((1, 2)), metadata={"reading": 5})),
            "the reading in the metadata is 5; expected",
        ),
    ],
)
def test_mistakes_are_one_line(call, message):
    with pytest.raises(BadInput) as refused:
        call()
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_reading_is_what_json_holds():
    reading = step("read_text", {"stop": {"b", "a"}, "keep": ("c",), "self": 1, "source": "x"}, without=("source",))
    assert json.loads(json.dumps(reading)) == {"read_text": {"stop": ["a", "b"], "keep": ["c"]}}
