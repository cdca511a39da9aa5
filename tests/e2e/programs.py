"""Programs of the machine that some tests need; where one is missing, those tests say which package brings it."""

import os
import shutil
from pathlib import Path

import pytest


def program(name: str, package: str) -> Path:
    """Where the program is. Daemons lie in directories that are not on everybody's PATH."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is missing: apt-get install {package}")
    return Path(found)
