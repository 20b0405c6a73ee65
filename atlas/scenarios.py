"""Scenarios: a default, and rows that change one switch of it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import pandas as pd

from atlas.definitions import (
    Demand,
    ForeignShare,
    InflowName,
    LifetimeName,
    Reach,
    UnknownCapacity,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlas.definitions import Flow, Stock

DEFAULT = "default"
REPORT = "basis-report"

# The scenario that each basis is computed in.
BASES = {"register": DEFAULT, "report": REPORT}


@dataclass(frozen=True)
class Scenario:
    """The value of every switch, in the order of the table; the defaults are the default."""

    scenario_id: str = DEFAULT
    basis: str = "register"
    lifetime: str = "regular"
    inflow: InflowName | Literal["default"] = "default"  # each stream's own assumption
    collection: str = "today"
    drive_train: str = "inferred"
    recovery: str = "today"
    reach: Reach = "europe"
    planned: Literal["no", "yes"] = "no"
    unknown_capacity: UnknownCapacity = "nothing"
    foreign_share: ForeignShare = "share"
    demand: Demand = "proportional"


# Switches of what plants can take and for whom: what is released is that of the default.
OF_CAPACITY = ("reach", "planned", "unknown_capacity", "foreign_share", "demand")


def switches(streams: Iterable[Stock | Flow]) -> dict[str, tuple[str, ...]]:
    """Return the values of the switches that the model has, the default of each first.

    A lifetime counts where some stream has it, and so does a mix of variants.
    """
    streams = list(streams)
    lifetimes = {name for each in streams for name in getattr(each, "lifetimes", ())}
    mixes = [name for each in streams if each.variants for name in each.variants.scenarios]
    return {
        "basis": ("register", "report"),
        "lifetime": tuple(name for name in get_args(LifetimeName) if name in lifetimes),
        "inflow": ("default", *get_args(InflowName)),
        "collection": ("today", "targets"),
        "drive_train": ("inferred", *dict.fromkeys(mixes)),
        "recovery": ("today", "legal"),
        "reach": get_args(Reach),
        "planned": ("no", "yes"),
        "unknown_capacity": get_args(UnknownCapacity),
        "foreign_share": get_args(ForeignShare),
        "demand": get_args(Demand),
    }


def scenarios(streams: Iterable[Stock | Flow]) -> list[Scenario]:
    """Return the default and every scenario that changes one switch, called after it."""
    return [Scenario()] + [
        _switched(switch, value)
        for switch, values in switches(streams).items()
        for value in values[1:]
    ]


def _switched(switch: str, value: str) -> Scenario:
    changes: dict[str, Any] = {"scenario_id": f"{switch}-{value}", switch: value}
    return Scenario(**changes)


def table(rows: Iterable[Scenario]) -> pd.DataFrame:
    """Return CONTRACT's table scenarios: ``scenario_id`` and a column for each switch."""
    names = [field.name for field in fields(Scenario)]
    return pd.DataFrame([[getattr(row, name) for name in names] for row in rows], columns=names)


def same_supply(scenario: Scenario) -> bool:
    """Tell whether all that is released is that of the default scenario, to the last element."""
    plain = Scenario()
    same = {name: getattr(plain, name) for name in OF_CAPACITY}
    return replace(scenario, scenario_id=DEFAULT, **same) == plain


def solved_in(scenario: Scenario) -> str:
    """Return the scenario whose capacity programme is that of this one: yields do not touch it."""
    plain = Scenario()
    same = replace(scenario, scenario_id=DEFAULT, recovery=plain.recovery) == plain
    return DEFAULT if same else scenario.scenario_id
