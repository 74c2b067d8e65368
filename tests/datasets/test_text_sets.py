import gzip

import pytest

from nearfield.datasets import text8_head, text_enwiki, text_zhwiki


@pytest.mark.parametrize(
    ("finder", "articles", "words"),
    [
        (text_enwiki.path, lambda text: text.count(b"\n"), (28_603, 10_080_000)),
        (text8_head.path, lambda text: text.count(b"\n"), (0, 1_171_946)),
        (text_zhwiki.path, lambda text: text.rstrip().count(b"\n\n") + 1, (34_433, 12_680_000)),
    ],
)
def test_the_counts_are_those_described(dataset, finder, articles, words):
    text = gzip.decompress(dataset(finder).read_bytes())
    assert articles(text) == words[0]
    assert len(text.split()) == pytest.approx(words[1], abs=5_000 if words[1] > 10_000_000 else 0)
