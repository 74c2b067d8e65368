"""Rows to learn from, for all tests of ranking."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
