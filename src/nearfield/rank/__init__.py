"""Models that rank: from examples to a probability or a value."""
