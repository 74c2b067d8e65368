"""Real data sets for the demo, tests, benchmarks and docs, one file a set; each finds its files or says what to set."""

from nearfield.datasets import (
    movielens_100k,
    text8_head,
    text_enwiki,
    text_zhwiki,
    word_eval,
    word_eval_zh,
)
from nearfield.datasets.location import find

__all__ = ["find", "movielens_100k", "text8_head", "text_enwiki", "text_zhwiki", "word_eval", "word_eval_zh"]
