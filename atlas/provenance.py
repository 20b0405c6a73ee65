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


def source_table(catalog: Catalog, region: Region) -> pd.DataFrame:
    """Return CONTRACT's table sources: one row for each source that the region uses."""
    rows = []
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


def edition_hash(catalog: Catalog, region: Region, residents_grid: Path | None) -> str:
    """Return a hash of all that goes in: program, definitions, data."""
    digest = hashlib.sha256(VERSION.encode())
    for folder in ("layers", "maps"):
        for path in sorted((catalog.home / folder).glob("**/*.toml")):
            if "built" not in path.relative_to(catalog.home).parts:
                digest.update(path.relative_to(catalog.home).as_posix().encode())
                digest.update(path.read_bytes())
    for dataset in datasets_of(catalog, region):
        digest.update(dataset.source.sha256.encode())
    digest.update(region.id.encode())
    if residents_grid is not None:
        digest.update(residents_grid.read_bytes())
    return digest.hexdigest()
