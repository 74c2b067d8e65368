"""Tables of CSV and Parquet: features by name, typed or by schema, and bad rows."""

import csv
import gzip

import numpy as np
import polars
import pytest

from nearfield import read_examples, stream_examples
from nearfield.columns import Column
from nearfield.errors import BadInput
from nearfield.examples import Examples
from nearfield.rank import LogisticRegression, load_ranker

TABLE = "age,city,genres,label\n20,Rome,a|b,1\n30, Oslo ,b,0\n,Rome,,1\n40,,c,0\n"
SCHEMA = {
    "age": Column("bucketed", boundaries=(25, 35)),
    "city": "categorical",
    "genres": "multi",
    "both": Column("crossed", of=("age", "city")),
}


def named(examples):
    """Each row as names of features and values."""
    values = np.ones(len(examples.features)) if examples.values is None else examples.values
    cut = zip(examples.indptr, examples.indptr[1:], strict=False)
    return [
        {examples.space.name(int(f)): float(v) for f, v in zip(examples.features[a:b], values[a:b], strict=True)}
        for a, b in cut
    ]


@pytest.fixture
def write(tmp_path):
    def written(content, name="t.csv"):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path / name

    return written


def test_cells_become_features_by_name(write):
    examples = read_examples(write(TABLE), schema=SCHEMA)
    assert [set(row) for row in named(examples)] == [
        {"age=< 25", "city=Rome", "genres=a", "genres=b", "both=< 25×Rome"},
        {"age=[25, 35)", "city=Oslo", "genres=b", "both=[25, 35)×Oslo"},
        {"city=Rome"},
        {"age=>= 35", "genres=c"},
    ]
    assert examples.labels.tolist() == [1, 0, 1, 0]
    assert examples.space.fields == ("age", "city", "genres", "both")
    assert examples.fields[:5].tolist() == [0, 1, 2, 2, 3]


def test_numbers_and_vectors(tmp_path):
    table = polars.DataFrame({"x": [1.0, 3.0, None], "v": [[1.0, 2.0], [3.0, 4.0], None], "label": [True, False, True]})
    table.write_parquet(tmp_path / "t.parquet")
    schema = {"x": "numeric", "log": Column("numeric", source="x", scaling="log"), "v": "vector"}
    examples = read_examples(tmp_path / "t.parquet", schema=schema)
    assert named(examples) == [
        {"x": -1.0, "log": pytest.approx(np.log(2)), "v[0]": 1.0, "v[1]": 2.0},
        {"x": 1.0, "log": pytest.approx(np.log(4)), "v[0]": 3.0, "v[1]": 4.0},
        {},
    ]


def test_csv_and_parquet_are_read_alike_and_so_are_quotes(write, tmp_path):
    random = np.random.default_rng(2)
    table = polars.DataFrame(
        {
            "n": random.normal(size=300),
            "c": random.choice(['a"q', "b,c", "d\ne"], 300),
            "label": random.integers(0, 2, 300),
        }
    )
    table.write_parquet(tmp_path / "t.parquet")
    table.write_csv(tmp_path / "t.csv")
    assert named(read_examples(tmp_path / "t.csv")) == named(read_examples(tmp_path / "t.parquet"))


def test_other_rows_are_read_alike(write, tmp_path):
    path, test = write(TABLE), write("city,age,genres,label\nOslo,99,z,1\nParis,1,a,0\n", "test.csv.gz.csv")
    train = read_examples(path, schema=SCHEMA)
    model = LogisticRegression().fit(train)
    model.save(tmp_path / "model")
    for space in (train.space, load_ranker(tmp_path / "model").space_):
        assert space == train.space
        assert [set(row) for row in named(read_examples(test, space=space))] == [
            {"age=>= 35", "city=Oslo"},
            {"age=< 25", "genres=a"},
        ]
    grown = read_examples(test, space=train.space, unknown="grow")
    assert grown.space.names[: train.space.size] == train.space.names
    model.partial_fit(grown)
    train.save(tmp_path / "examples")
    assert Examples.load(tmp_path / "examples").space == train.space


def test_hashed_tables_are_those_of_a_dictionary(write):
    import xxhash

    plain, hashed = (read_examples(write(TABLE), schema=SCHEMA, bits=bits) for bits in (None, 8))
    slots = [xxhash.xxh64_intdigest(name.encode()) % 256 for name in plain.space.names]
    assert hashed.features.tolist() == [slots[feature] for feature in plain.features]
    one = read_examples(write(TABLE), schema={"city": Column("hashed", bits=4)}, drop=["age", "genres"])
    assert named(one)[0] == {f"city#{xxhash.xxh64_intdigest(b'Rome') % 16}": 1.0}


