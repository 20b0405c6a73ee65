"""The layers by their published names, and what the edition is made from."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pandas as pd
import pyogrio

from atlas import VERSION
from atlas.dictionary import read_dictionary
from atlas.errors import AtlasError, problem
from atlas.scenarios import DEFAULT, REPORT
from atlas.wide import wide_layers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import geopandas as gpd

    from atlas.dictionary import Layer
    from atlas.pipeline import Atlas

# Names and order of the columns are CONTRACT's.
_FACILITY_COLUMNS = [
    "facility_id", "name", "step", "streams", "fraction", "capacity_t_per_a",
    "planned_capacity_t_per_a", "capacity_of", "status", "from_year", "to_year", "country",
    "zone_id", "precision_m", "source_url", "source_id",
]  # fmt: skip
_POINT_COLUMNS = [
    "point_id", "name", "kind", "streams", "streams_certainty", "own_residents_only", "status",
    "zone_id", "precision_m", "source_url", "source_id", "operator", "address", "postcode",
    "municipality_code",
]  # fmt: skip
_LEFT = {"facilities_unplaced", "collection_points_unplaced"}


def layers(
    atlas: Atlas, *, dictionary: Mapping[str, Layer] | None = None
) -> dict[str, pd.DataFrame]:
    """Return the layers and tables of an edition by name: the default scenario.

    Stocks keep both bases, and materials the totals that a report gives, since these are what the
    two are compared by.  What has no rows is left out, since the Dutch rules for GeoPackages allow
    no layer without a feature; the findings then say so.  The dictionary is read where none is
    given.
    """
    own = read_dictionary(atlas.catalog.home) if dictionary is None else dictionary
    # Years are whole numbers, also where some are missing.
    years = {name: atlas.facilities[name].astype("Int64") for name in ("from_year", "to_year")}
    facilities = atlas.facilities.assign(source_id="facilities", **years)
    points = atlas.collection_points.assign(
        source_id="collection_points",
        # Which streams a point takes may be unknown: missing, and not a word without letters.
        streams=atlas.collection_points["streams"].replace("", None),
    )
    found = {
        "zones": atlas.zones,
        "municipalities": atlas.municipalities,
        "facilities": _placed(facilities)[[*_FACILITY_COLUMNS, "geometry"]],
        "collection_points": _placed(points)[[*_POINT_COLUMNS, "geometry"]],
        "flows": _default(atlas.flows),
        "sites": atlas.sites,
        **wide_layers(_of(atlas), own, steps=_steps(atlas)),
        "facilities_unplaced": _unplaced(facilities)[_FACILITY_COLUMNS],
        "collection_points_unplaced": _unplaced(points)[_POINT_COLUMNS],
        "scenarios": atlas.scenarios,
        "elements": atlas.elements.assign(eu_number=atlas.elements["eu_number"].astype("Int64")),
        "eu_list": atlas.eu_list.assign(number=atlas.eu_list["number"].astype("Int64")),
        "stocks": atlas.stocks,
        "materials": _plain(
            atlas.materials[atlas.materials["scenario_id"].isin([DEFAULT, REPORT])]
        ),
        "releases": _default(atlas.releases),
        "gaps": _default(atlas.gaps),
        "recovery": _default(atlas.recovery),
        "nearest": atlas.nearest,
        "chains": atlas.chains,
        "gap_starts": atlas.gap_starts,
        "cover": atlas.cover,
        "sources": atlas.sources,
        "findings": atlas.findings,
        "headline_figures": atlas.headline_figures,
    }
    # Where everything has a place there is nothing to say of what has none.
    empty = [name for name, frame in found.items() if frame.empty and name not in _LEFT]
    if empty:
        found["findings"] = pd.concat([atlas.findings, _left_out(empty)], ignore_index=True)
    return {name: frame for name, frame in found.items() if not frame.empty}


def _of(atlas: Atlas) -> dict[str, pd.DataFrame]:
    names = ("zones", "municipalities", "stocks", "materials", "releases", "gaps")
    return {name: getattr(atlas, name) for name in names}


def _steps(atlas: Atlas) -> dict[str, str]:
    return {stream: supply.step for stream, supply in atlas.streams.supplies.items()}


def write_provenance(atlas: Atlas, folder: Path, trees: dict[str, Path]) -> None:
    """Write what the edition was made from and which files it consists of.

    Parameters
    ----------
    atlas
        A built region.
    folder
        Where provenance.json goes; it must lie in one of the trees.
    trees
        The folders of the edition by the name they are known by (layers, maps).
    """
    folder.mkdir(parents=True, exist_ok=True)
    own = folder / "provenance.json"
    found = {
        f"{tree}/{path.relative_to(root).as_posix()}": path
        for tree, root in trees.items()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
    name = next(
        f"{tree}/{own.relative_to(root).as_posix()}"
        for tree, root in trees.items()
        if own.is_relative_to(root)
    )
    content = {
        "format": 1,
        "region": atlas.region.id,
        "program": {"name": "urban-mine-atlas", "version": VERSION},
        "edition": atlas.edition,
        "reference_date": atlas.reference_date.isoformat(),
        "files": sorted([*found, name]),
        "sha256": {
            key: hashlib.sha256(path.read_bytes()).hexdigest() for key, path in found.items()
        },
        "sources": _records(atlas.sources),
        "findings": _records(atlas.findings),
    }
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    own.write_text(text + "\n", encoding="utf-8", newline="\n")


def _placed(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return places[places.geometry.notna()].reset_index(drop=True)


def _unplaced(places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return what is known without a place; the Dutch rules allow no empty geometry in a layer."""
    return pd.DataFrame(places[places.geometry.isna()]).reset_index(drop=True)


def _left_out(names: list[str]) -> pd.DataFrame:
    """Return a finding for each layer without a row."""
    return pd.DataFrame(
        {
            "layer": names,
            "row": None,
            "rule": "layer without features",
            "found": "0",
            "action": "left out of the files",
        }
    )


def _default(table: pd.DataFrame) -> pd.DataFrame:
    return _plain(table[table["scenario_id"] == DEFAULT])


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with words as words, also where it keeps them as categories."""
    words = dict.fromkeys(table.select_dtypes("category").columns, "object")
    return table.astype(words).reset_index(drop=True)


def plain_name(name: str) -> str:
    """Return a name as it can stand in that of a file: plain letters, digits, hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what a full or read-only disk says, in the words of any library, into a message."""
    try:
        yield
    except (
        OSError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.DataSourceError,
        pyogrio.errors.FeatureError,
        sqlite3.OperationalError,
    ) as error:
        # GDAL repeats the path of the work folder, which means nothing to a reader.
        # SQLite repeats all that it was asked, before the reason.
        reason = str(error).replace(str(path), path.name).rpartition(" failed: ")[2]
        raise AtlasError(
            problem(
                path.name,
                f"it cannot be written ({reason.strip().rstrip('.')})",
                "room and rights to write, and names that its format allows",
                "free some space, name another folder with --out, or change that name",
            )
        ) from error


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.astype(object).to_dict("records")
    ]
