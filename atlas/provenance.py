"""Where everything came from: sources, and a hash of all that went in."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pandas as pd

from atlas import VERSION
from atlas.inputs import datasets_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from atlas.catalog import Catalog
    from atlas.definitions import Region


# What a user may give, and what it is called.
OWN = {
    "residents_grid": "Residents per cell, given by the user",
    "costs": "Kilometres or minutes of journeys, given by the user",
}


def source_table(catalog: Catalog, region: Region, *, own: Mapping[str, Path]) -> pd.DataFrame:
    """Return CONTRACT's table sources: one row for each source that the region uses.

    A file of the user's own (a name in `OWN` -> its path) has a row too, with its name and hash: it
    takes the place of what the atlas would have worked out.
    """
    rows: list[dict[str, object]] = [
        {
            "source_id": name,
            "definition": f"--{name.replace('_', '-')}",
            "title": OWN[name],
            "publisher": "the user",
            "licence": "not stated",
            "file": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for name, path in own.items()
    ]
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


def edition_hash(catalog: Catalog, region: Region, *, own: Mapping[str, Path]) -> str:
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
    for name, path in own.items():
        digest.update(name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
