"""Which variants of a product its pieces can be: told by their size, or an assumed mix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atlas.ranges import Band, graded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atlas.definitions import Variants

    Floats = NDArray[np.float64]

UNKNOWN_SIZE = "unknown"


@dataclass(frozen=True)
class Type:
    """One kind of product: its variant, and the size that it was told by, if by any."""

    variant: str
    size: str | None = None


def types_of(
    variants: Variants,
    rows: pd.DataFrame,
    sizes: pd.DataFrame,
    findings: list[dict[str, object]],
    layer: str,
) -> tuple[tuple[Type, ...], Floats]:
    """Look up which types each point can be: the types, and their shares of each point (n, K)."""
    size = rows[str(variants.size)].to_numpy(dtype=float)
    rotor = np.full(len(rows), np.nan)
    if variants.rotor is not None:
        rotor = rows[variants.rotor].to_numpy(dtype=float)
        if variants.doubt is not None:
            rotor = np.where(rows[variants.doubt] == "yes", np.nan, rotor)
    found = np.full(len(rows), UNKNOWN_SIZE, dtype=object)
    # A size with a rotor is more exact than one without, so it comes last and wins.
    one = sizes.drop_duplicates("size_id").sort_values("rotor_m", na_position="first")
    for row in one.to_dict("records"):
        fits = (size >= row["power_kw_from"]) & (size <= row["power_kw_to"])
        if not pd.isna(row["rotor_m"]):
            fits &= rotor == row["rotor_m"]
        found[fits] = row["size_id"]
    pairs = [(s, v, share) for s, v, share in zip(sizes["size_id"], sizes["variant"], sizes["share"], strict=True) if s in set(found)]  # fmt: skip  # noqa: E501
    unknown = found == UNKNOWN_SIZE
    if unknown.any():
        part = size[unknown].sum() / (size.sum() or 1.0)
        pairs += [(UNKNOWN_SIZE, variant, share) for variant, share in variants.mix.items()]
        findings.append(
            {
                "layer": layer,
                "row": None,
                "rule": "type not told by size",
                "found": f"{unknown.sum()} points, {part:.0%} of all",
                "action": "the assumed mix of types",
            }
        )
    types = tuple(Type(variant, size_id) for size_id, variant, _ in pairs)
    parts = np.zeros((len(rows), len(pairs)))
    for k, (size_id, _, share) in enumerate(pairs):
        parts[found == size_id, k] = share
    return types, parts


def size_bands(types: tuple[Type, ...], sizes: pd.DataFrame) -> dict[str, Band]:
    """Return how sure the type of each size is: its own factor where stated, else its grade."""
    bands: dict[str, Band] = {}
    one = sizes.drop_duplicates("size_id").set_index("size_id").to_dict("index")
    for name in dict.fromkeys(each.size for each in types if each.size is not None):
        if name == UNKNOWN_SIZE:
            bands[name] = graded("D")
            continue
        factor = float(one[name]["range_factor"])
        bands[name] = graded(one[name]["grade"]) if np.isnan(factor) else (1 / factor, factor)
    return bands
