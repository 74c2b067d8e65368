import gzip

import pytest

from nearfield.datasets import find, mind_sample
from nearfield.errors import BadInput, DatasetNotFound


@pytest.fixture(scope="module")
def mind():
    try:
        return mind_sample.load()
    except DatasetNotFound as error:
        pytest.skip(str(error))


def test_counts_are_those_of_the_data_readme(mind):
    impressions, news = mind
    clicked, skipped = impressions["clicked"], impressions["skipped"]
    assert len(impressions) == 5_000
    assert impressions["user"].n_unique() == 4_637
    assert (clicked.list.len().sum(), skipped.list.len().sum()) == (7_542, 181_817)
    assert clicked.list.explode().extend(skipped.list.explode()).n_unique() == 7_457
    assert len(news) == news["item"].n_unique() == 2_000


def test_every_line_is_what_plain_splitting_finds(mind):
    """The twin: no table reader, only split."""
    lines = gzip.decompress(find("mind_sample", "behaviors.tsv.gz").read_bytes()).decode().splitlines()
    expected = {}
    for line in lines:
        impression, user, _, history, page = line.split("\t")
        shown = [one.rpartition("-") for one in page.split()]
        clicks, skips = ([item for item, _, mark in shown if mark == wanted] for wanted in "10")
        expected[impression] = (user, history.split(), clicks, skips)
    found = {row["impression"]: row for row in mind.impressions.iter_rows(named=True)}
    assert {
        key: (row["user"], row["history"], row["clicked"], row["skipped"]) for key, row in found.items()
    } == expected
    articles = [
        tuple(line.split("\t")[:4])
        for line in gzip.decompress(find("mind_sample", "news.tsv.gz").read_bytes()).decode().split("\n")
        if line
    ]
    assert mind.news.rows() == articles


def test_times_are_those_of_the_clock_and_rise(mind):
    times = mind.impressions["time"]
    assert times.is_sorted()
    first = mind.impressions.filter(mind.impressions["impression"] == "58376")  # 11/12/2019 2:14:46 PM
    assert first["time"].item() == 1_573_568_086_000_000
    assert [time // 86_400_000_000 for time in (times[0], times[-1])] == [18_209, 18_214]  # 9 and 14 November 2019


def test_another_table_is_refused(tmp_path, monkeypatch):
    (tmp_path / "mind_sample").mkdir()
    (tmp_path / "mind_sample" / "behaviors.tsv.gz").write_bytes(gzip.compress(b"1\tU1\n"))
    monkeypatch.setenv("NEARFIELD_DATA", str(tmp_path))
    with pytest.raises(BadInput, match="has 2 columns; expected the 5 of MIND"):
        mind_sample.load()
