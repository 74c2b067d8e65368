"""What the kernels of all rooms share: compilation, lanes, random numbers."""
