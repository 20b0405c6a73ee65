"""The layers one by one as a data package: which file is what, from where, and on which terms."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from atlas import VERSION
from atlas.exports import plain_name, writing
from atlas.interchange import PLACE, has_points
from atlas.metadata import identifier
from atlas.table_schema import field_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from atlas.publication import Publication

FILE = "datapackage.json"
MEDIA_TYPES = {
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".html": "text/html",
    ".json": "application/json",
    ".lyrx": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".qgz": "application/zip",
    ".qml": "application/xml",
    ".tif": "image/tiff",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_LICENCE = "CC-BY-4.0"
_GEOMETRY = {"name": "geometry", "type": "any", "title": "Geometrie", "title_en": "Geometry"}


def write_data_package(published: Publication, folder: Path) -> None:
    """Write datapackage.json: every file in a folder of layers, as Frictionless describes them.

    Parameters
    ----------
    published
        What stands there.
    folder
        Where its layers stand one by one; each CSV gets the schema of its table.

    Notes
    -----
    A package reaches no file above its own folder: the GeoPackage, the workbook and the page stand
    in provenance.json.
    """
    atlas, description = published.atlas, published.description
    filled = {"region": atlas.region.title.nl, "year": str(atlas.reference_date.year)}
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in MEDIA_TYPES)
    package: dict[str, Any] = {
        "profile": "data-package",
        "name": plain_name(f"urban-mine-atlas-{atlas.region.id}"),
        "id": identifier(atlas),
        "title": description.title.nl.format(**filled),
        "title_en": description.title.en.format(**filled | {"region": atlas.region.title.en}),
        "description": description.abstract.nl.format(**filled),
        "version": atlas.edition,
        "created": f"{atlas.reference_date.isoformat()}T00:00:00Z",
        "keywords": list(description.keywords),
        "contributors": [{"title": description.contact.organisation, "role": "publisher"}],
        "licenses": [
            {
                "name": _LICENCE,
                "path": description.licence.url,
                "title": description.licence.title.nl,
            }
        ],
        "sources": [_source(row) for row in atlas.sources.to_dict("records")],
        "program": {"name": "urban-mine-atlas", "version": VERSION},
        "resources": [_resource(path, folder, published) for path in paths if path.name != FILE],
    }
    text = json.dumps(package, ensure_ascii=False, indent=1, allow_nan=False)
    path = folder / FILE
    with writing(path):
        path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _source(row: Mapping[Any, Any]) -> dict[str, Any]:
    words = {
        "title": f"{row['title']} ({row['publisher']}, {row['reference_date']})",
        "path": row["url"],
        "licence": row["licence"],
        "source_id": row["source_id"],
    }
    return {name: value for name, value in words.items() if isinstance(value, str)}


def _resource(path: Path, folder: Path, published: Publication) -> dict[str, Any]:
    tables = published.tables
    content = path.read_bytes()
    place = path.relative_to(folder).as_posix()
    resource: dict[str, Any] = {
        "profile": "data-resource",
        "name": place.lower(),
        "path": place,
        "format": path.suffix[1:],
        "mediatype": MEDIA_TYPES[path.suffix],
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }
    if path.suffix != ".parquet":
        # Of Parquet Frictionless counts no bytes, and calls a package wrong that tells them.
        resource["bytes"] = len(content)
    layer = published.dictionary.get(path.stem)
    if layer is None or path.parent != folder:
        return resource
    resource |= {"title": layer.title.nl, "description": layer.about.nl}
    schema = published.schemas[layer.name]
    if path.suffix == ".csv":
        if has_points(tables[layer.name]):
            degrees = [field_of(column, "number") for column in PLACE]
            schema = {**schema, "fields": [*schema["fields"], *degrees]}
        # A table is known to the others by its own name; of its two forms, one checks its codes.
        resource |= {
            "profile": "tabular-data-resource",
            "name": layer.name,
            "encoding": "utf-8",
            "schema": schema,
        }
    elif path.suffix == ".parquet":
        shape: Any = [_GEOMETRY] if "geometry" in tables[layer.name] else []
        resource["schema"] = {"fields": [*schema["fields"], *shape]}
    return resource