def test_weights_groups_and_times(write):
    text = "label,w,user,at,c\nyes,2,u1,1970-01-01T00:00:01Z,x\nno,0.5,u2,1970-01-02 00:00:00,y\n"
    text += "no,1,u1,1970-01-01T00:00:00Z,x\n"
    given = {"positive": "yes", "weight": "w", "group": "user", "time": "at"}
    examples = read_examples(write(text), **given)
    assert examples.labels.tolist() == [1, 0, 0]
    assert examples.weights.tolist() == [2, 0.5, 1]
    assert examples.groups[0] == examples.groups[2] != examples.groups[1]
    assert examples.times.tolist() == [1_000_000, 86_400_000_000, 0]
    assert examples.space.fields == ("c",)


def test_a_stream_grows_as_rankers_expect(write, monkeypatch):
    monkeypatch.setattr("nearfield.rank.features.frames.BLOCK_BYTES", 2_000)
    random = np.random.default_rng(3)
    rows = [f"{random.integers(2)},{random.integers(500)},{random.integers(900)}" for _ in range(2_000)]
    path = write(gzip.compress(("label,a,b\n" + "\n".join(rows)).encode()), "t.csv.gz")
    schema = {"a": "categorical", "b": "categorical"}
    whole, stream = read_examples(path, schema=schema), stream_examples(path, schema=schema)
    model, blocks = LogisticRegression(), 0
    for block in stream:
        model.partial_fit(block)
        blocks += 1
    assert blocks > 5
    assert (stream.n_rows, stream.space) == (2_000, whole.space)
    assert np.array_equal(model.state_, LogisticRegression().partial_fit(whole).state_)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("20,Rome,a,", "label is ''; expected a number"),
        ("20,Rome,a,yes", "label is 'yes'; expected a number .*say positive="),
        ("nan,Rome,a,1", "age is 'nan'; expected a number"),
        ("old,Rome,a,1", "age is 'old'; expected a number"),
        ("20,Rome,1", "has 3 cells; expected 4"),
        ("20,Rome,a,1,1", "has 5 cells; expected 4"),
        ("1 1:1 2:1", "has 1 cells; expected 4"),
    ],
)
def test_bad_rows_are_named_or_counted(write, row, message):
    path = write(f"age,city,genres,label\n20,Rome,a,1\n{row}\n30,Oslo,b,0\n")
    with pytest.raises(BadInput, match=rf"t\.csv:3: {message}"):
        read_examples(path, schema=SCHEMA, missing=[""])
    with pytest.warns(UserWarning, match=r"left out 1 bad rows; the first: .*t\.csv:3"):
        examples = read_examples(path, schema=SCHEMA, missing=[""], on_bad_row="skip")
    assert (len(examples), examples.skipped) == (2, 1)


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_row_of_ten_megabytes(write, quote):
    path = write(f"age,city,label\n20,Rome,1\n20,{quote}{'x' * 10_000_000}{quote},1\n30,Oslo,0\n", "long.csv")
    usual = csv.field_size_limit()
    with pytest.raises(BadInput, match=r"long\.csv:3: a row of 10,000,003 characters; expected at most 4,194,304"):
        read_examples(path)
    with pytest.warns(UserWarning, match="left out 1 bad"):
        assert named(read_examples(path, drop=["age"], on_bad_row="skip")) == [
            {"city=Rome": 1},
            {"city=Oslo": 1},
        ]
    assert csv.field_size_limit() == usual


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("a,b\n1,2\n", {}, "has no column 'label'; it has a, b"),
        ("a,a,label\n1,2,1\n", {}, "names 'a' twice"),
        ("a,,label\n1,2,1\n", {}, "a column without a name"),
        (",a,label\n0,2,1\n", {}, "a column without a name; expected a name for each column .pandas writes its row"),
        ("a,label\n1,1\n", {"schema": {"z": "numeric"}}, "has no column 'z'"),
        ("a,label\n1,1\n", {"schema": {"a": "colour"}}, "kind is 'colour'"),
        ('a,label\n"1,1\n', {}, r"t.csv:2: a quotation mark opens a cell here, and is not closed"),
        (b"a,label\n\xff,1\n", {}, "is not UTF-8"),
        ("a,label\n", {}, "holds no row"),
    ],
)
def test_tables_that_cannot_be_read(write, content, options, message):
    with pytest.raises(BadInput, match=message):
        read_examples(write(content), **options)
