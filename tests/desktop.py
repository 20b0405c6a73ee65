"""Programs of the system that the tests start: QGIS and GDAL's tools, without a screen."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

# QGIS and GDAL's tools come from Debian and belong to Debian's Python.
SYSTEM_PYTHON = "/usr/bin/python3"
QGIS = [SYSTEM_PYTHON, "-c", "import qgis.core"]


def start(program: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    """Run a program of the system as if it were never used before, without a screen."""
    home.mkdir(mode=0o700, exist_ok=True)
    surroundings = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "QT_QPA_PLATFORM": "offscreen",
        "LC_ALL": "C.UTF-8",
    }
    return subprocess.run(program, env=surroundings, capture_output=True, text=True, check=False)


def require_desktop(home: Path) -> None:
    """Skip without QGIS or GDAL's tools; under CI their absence is a failure."""
    missing = [name for name in ("ogrinfo",) if shutil.which(name) is None]
    if not Path(SYSTEM_PYTHON).exists() or start(QGIS, home).returncode != 0:
        missing.append("QGIS")
    if missing:
        message = (
            f"{', '.join(missing)}: not found; the tests of the GeoPackage and the project need "
            "them; run: sudo apt-get install python3-qgis python3-gdal gdal-bin"
        )
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
