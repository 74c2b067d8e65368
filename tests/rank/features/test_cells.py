"""A cell means its value: how it is spelled, and one odd one among many, change nothing."""

import re
import warnings
from datetime import datetime

import numpy as np
import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from nearfield import read_examples
from nearfield.columns import Column
from nearfield.errors import BadInput
from nearfield.rank import LogisticRegression
from nearfield.rank.features.cells import MISSING, held, named, texts

RANDOM = np.random.default_rng(11)
N = 600


@pytest.fixture
def write(tmp_path):
    def written(rows, name="t.csv", header="x,label"):
        (tmp_path / name).write_text(header + "\n" + "".join(f"{row}\n" for row in rows))
        return tmp_path / name

    return written


SPELLINGS = [
    (["3", "0", "12"], ["3.0", "0.0", "12.0"]),
    (["3", "0", "12"], ["+3", "-0", "1.2e1"]),
    (["0.5", "1.25", "-2"], [".5", "1.250", "-2.00"]),
    (["true", "false"], ["True", "False"]),
    (["true", "false"], ["TRUE", "FALSE"]),
    (["true", "false"], ["1", "0"]),
    (["2024-01-05", "2024-02-01"], ["2024-01-05 00:00:00", "2024-02-01T00:00:00Z"]),
    (["2024-01-05 12:30", "2024-02-01 00:00"], ["2024-01-05T12:30:00.000000", "2024-02-01T08:00:00+08:00"]),
    (["12345678901234567890", "1"], ["12345678901234567890.0", "1.0"]),
    (["Rome", "Oslo"], [" Rome ", "Oslo "]),
]


@pytest.mark.parametrize(("first", "later"), SPELLINGS)
@pytest.mark.parametrize("turned", [False, True])
def test_spellings_of_one_value_are_one_feature(write, first, later, turned):
    first, later = (later, first) if turned else (first, later)
    chosen = RANDOM.integers(len(first), size=N)
    labels = (RANDOM.random(N) < np.where(chosen == 0, 0.9, 0.1)).astype(int)
    train, test = (
        write([f"{cells[i]},{label}" for i, label in zip(chosen, labels, strict=True)], name)
        for cells, name in ((first, "a.csv"), (later, "b.csv"))
    )
    examples = read_examples(train, schema={"x": "categorical"})
    model = LogisticRegression().fit(examples)
    assert examples.space.size == len(first)
    for rows in (read_examples(test, space=examples.space), read_examples(test)):
        np.testing.assert_array_equal(model.foretell(rows), model.foretell(examples))
        assert rows.unknown == {}


@pytest.mark.parametrize("written", ["parquet", "csv", "frame"])
def test_types_of_columns_and_text_are_one(tmp_path, written):
    table = polars.DataFrame(
        {
            "k": RANDOM.integers(0, 4, N),
            "f": RANDOM.choice([0.1, 2.0], N).astype(np.float32),
            "b": RANDOM.random(N) < 0.5,
            "at": [datetime(2024, 1, int(day), 7) for day in RANDOM.integers(1, 4, N)],
            "label": RANDOM.integers(0, 2, N),
        }
    )
    schema = dict.fromkeys(("k", "f", "b", "at"), "categorical")
    expected = read_examples(table, schema=schema)
    assert set(expected.space.names) == {
        *("k=0", "k=1", "k=2", "k=3", "f=0.1", "f=2", "b=true", "b=false"),
        *(f"at=2024-01-0{day}T07:00:00" for day in (1, 2, 3)),
    }
    floats = table.with_columns(polars.col("k").cast(polars.Float64))
    source = floats if written == "frame" else tmp_path / f"t.{written}"
    if written == "csv":
        floats.write_csv(source)
    elif written == "parquet":
        floats.write_parquet(source)
    for rows in (read_examples(source, space=expected.space), read_examples(source, schema=schema)):
        assert [rows.space.name(int(f)) for f in rows.features] == [
            expected.space.name(int(f)) for f in expected.features
        ]


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**70), 2**70))
def test_a_number_has_one_name_however_it_is_written(number):
    ways = {repr(number), f"{number:+}", f" {number!r} "}
    if float(number).is_integer() and abs(number) < 2**53:
        ways |= {f"{int(number)}", f"{int(number)}.0", f"{int(number)}."}
    names = named(texts(polars.Series("x", sorted(ways)), MISSING), "number").to_list()
    assert len(set(names)) == 1
    assert float(names[0]) == float(number)


