"""What a table says of itself: its columns, its key and what it refers to, as a Table Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlas.dictionary import Column, Layer

_Fields = list[dict[str, Any]]


def table_schema(
    layer: Layer, tables: Mapping[str, pd.DataFrame], dictionary: Mapping[str, Layer]
) -> dict[str, Any]:
    """Return the schema of a layer or table, in the words of Frictionless' Table Schema.

    Parameters
    ----------
    layer
        One of the layers, present in `tables`.
    tables
        The layers by their published names: they tell the types, and which codes there are.
    dictionary
        What the layers are called.

    Returns
    -------
    dict
        Titles are Dutch, the English ones beside them.  What is in `foreignKeys` holds for every
        row.  A column with codes beyond the table that they are looked up in (`unallocated`,
        `outside`, `crm`) names table and codes in `refers` and `beyond` instead.
    """
    frame = tables[layer.name]
    fields: _Fields = []
    keys: list[dict[str, object]] = []
    for column in layer.columns:
        field = field_of(column, type_of(frame[column.name]))
        fields.append(field)
        if column.refers is None or column.refers not in tables:
            continue
        (code,) = dictionary[column.refers].key
        codes = frame[column.name].dropna().unique()
        beyond = sorted(set(codes) - set(tables[column.refers][code]))
        if beyond:
            field |= {"refers": f"{column.refers}.{code}", "beyond": beyond}
        else:
            reference = {"resource": column.refers, "fields": [code]}
            keys.append({"fields": [column.name], "reference": reference})
    schema: dict[str, Any] = {
        "title": layer.title.nl,
        "title_en": layer.title.en,
        "description": layer.about.nl,
        "fields": fields,
        "missingValues": [""],
    }
    if layer.key:
        schema["primaryKey"] = list(layer.key)
    if keys:
        schema["foreignKeys"] = keys
    return schema


def field_of(column: Column, kind: str) -> dict[str, Any]:
    """Return a column as a field of a schema, of the type given."""
    field = {
        "name": column.name,
        "type": kind,
        "title": column.title.nl,
        "title_en": column.title.en,
        "description": column.about.nl,
    }
    return field if column.unit is None else {**field, "unit": column.unit.nl}


def type_of(values: pd.Series) -> str:
    """Return the type of a column's values: boolean, integer, number or string."""
    if pd.api.types.is_bool_dtype(values):
        return "boolean"
    if pd.api.types.is_integer_dtype(values):
        return "integer"
    return "number" if pd.api.types.is_numeric_dtype(values) else "string"
