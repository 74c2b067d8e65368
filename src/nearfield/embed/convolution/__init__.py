"""Graph convolution on PyTorch Geometric, which the extra `deep` brings and `fit` imports."""

from nearfield.embed.convolution.gcn import GCN as GCN
from nearfield.embed.convolution.lightgcn import LightGCN as LightGCN
from nearfield.embed.convolution.sage import GraphSAGE as GraphSAGE
from nearfield.embed.convolution.storage import load_convolution as load_convolution

__all__ = ["GCN", "GraphSAGE", "LightGCN", "load_convolution"]
