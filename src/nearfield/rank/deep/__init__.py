"""What the deep rankers share, on PyTorch, which the extra `deep` brings and `fit` imports."""
