"""Nearfield: things that keep the same company end up near each other."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from nearfield.columns import Column as Column
    from nearfield.edges import read_edges as read_edges
    from nearfield.embed import EGES as EGES
    from nearfield.embed import GCN as GCN
    from nearfield.embed import DeepWalk as DeepWalk
    from nearfield.embed import GraphSAGE as GraphSAGE
    from nearfield.embed import ItemEmbedding as ItemEmbedding
    from nearfield.embed import LightGCN as LightGCN
    from nearfield.embed import Line as Line
    from nearfield.embed import Node2Vec as Node2Vec
    from nearfield.embed import ProNE as ProNE
    from nearfield.embed import Word2Vec as Word2Vec
    from nearfield.embed import spectral_propagation as spectral_propagation
    from nearfield.errors import NearfieldError as NearfieldError
    from nearfield.evaluate import progressive_validation as progressive_validation
    from nearfield.evaluate import ranking_quality as ranking_quality
    from nearfield.examples import Examples as Examples
    from nearfield.graph import Graph as Graph
    from nearfield.loading import load as load
    from nearfield.logs import read_log as read_log
    from nearfield.rank import BloomFilter as BloomFilter
    from nearfield.rank import DCNv2 as DCNv2
    from nearfield.rank import DeepFM as DeepFM
    from nearfield.rank import FactorizationMachine as FactorizationMachine
    from nearfield.rank import FieldAwareFM as FieldAwareFM
    from nearfield.rank import IsotonicCalibration as IsotonicCalibration
    from nearfield.rank import LogisticRegression as LogisticRegression
    from nearfield.rank import MinimumCount as MinimumCount
    from nearfield.rank import PlattCalibration as PlattCalibration
    from nearfield.rank import WideAndDeep as WideAndDeep
    from nearfield.rank import cross as cross
    from nearfield.rank import search_crosses as search_crosses
    from nearfield.rank.features.reading import read_examples as read_examples
    from nearfield.rank.features.reading import stream_examples as stream_examples
    from nearfield.recommend import TwoStageRecommender as TwoStageRecommender
    from nearfield.rereading import read_alike as read_alike
    from nearfield.search import ExactIndex as ExactIndex
    from nearfield.search import HNSWIndex as HNSWIndex
    from nearfield.search import TagSearch as TagSearch
    from nearfield.sequences import Sequences as Sequences
    from nearfield.text import Phrases as Phrases
    from nearfield.text import read_text as read_text
    from nearfield.tune import tune as tune
    from nearfield.update.update import update as update
    from nearfield.vectors import Vectors as Vectors
    from nearfield.vocabulary import Vocabulary as Vocabulary
    from nearfield.walks import random_walks as random_walks

# a public name → the module that has it, imported when the name is first used: `import nearfield` stays quick
_HOMES = {
    "BloomFilter": "nearfield.rank",
    "Column": "nearfield.columns",
    "DCNv2": "nearfield.rank",
    "DeepFM": "nearfield.rank",
    "DeepWalk": "nearfield.embed",
    "EGES": "nearfield.embed",
    "ExactIndex": "nearfield.search",
    "Examples": "nearfield.examples",
    "FactorizationMachine": "nearfield.rank",
    "FieldAwareFM": "nearfield.rank",
    "GCN": "nearfield.embed",
    "Graph": "nearfield.graph",
    "GraphSAGE": "nearfield.embed",
    "HNSWIndex": "nearfield.search",
    "IsotonicCalibration": "nearfield.rank",
    "ItemEmbedding": "nearfield.embed",
    "LightGCN": "nearfield.embed",
    "Line": "nearfield.embed",
    "LogisticRegression": "nearfield.rank",
    "MinimumCount": "nearfield.rank",
    "NearfieldError": "nearfield.errors",
    "Node2Vec": "nearfield.embed",
    "Phrases": "nearfield.text",
    "PlattCalibration": "nearfield.rank",
    "ProNE": "nearfield.embed",
    "Sequences": "nearfield.sequences",
    "TagSearch": "nearfield.search",
    "TwoStageRecommender": "nearfield.recommend",
    "Vectors": "nearfield.vectors",
    "Vocabulary": "nearfield.vocabulary",
    "WideAndDeep": "nearfield.rank",
    "Word2Vec": "nearfield.embed",
    "cross": "nearfield.rank",
    "load": "nearfield.loading",
    "progressive_validation": "nearfield.evaluate",
    "random_walks": "nearfield.walks",
    "ranking_quality": "nearfield.evaluate",
    "read_alike": "nearfield.rereading",
    "read_edges": "nearfield.edges",
    "read_examples": "nearfield.rank.features.reading",
    "read_log": "nearfield.logs",
    "read_text": "nearfield.text",
    "search_crosses": "nearfield.rank",
    "spectral_propagation": "nearfield.embed",
    "stream_examples": "nearfield.rank.features.reading",
    "tune": "nearfield.tune",
    "update": "nearfield.update",
}
__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'nearfield' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
