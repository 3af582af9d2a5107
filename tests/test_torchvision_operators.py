"""torchvision imports, whatever build of torch it meets."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.skipif(find_spec("torchvision") is None, reason="torchvision is not installed")
def test_all_that_needs_it_imports_once_the_package_has_been():
    code = "import sr_experiments, torchmetrics.image, spandrel, torchvision; torchvision.transforms"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_nothing_is_imported_for_it():
    code = "import sys, sr_experiments; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