@pytest.mark.parametrize("cell", ["00501", "007", "0", "1_0", "12a", "", "nan", "0x1f", "--1", "1e", "1e999"])
def test_what_is_no_plain_number_keeps_its_name(cell):
    plain = named(texts(polars.Series("x", [cell]), ()), "number")
    assert plain.to_list() == [cell]


def test_postal_codes_stay_text(write):
    codes = [f"{RANDOM.integers(100_000):05d}" for _ in range(N)]
    codes[5] = "00501"
    with pytest.warns(UserWarning, match="zip: .* different cells in 600 rows"):
        examples = read_examples(write([f"{code},{i % 2}" for i, code in enumerate(codes)], header="zip,label"))
    assert examples.space.schema == (("zip", Column("categorical", cells="text")),)
    assert "zip=00501" in examples.space.names


@pytest.mark.parametrize(
    ("cells", "holds"),
    [
        (["1", "2.0", "x"], "number"), (["1", "x", "y"], "text"), (["true", "FALSE"], "boolean"),
        (["2024-01-05", "2024-01-05T12:00Z"], "time"), (["2024-13-05"], "text"), (["00501", "10001"], "text"),
        ([], "text"), (["", "NA"], "text"),
    ],
)  # fmt: skip
def test_what_a_column_holds(cells, holds):
    assert held(polars.Series("x", cells, dtype=polars.String), MISSING) == holds


MARKS = ["", "NA", "NaN", "nan", "?", "null", "NULL", "N/A", "None", "\\N", "<NA>", "NaT"]


@pytest.mark.parametrize("odd", [*MARKS, "inf", "-inf", "1e400"])
def test_one_odd_cell_among_numbers_changes_no_kind(write, odd):
    numbers = RANDOM.normal(size=4000)
    labels = (RANDOM.random(4000) < 1 / (1 + np.exp(-3 * numbers))).astype(int)
    cells = [f"{number:.6f}" for number in numbers]
    cells[1234] = odd
    path = write([f"{cell},{label}" for cell, label in zip(cells, labels, strict=True)])
    examples = read_examples(path)
    assert examples.space.schema[0][1].kind == "bucketed"
    assert roc_auc_score(labels, LogisticRegression(epochs=3).fit(examples).foretell(examples)) > 0.85
    present = np.diff(examples.indptr)
    assert present[1234] == (0 if odd in MARKS else 1)


@pytest.mark.parametrize("odd", ["unknown", "none", "-", "1,5"])
def test_an_odd_cell_that_is_no_usual_mark_is_refused_with_what_to_do(write, odd):
    cells = [f"{number:.6f}" for number in RANDOM.normal(size=400)]
    cells[100] = f'"{odd}"'
    path = write([f"{cell},{i % 2}" for i, cell in enumerate(cells)])
    fix = 'missing= names what stands for a missing value, schema={"x": "categorical"} takes any text'
    with pytest.raises(
        BadInput, match=re.escape(f"t.csv:102: x is {odd!r}; expected a number ({fix}; on_bad_row='skip'")
    ):
        read_examples(path)
    assert np.diff(read_examples(path, missing=("", odd)).indptr)[100] == 0
    assert read_examples(path, schema={"x": "categorical"}).space.names[100] == f"x={odd}"


def test_a_column_half_of_text_is_names(write):
    cells = [f"A{i}" if i % 3 == 0 else str(i * 1.5) for i in range(300)]
    with pytest.warns(UserWarning, match="x: 300 different cells in 300 rows; drop="):
        examples = read_examples(write([f"{cell},{i % 2}" for i, cell in enumerate(cells)]))
    assert examples.space.schema[0][1].kind == "categorical"


