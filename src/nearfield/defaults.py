"""Defaults that several packages and verbs share."""

# How often a key has to be seen to get a vector. What is fitted, tuned, evaluated, updated and followed must be read
# alike, so that what is measured is what is saved. Five, as word2vec and gensim have it for text and five-core data
# sets for items: below that, a row is moved so seldom that it lies nearly where it was drawn at random.
MIN_COUNT = 5
