"""Trainers: from sequences to vectors."""

from nearfield.embed.cold import cold_items as cold_items
from nearfield.embed.convolution import GCN as GCN
from nearfield.embed.convolution import GraphSAGE as GraphSAGE
from nearfield.embed.convolution import LightGCN as LightGCN
from nearfield.embed.items import ItemEmbedding as ItemEmbedding
from nearfield.embed.line import Line as Line
from nearfield.embed.nodes import DeepWalk as DeepWalk
from nearfield.embed.nodes import Node2Vec as Node2Vec
from nearfield.embed.propagation import spectral_propagation as spectral_propagation
from nearfield.embed.side_information import EGES as EGES
from nearfield.embed.spectral import ProNE as ProNE
from nearfield.embed.tags import tagged_sequences as tagged_sequences
from nearfield.embed.types import typed_sequences as typed_sequences
from nearfield.embed.word2vec import Word2Vec as Word2Vec

__all__ = [
    "EGES",
    "GCN",
    "DeepWalk",
    "GraphSAGE",
    "ItemEmbedding",
    "LightGCN",
    "Line",
    "Node2Vec",
    "ProNE",
    "Word2Vec",
    "cold_items",
    "spectral_propagation",
    "tagged_sequences",
    "typed_sequences",
]
