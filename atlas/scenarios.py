"""Scenarios: a default, and rows that change one switch of it."""

from __future__ import annotations

import pandas as pd

DEFAULT = "default"
REPORT = "basis-report"

# The scenario that each basis is computed in.
BASES = {"register": DEFAULT, "report": REPORT}

# The switches in the order of the table.  A switch that the model does not have yet is NULL.
SWITCHES: dict[str, str | None] = {
    "basis": "register",
    "lifetime": "mean",
    "inflow": "replacement",
    "collection": "today",
    "drive_train": None,
    "reach": "europe",
    "planned": "no",
    "unknown_capacity": "nothing",
    "foreign_share": "share",
    "demand": "province_alone",
}
_OTHERS: dict[str, tuple[str, ...]] = {"basis": ("report",)}


def table() -> pd.DataFrame:
    """Return one row a scenario: ``scenario_id`` and a column per switch.

    The first is the default; every other differs from it in one switch and is called after it.
    """
    rows = [{"scenario_id": DEFAULT, **SWITCHES}]
    rows += [
        {"scenario_id": f"{switch}-{value}", **SWITCHES, switch: value}
        for switch, values in _OTHERS.items()
        for value in values
    ]
    return pd.DataFrame(rows)
