import numpy as np
import polars as pl
import pytest

from nearfield.errors import BadInput
from nearfield.formats import load, parquet
from nearfield.formats.parquet import from_dataframe, to_dataframe
from nearfield.vectors import Vectors


def write(path, **columns):
    pl.DataFrame(columns).write_parquet(path)
    return path


def test_anybody_can_read_it(vectors, tmp_path):
    vectors.save(tmp_path / "v.parquet")
    frame = pl.read_parquet(tmp_path / "v.parquet")
    assert frame["key"].to_list() == list(vectors.keys)
    assert frame["count"].to_list() == vectors.counts.tolist()
    np.testing.assert_array_equal(frame["vector"].to_numpy(), vectors.input)
    np.testing.assert_array_equal(frame["output"].to_numpy(), vectors.output)


def test_lists_of_any_numbers(tmp_path):
    path = write(tmp_path / "v.parquet", key=["a", "b"], vector=[[1, 2], [3, 4]], label=["x", "y"])
    assert load(path).input.tolist() == [[1, 2], [3, 4]]


def test_rows_are_sorted_by_count(tmp_path):
    path = write(tmp_path / "v.parquet", key=["a", "b", "c"], vector=[[1.0], [2.0], [3.0]], count=[1, 5, 1])
    assert load(path).keys == ("b", "a", "c")
    assert load(path)[["a", "b", "c"]].tolist() == [[1], [2], [3]]


def test_frames_there_and_back(vectors):
    back = from_dataframe(to_dataframe(vectors))
    np.testing.assert_array_equal(back.output, vectors.output)
    assert back.keys == vectors.keys


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"word": ["a"], "vector": [[1.0]]}, r"has the columns word \(String\), vector .*; expected key \(String\)"),
        ({"key": ["a"]}, r"has the columns key \(String\); expected"),
        ({"key": [1], "vector": [[1.0]]}, r"has the columns key \(Int64\)"),
        ({"key": ["a"], "vector": [["x"]]}, r"vector \(List\(String\)\); expected"),
        ({"key": ["a"], "vector": [[1.0]], "count": ["1"]}, r"count \(String\); expected"),
        (
            {"key": ["a", "b"], "vector": [[1.0, 2.0], [3.0]]},
            "row 2 has another number of values in vector; expected 2",
        ),
        ({"key": ["a", "b"], "vector": [[1.0], None]}, "row 2 has no vector"),
        ({"key": ["a", "b"], "vector": [[1.0, 2.0], [3.0, None]]}, "row 2 of vector holds an empty value"),
        (
            {"key": ["a", "b"], "vector": [[1.0], [float("nan")]]},
            r"row 2 \(key 'b'\) holds a value that is no finite number",
        ),
        ({"key": ["a", None], "vector": [[1.0], [2.0]]}, "row 2 has no key"),
        ({"key": ["a", "a"], "vector": [[1.0], [2.0]]}, "key 'a' is on row 1 and again on row 2"),
        ({"key": ["a", "b"], "vector": [[1.0], [2.0]], "count": [1, None]}, "row 2 has no count"),
        ({"key": ["a", "b"], "vector": [[1.0], [2.0]], "count": [1, -1]}, "a count is -1"),
        ({"key": ["a", "b"], "vector": [[], []]}, "input has no dimensions|no numbers|expected key"),
    ],
)
def test_bad_tables_are_named(tmp_path, columns, message):
    with pytest.raises(BadInput, match=message) as caught:
        load(write(tmp_path / "v.parquet", **columns))
    assert "v.parquet" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change", [lambda data: data[:-10], lambda data: data[:20], lambda data: data[:-8] + b"\xff" * 4 + b"PAR1"]
)
def test_damaged_files(vectors, tmp_path, change):
    path = tmp_path / "v.parquet"
    vectors.save(path)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(BadInput, match="v.parquet: cannot be read as Parquet: "):
        load(path)


def test_a_small_file_that_would_unpack_to_a_huge_table_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "v.parquet"
    Vectors([str(i) for i in range(10_000)], np.zeros((10_000, 300))).save(path)
    assert load(path).input.sum() == 0
    monkeypatch.setattr(parquet, "HARMLESS_BYTES", 1 << 20)  # else the test itself would have to make gigabytes
    with pytest.raises(BadInput, match=r"would unpack to 12,000,000, which no real vectors do"):
        load(path)


def test_a_key_that_is_no_text_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"v.parquet: key '\\ud800' is no valid text"):
        Vectors(["\ud800"], np.ones((1, 1))).save(tmp_path / "v.parquet")
