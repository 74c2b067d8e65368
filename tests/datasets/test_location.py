import pytest

from nearfield.datasets import find
from nearfield.errors import BadInput, DatasetNotFound

NAME = "a_set_of_this_test"


@pytest.fixture
def places(tmp_path, monkeypatch):
    """The folders that are looked in, in order, each with the set."""
    working = tmp_path / "here" / "checkout"
    working.mkdir(parents=True)
    monkeypatch.chdir(working)
    monkeypatch.setenv("NEARFIELD_DATA", str(tmp_path / "named"))
    monkeypatch.setenv("NEARFIELD_CACHE", str(tmp_path / "cache"))
    roots = [tmp_path / "named", tmp_path / "here" / "shared" / "data", tmp_path / "cache"]
    for root in roots:
        (root / NAME).mkdir(parents=True)
    return roots


def test_the_first_place_that_has_it_is_taken(places):
    for root in places:
        assert find(NAME).resolve() == (root / NAME).resolve()
        (root / NAME).rmdir()
    with pytest.raises(DatasetNotFound):
        find(NAME)


def test_a_place_without_the_file_is_passed_over(places):
    (places[1] / NAME / "words.txt").touch()
    assert find(NAME, "words.txt").samefile(places[1] / NAME / "words.txt")


def test_without_a_name_the_cache_is_that_of_the_user(places, monkeypatch, tmp_path):
    monkeypatch.delenv("NEARFIELD_CACHE")
    monkeypatch.delenv("NEARFIELD_DATA")
    (places[1] / NAME).rmdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    (tmp_path / "xdg" / "nearfield" / NAME).mkdir(parents=True)
    assert find(NAME) == tmp_path / "xdg" / "nearfield" / NAME


def test_what_is_nowhere_says_what_to_set():
    with pytest.raises(DatasetNotFound, match=r"no_such_set.words\.txt is not here; set NEARFIELD_DATA"):
        find("no_such_set", "words.txt")


def test_a_named_folder_that_is_none_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("NEARFIELD_DATA", str(tmp_path / "typo"))
    with pytest.raises(BadInput, match=r"NEARFIELD_DATA is '.*typo', which is no folder"):
        find("text8_head")
