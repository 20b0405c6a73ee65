"""What is published of a region, worked out once for every form that it comes in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atlas.dictionary import read_dictionary
from atlas.exports import layers
from atlas.metadata import read_description
from atlas.styles import styles
from atlas.table_schema import table_schema

if TYPE_CHECKING:
    import pandas as pd

    from atlas.dictionary import Layer
    from atlas.metadata import Description
    from atlas.pipeline import Atlas
    from atlas.symbology import Style


@dataclass(frozen=True)
class Publication:
    """A region as it goes out: its layers, what they are called, how they look, whose they are.

    `tables` has the layers that have rows by their published names, `own` what these are called, in
    the same order, and `schemas` their Table Schemas; `dictionary` also tells what is left out.
    """

    atlas: Atlas
    tables: dict[str, pd.DataFrame]
    dictionary: dict[str, Layer]
    own: tuple[Layer, ...]
    schemas: dict[str, dict[str, Any]]
    styles: tuple[Style, ...]
    description: Description


def publication_of(atlas: Atlas) -> Publication:
    """Return what is published of a built region.

    Raises
    ------
    DefinitionError
        When the dictionary or the description is wrong.
    """
    dictionary = read_dictionary(atlas.catalog.home)
    tables = layers(atlas, dictionary=dictionary)
    own = tuple(dictionary[name] for name in tables)
    return Publication(
        atlas=atlas,
        tables=tables,
        dictionary=dictionary,
        own=own,
        schemas={layer.name: table_schema(layer, tables, dictionary) for layer in own},
        styles=styles(atlas, tables, dictionary),
        description=read_description(atlas.catalog.home),
    )
