import importlib
import sys
from pathlib import Path

import pytest

STUDIES = Path(__file__).parents[2] / "docs" / "studies"


@pytest.fixture(scope="module")
def study(request):
    """A function that imports a module of the study that the test file names in STUDY; its siblings are at hand."""
    folder = str(STUDIES / request.module.STUDY)
    sys.path.insert(0, folder)
    yield importlib.import_module
    sys.path.remove(folder)
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(folder):
            del sys.modules[name]
