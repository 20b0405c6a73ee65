"""Fixed classes of a map: round breaks that stay the same over years, scenarios and zones."""

from __future__ import annotations

import math
from itertools import count
from typing import TYPE_CHECKING, get_args

import numpy as np

from atlas.composition import totals
from atlas.definitions import LayerName
from atlas.figure import AFTER_PROCESSING
from atlas.scenarios import DEFAULT

if TYPE_CHECKING:
    from atlas.pipeline import Atlas

CLASSES = 5
_LAYERS = get_args(LayerName)[1:]  # all but the stock


def breaks(maximum: float) -> tuple[float, ...]:
    """Return four breaks of the series 1, 2, 5, 10, …, the last just below the maximum.

    Parameters
    ----------
    maximum
        The largest amount that the map will show; without one (0 or NaN) the breaks are 1 to 10.

    Returns
    -------
    tuple of float
        Ascending; a value belongs to the class whose lower break it reaches.
    """
    if not maximum > 0 or not math.isfinite(maximum):
        return (1.0, 2.0, 5.0, 10.0)
    power = math.floor(math.log10(maximum))
    found: list[float] = []
    for exponent in count(power, -1):
        # Written as text, 5e-05 is exact where 5 * 10 ** -5 is not.
        found += [b for b in (float(f"{m}e{exponent}") for m in (5, 2, 1)) if b < maximum]
        if len(found) >= CLASSES - 1:
            return tuple(sorted(found[: CLASSES - 1]))
    raise AssertionError  # count never ends


def classes_of(atlas: Atlas) -> dict[str, dict[str, list[float]]]:
    """Return the breaks of every layer and measure: frozen in a map's definition, else computed.

    From the largest amount of a zone in the default scenario, over all years, so that maps of
    other years and scenarios compare.
    """
    maps = sorted(atlas.catalog.maps.values(), key=lambda item: item.order)
    zones = set(atlas.zones["zone_id"])
    result: dict[str, dict[str, list[float]]] = {}
    for stream, largest in _largest(atlas, zones).items():
        frozen: dict[str, tuple[float, ...]] = {}
        for item in reversed(maps):
            frozen |= item.classes.get(stream, {})
        result[stream] = {
            name: list(frozen.get(name, ())) or list(breaks(value))
            for name, value in largest.items()
        }
    return result


def _largest(atlas: Atlas, zones: set[str]) -> dict[str, dict[str, float]]:
    """Return the largest amount of a zone, stream by stream, for each layer:measure."""
    found: dict[str, dict[str, float]] = {
        stream: {} for stream in dict.fromkeys([*atlas.stocks["stream"], *atlas.streams.supplies])
    }
    stocks = atlas.stocks[atlas.stocks["zone_id"].isin(zones)]
    stocks = stocks[(stocks["basis"] == "register") & stocks["value"].notna()]
    for row in (
        stocks.groupby(["stream", "measure"])["value"].max().reset_index().to_dict("records")
    ):
        found[row["stream"]][f"stock:{row['measure']}"] = float(row["value"])
    places = {name: i for i, name in enumerate(atlas.zones["zone_id"])}
    inside = list(places.values())
    for stream, run in atlas.runs[DEFAULT].items():
        sums = totals(run.elements, atlas.elements)
        columns = {"mass": run.released_t[inside]}
        columns |= {e: run.element_t[inside, :, j] for j, e in enumerate(run.elements)}
        columns |= {
            name: run.element_t[inside][:, :, own].sum(axis=2) for name, own in sums.items()
        }
        collected = run.collected.collected_t[inside]
        part = np.divide(
            collected, run.released_t[inside], out=np.zeros_like(collected),
            where=run.released_t[inside] > 0,
        )  # fmt: skip
        for name, value in columns.items():
            most = float((value * part).max(initial=0.0))
            for layer in _LAYERS:
                if layer == "released":
                    found[stream][f"{layer}:{name}"] = float(value.max(initial=0.0))
                elif name != "mass" or layer not in AFTER_PROCESSING:
                    # What is processed, recovered and lost share the classes of what is collected.
                    found[stream][f"{layer}:{name}"] = most
    own = atlas.materials[
        (atlas.materials["scenario_id"] == DEFAULT)
        & (atlas.materials["layer"] == "stock")
        & atlas.materials["zone_id"].isin(zones)
    ]
    most_t = own.groupby(["stream", "element"], observed=True)["mass_t"].max().reset_index()
    for row in most_t.to_dict("records"):
        found[row["stream"]][f"stock:{row['element']}"] = float(row["mass_t"])
    return found
