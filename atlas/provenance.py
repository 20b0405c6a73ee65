"""Where everything came from: sources, and a hash of all that went in."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pandas as pd

from atlas import VERSION
from atlas.inputs import datasets_of

if TYPE_CHECKING:
    from pathlib import Path

    from atlas.definitions import Catalog, Region


def source_table(catalog: Catalog, region: Region, *, residents_grid: Path | None) -> pd.DataFrame:
    """Return CONTRACT's table sources: one row for each source that the region uses.

    A grid of residents that the user gave has a row too, with its name and hash: it takes the place
    of the districts.
    """
    rows: list[dict[str, object]] = []
    if residents_grid is not None:
        rows.append(
            {
                "source_id": "residents_grid",
                "definition": "--residents-grid",
                "title": "Residents per cell, given by the user",
                "publisher": "the user",
                "licence": "not stated",
                "file": residents_grid.name,
                "sha256": hashlib.sha256(residents_grid.read_bytes()).hexdigest(),
            }
        )
    for dataset in datasets_of(catalog, region):
        source = dataset.source
        rows.append(
            {
                "source_id": dataset.layer,
                "definition": dataset.where.split(" ")[0],
                "title": source.title,
                "publisher": source.publisher,
                "year": source.reference_date.year,
                "reference_date": source.reference_date.isoformat(),
                "licence": source.licence,
                "url": source.url,
                "note": source.note,
                "file": source.file,
                "sha256": source.sha256,
            }
        )
    return pd.DataFrame(rows)


def edition_hash(catalog: Catalog, region: Region, *, residents_grid: Path | None) -> str:
    """Return a hash of all that goes in: version, definitions (of other regions none), data."""
    digest = hashlib.sha256(VERSION.encode())
    for folder in ("layers", "maps"):
        for path in sorted((catalog.home / folder).glob("**/*.toml")):
            other = path.parent.name == "areas" and path.stem != region.id
            if not other and "built" not in path.relative_to(catalog.home).parts:
                digest.update(path.relative_to(catalog.home).as_posix().encode())
                digest.update(path.read_bytes())
    for dataset in datasets_of(catalog, region):
        digest.update(dataset.source.sha256.encode())
    digest.update(region.id.encode())
    if residents_grid is not None:
        digest.update(residents_grid.read_bytes())
    return digest.hexdigest()
