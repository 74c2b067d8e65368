"""Trainers: from sequences to vectors."""

from nearfield.embed.word2vec import Word2Vec as Word2Vec

__all__ = ["Word2Vec"]
