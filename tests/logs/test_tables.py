"""Tables in memory: types that lose digits or are none, and names of columns that are no text."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import nearfield as nf
from nearfield.errors import BadInput

SECONDS = 1704456000


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"user": np.array([2**24 + 1, 3], np.float32)}, "row 1: user 16777216.0 is a float that has lost digits"),
        ({"item": np.array([3, 2**24], np.float32)}, "row 2: item 16777216.0 is a float that has lost digits"),
        ({"time": np.array([SECONDS, SECONDS + 1], np.float32)}, "time is a column of float32, which loses digits"),
        ({"time": pd.period_range("2024-01", periods=2, freq="D")}, "time is a column of pandas.period; expected text"),
        ({"user": [1, "a"]}, "user holds values of int and str; expected one type, such as text"),
    ],
)
def test_columns_that_hold_no_ids_or_times(changed: dict, message: str) -> None:
    frame = pd.DataFrame({"user": ["u", "v"], "item": ["a", "b"], "time": [SECONDS] * 2} | changed)
    with pytest.raises(BadInput, match=message):
        nf.read_log(frame)


def test_ids_of_narrow_floats_are_known_by_value() -> None:
    frame = pl.DataFrame({"user": np.array([20, 3], np.float32), "item": ["a", "b"], "time": [SECONDS] * 2})
    assert set(nf.read_log(frame).table.user.execute()) == {"20", "3"}


def test_columns_of_a_frame_may_be_named_by_numbers() -> None:
    log = nf.read_log(pd.DataFrame([["a", "u", SECONDS]]), user="1", item="0", time="2")
    assert log.table.select("user", "item", "time").execute().values.tolist() == [["u", "a", SECONDS * 1_000_000]]


def test_two_columns_of_one_name() -> None:
    frame = pd.DataFrame([["u", "a", SECONDS, SECONDS]], columns=["user", "item", "time", "time"])
    with pytest.raises(BadInput, match="two columns of one name"):
        nf.read_log(frame)


def test_marks_of_missing_values_are_no_ids_and_no_times(tmp_path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(f"user,item,time\nu,a,NaT\nu,#N/A,{SECONDS}\nNaT,a,{SECONDS}\nu,a,{SECONDS}\n")
    assert len(nf.read_log(path)) == 1


def test_messages_name_the_fix(tmp_path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("user,item,time\nu,a,31/01/2024\n")
    with pytest.raises(BadInput, match=r"time_format='%d/%m/%Y %H:%M' \(--time-format\)"):
        nf.read_log(path)
    path.write_text(f"User,item,time\nu,a,{SECONDS}\n")
    with pytest.raises(BadInput, match="there is no column 'user'; .*; name it as it is written: 'User'"):
        nf.read_log(path)
