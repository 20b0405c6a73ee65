"""A regional atlas of critical raw materials in the urban mine."""

from __future__ import annotations

VERSION = "0.1.0"

from atlas.errors import AtlasError  # noqa: E402 - modules read the version from here
from atlas.exports import layers  # noqa: E402 - as above
from atlas.notebook import show as map  # noqa: A004, E402 - `atlas.map` reads as what it gives
from atlas.pipeline import Atlas, build  # noqa: E402 - as above

__all__ = ["VERSION", "Atlas", "AtlasError", "build", "layers", "map"]