def test_ids_in_buckets_and_times_that_come_once_are_told(write):
    rows = [f"{1000 + i % 97},2024-01-01 00:{i // 60:02d}:{i % 60:02d},{i % 5},{i % 2}" for i in range(300)]
    path = write(rows, header="userId,at,k,label")
    with pytest.warns(UserWarning, match="userId") as told:
        read_examples(path)
    assert str(told[0].message).split("; ", 2) == [
        "userId: 97 different whole numbers are cut into 16 buckets",
        'if they are ids: schema={"userId": "categorical"}',
        'at: 300 different cells in 300 rows; drop=[\'at\'] or schema={"at": "bucketed"}',
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        examples = read_examples(path, schema={"userId": "categorical", "at": "bucketed"})
    assert [column.kind for _, column in examples.space.schema] == ["categorical", "bucketed", "categorical"]


def test_times_in_buckets_are_those_of_parquet(tmp_path):
    table = polars.DataFrame(
        {"at": [datetime(2024, 1, 1 + i % 28, i % 24) for i in range(200)], "label": [i % 2 for i in range(200)]}
    )
    table.write_csv(tmp_path / "t.csv")
    table.write_parquet(tmp_path / "t.parquet")
    text, typed = (read_examples(tmp_path / f"t.{name}", schema={"at": "bucketed"}) for name in ("csv", "parquet"))
    assert text.space.schema[0][1].boundaries == typed.space.schema[0][1].boundaries
    np.testing.assert_array_equal(text.features, typed.features)


def test_a_schema_only_overrides(write):
    path = write([f"{i},{i % 3},c{i % 4},{i % 2}" for i in range(60)], header="a,b,c,label")
    both = Column("crossed", of=("b", "c"))
    examples = read_examples(path, schema={"b": "numeric", "two": Column("crossed", of=("a", "c"))})
    kinds = [(field, column.kind) for field, column in examples.space.schema]
    assert kinds == [("a", "bucketed"), ("b", "numeric"), ("c", "categorical"), ("two", "crossed")]
    assert read_examples(path, drop=["a", "c"]).space.fields == ("b",)
    assert read_examples(path, schema={"b×c": both}, drop=["a"]).space.fields == ("b", "c", "b×c")
    for options, message in (
        ({"drop": ["d"]}, "has no column 'd', which drop= names; it has a, b, c, label"),
        ({"schema": {"d": "numeric"}}, "has no column 'd', which schema= names; it has a, b, c, label"),
        ({"weight": "w"}, "has no column 'w', which weight= names; it has"),
        ({"label": "y"}, "has no column 'y', which label= names; it has"),
        ({"schema": {"label": "numeric"}}, "schema names 'label', the column of labels"),
        ({"schema": {"b×d": Column("crossed", of=("b", "d"))}}, "'b×d' crosses 'd', which is no field"),
        ({"drop": ["a", "b", "c"]}, "has no column but label; expected some of features"),
    ):
        with pytest.raises(BadInput, match=re.escape(message)):
            read_examples(path, **options)


@pytest.mark.parametrize(
    ("labels", "positive", "message"),
    [
        (["yes", "no"], "Yes", "positive= names 'Yes', and no label is that; the labels are yes (3), no (2)"),
        ([">50K.", "<=50K."], ">50K", "no label is that; the labels are >50K. (3), <=50K. (2)"),
        (["1", "0"], "2", "no label is that; the labels are 1 (3), 0 (2)"),
        (["1", "0"], 2, "no label is that; the labels are"),
        (["no", "no"], "yes", "no label is that; the labels are no (5)"),
    ],
)
def test_a_positive_label_that_never_comes_is_refused(write, labels, positive, message):
    path = write([f"{i},{labels[i % 2]}" for i in range(5)])
    with pytest.raises(BadInput, match=re.escape(message)):
        read_examples(path, positive=positive)


@pytest.mark.parametrize(
    ("cells", "positive"),
    [("yes no", "yes"), ("True False", "true"), ("1.0 0.0", "1"), ("1 0", 1), ("NA EU", "NA"), ("None some", "None")],
)
def test_labels_are_compared_by_value(write, cells, positive):
    one, other = cells.split()
    path = write([f"a,{one}", f"b,{other}", f"c,{one}"])
    assert read_examples(path, positive=positive).labels.tolist() == [1, 0, 1]


def test_later_rows_may_all_be_negative(write):
    first = read_examples(write(["a,yes", "b,no"], "first.csv"), positive="yes")
    with pytest.warns(UserWarning, match=re.escape("no label is 'yes'; all are no (2)")):
        later = read_examples(write(["a,no", "b,no"]), positive="yes", space=first.space)
    assert later.labels.tolist() == [0, 0]
    with pytest.raises(BadInput, match="the labels are YES"):
        read_examples(write(["a,YES", "b,YES"]), positive="yes", space=first.space)


def test_the_separator_is_detected_or_given(write):
    rows = ["a;b c,d;1", "b;e;0"]
    for options in ({}, {"separator": ";"}):
        assert read_examples(write(rows, header='"x, y";z;label'), **options).space.fields == ("x, y", "z")
    assert read_examples(write(["a|b|1"], header="x|z|label")).space.fields == ("x", "z")
    assert read_examples(write(["a\tb\t1"], "t.tsv", "x\tz\tlabel"), separator="\\t").space.fields == ("x", "z")
    with pytest.raises(BadInput, match="separator= is ';;'; expected one character"):
        read_examples(write(rows), separator=";;")


def test_an_encoding_is_read(tmp_path):
    (tmp_path / "t.csv").write_bytes("城市,label\n北京,1\n上海,0\n".encode("gb18030"))
    assert read_examples(tmp_path / "t.csv", encoding="gb18030").space.names == ("城市=北京", "城市=上海")
    with pytest.raises(BadInput, match="not UTF-8|no UTF-8|UTF-8"):
        read_examples(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("cell", "schema", "message"),
    [
        ("1e19", {"x": Column("numeric")}, 'x is \'1e19\'; expected a number below 1e+19 (schema={"x": "bucketed"}'),
        ("inf", {"x": "numeric"}, "x is 'inf'; expected a number below 1e+19"),
        ("1|2|3", {"x": "vector"}, "x is '1|2|3'; expected 2 numbers below 1e+19"),
        ("1|1e19", {"x": "vector"}, "x is '1|1e19'; expected 2 numbers below 1e+19"),
    ],
)
def test_numbers_that_training_cannot_compute_with_are_refused(write, cell, schema, message):
    path = write(["1|2,1" if "|" in cell else "1,1", f"{cell},0"])
    with pytest.raises(BadInput, match=re.escape(f"t.csv:3: {message}")):
        read_examples(path, schema=schema)


def test_lists_of_other_lengths_are_refused_by_row():
    table = polars.DataFrame({"v": [[1.0, 2.0], [3.0], None], "label": [1, 0, 1]})
    with pytest.raises(BadInput, match=re.escape("the table: row 2: v is '[3.0]'; expected 2 numbers")):
        read_examples(table)
    with pytest.warns(UserWarning, match="left out 1 bad"):
        assert len(read_examples(table, on_bad_row="skip")) == 2


TIMES = [1_704_456_000, 1_704_456_001]


@pytest.mark.parametrize(
    "cells",
    [
        [str(time) for time in TIMES],
        [str(time * 1000) for time in TIMES],
        [str(time * 10**9) for time in TIMES],
        ["2024-01-05 12:00:00", "2024-01-05T12:00:01Z"],
        ["2024/1/5 12:00", "20240105T120001Z"],
        ["2024年1月5日 12:00", "2024-01-05t12:00:01z"],
    ],
)
def test_times_of_rows_are_read_by_the_rule_of_logs(write, cells):
    path = write([f"{cell},a,1" for cell in cells], header="at,x,label")
    assert read_examples(path, time="at").times.tolist() == [time * 1_000_000 for time in TIMES]


def test_times_that_are_not_plausible_need_a_unit(write):
    path = write(["5,a,1", "6,b,0"], header="at,x,label")
    with pytest.raises(BadInput, match="t.csv: at has 5, which is no time .*; say which by time_unit="):
        read_examples(path, time="at")
    assert read_examples(path, time="at", time_unit="s").times.tolist() == [5_000_000, 6_000_000]
    dates = read_examples(write(["20240105,a,1", "20240106,b,0"], header="at,x,label"), time="at").times
    assert np.diff(dates).tolist() == [86_400_000_000]


def test_quotation_marks_within_cells_are_text_and_open_ones_are_named(write, monkeypatch):
    monkeypatch.setattr("nearfield.rank.features.frames.BLOCK_BYTES", 64)
    rows = [f'{i}" pipe,{i % 2}' for i in range(9)] + [f'"a, ""{i}""\nb",1' for i in range(9)]
    expected = [f'{i}" pipe' for i in range(9)] + [f'a, "{i}"\nb' for i in range(9)]
    examples = read_examples(write(rows))
    assert [name.removeprefix("x=") for name in examples.space.names] == expected
    with pytest.raises(BadInput, match=r"t\.csv:11: a quotation mark opens a cell here, and is not closed"):
        read_examples(write([*rows[:9], '"open,1', *(["c,0"] * 50)]))


@pytest.mark.parametrize("source", [{"a": [1]}, [{"a": 1}], np.eye(2), [np.eye(2)]])
def test_rows_that_are_no_table_are_refused(source):
    with pytest.raises(BadInput, match="rows are given as .*; expected paths, or tables of pandas, Polars or Arrow"):
        read_examples(source)


def test_groups_have_one_number_in_every_file(write):
    whole = read_examples(write(["7,a,1", "8.0,b,0"], header="g,x,label"), group="g")
    mixed = read_examples(write(["7,a,1", "u,b,0", "7.0,a,1"], header="g,x,label"), group="g")
    assert whole.groups.tolist() == [7, 8]
    assert mixed.groups[0] == mixed.groups[2] == 7 != mixed.groups[1]
