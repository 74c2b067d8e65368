"""What all tests share."""

from hypothesis import settings

# the first example pays for imports and compilation, and other programs run on the same cores
settings.register_profile("nearfield", deadline=None)
settings.load_profile("nearfield")
