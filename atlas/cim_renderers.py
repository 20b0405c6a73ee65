"""How the features of a layer of ArcGIS Pro look: its renderers, from classes and rules."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from atlas.cim_symbols import Cim, cim, expression, field_of, quoted, reference
from atlas.symbology import ENDLESS, Class, Fill, Graduated, Line, just_below

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlas.definitions import Text
    from atlas.symbology import Condition, Rule, Rules, Symbol

_MOST_FIELDS = 3  # that a renderer by unique values takes
_NULL = "<Null>"


@dataclass(frozen=True)
class Drawing:
    """What one layer draws: how, which features only, and what they are where not all."""

    renderer: Cim
    only: tuple[Condition, ...] = ()
    title: Text | None = None


def drawings(renderer: Graduated | Rules) -> tuple[Drawing, ...]:
    """Return the layers that draw a renderer, the uppermost first.

    A layer of ArcGIS Pro draws a feature once, so what lies over the features is a layer of its
    own, limited to the features that it is for.
    """
    if isinstance(renderer, Graduated):
        none = (renderer.no_data, renderer.no_data_label)
        return (Drawing(_breaks(renderer.column, renderer.classes, none)),)
    over = [rule for rule in renderer.rules if _is_over(rule.symbol)]
    base = [rule for rule in renderer.rules if not _is_over(rule.symbol)]
    found = [Drawing(_simple(rule), rule.conditions, rule.label) for rule in reversed(over)]
    return (*found, *([_base(base)] if base else ()))


def _is_over(symbol: Symbol) -> bool:
    return isinstance(symbol, Fill) and symbol.hatch is not None


def _base(rules: Sequence[Rule]) -> Drawing:
    """Choose the renderer that a reader can best change: classes, values, else an expression."""
    if len(rules) == 1:
        return Drawing(_simple(rules[0]), rules[0].conditions)
    shared = tuple(
        each for each in rules[0].conditions if all(each in rule.conditions for rule in rules)
    )
    bare = [
        replace(rule, conditions=tuple(each for each in rule.conditions if each not in shared))
        for rule in rules
    ]
    classed = _classed(bare)
    if classed is not None:
        return Drawing(_breaks(*classed), shared)
    fields = _fields(rules)
    return Drawing(_by_expression(rules) if fields is None else _by_values(rules, fields))


def _simple(rule: Rule) -> Cim:
    return cim(
        "CIMSimpleRenderer", label=rule.label.nl, patch="Default", symbol=reference(rule.symbol)
    )


def _classed(
    rules: Sequence[Rule],
) -> tuple[str, tuple[Class, ...], tuple[Symbol, Text] | None] | None:
    """Return rules as classes of one column, where they are; with what looks so without a value."""
    columns = {each.column for rule in rules for each in rule.conditions}
    if len(columns) != 1:
        return None
    nothing = [rule for rule in rules if _operators(rule) == ["null"]]
    classes = []
    for rule in rules:
        if rule in nothing:
            continue
        bounds = {each.operator: each.value for each in rule.conditions}
        if len(bounds) != len(rule.conditions) or not bounds.keys() <= {">=", "<", "known"}:
            return None
        lower, upper = bounds.get(">="), bounds.get("<")
        if isinstance(lower, str | bool) or isinstance(upper, str | bool):
            return None
        classes.append(Class(lower, upper, rule.label, rule.symbol))
    follow = all(
        left.upper is not None and left.upper == right.lower
        for left, right in itertools.pairwise(classes)
    )
    if not classes or not follow or len(nothing) > 1:
        return None
    none = (nothing[0].symbol, nothing[0].label) if nothing else None
    return columns.pop(), tuple(classes), none


def _operators(rule: Rule) -> list[str]:
    return [each.operator for each in rule.conditions]


def _breaks(column: str, classes: Sequence[Class], none: tuple[Symbol, Text] | None) -> Cim:
    """Return classes by their upper bounds, which ArcGIS counts to the class beneath."""
    first = classes[0].lower
    lines = isinstance(classes[0].symbol, Line)
    found = cim(
        "CIMClassBreaksRenderer",
        field=column,
        classBreakType="GraduatedSymbol" if lines else "GraduatedColor",
        classificationMethod="Manual",
        minimumBreak=-ENDLESS if first is None else just_below(first),
        showInAscendingOrder=True,
        barrierWeight="High",
        polygonSymbolColorTarget="Fill",
        breaks=[
            cim(
                "CIMClassBreak",
                label=each.label.nl,
                patch="Default",
                symbol=reference(each.symbol),
                upperBound=ENDLESS if each.upper is None else just_below(each.upper),
            )
            for each in classes
        ],
        useDefaultSymbol=none is not None,
    )
    if none is not None:
        symbol, label = none
        found |= {
            "defaultLabel": label.nl,
            "defaultSymbol": reference(symbol),
            "defaultSymbolPatch": "Default",
        }
    return found


def _fields(rules: Sequence[Rule]) -> tuple[str, ...] | None:
    """Return the columns whose texts tell the rules apart, None where more than that does."""
    columns = {tuple(each.column for each in rule.conditions) for rule in rules}
    plain = all(
        each.operator == "null" or (each.operator == "=" and isinstance(each.value, str))
        for rule in rules
        for each in rule.conditions
    )
    found = columns.pop()
    fits = plain and not columns and 0 < len(found) <= _MOST_FIELDS
    return found if fits else None


def _by_values(rules: Sequence[Rule], fields: Sequence[str]) -> Cim:
    values = [
        [_NULL if each.operator == "null" else str(each.value) for each in rule.conditions]
        for rule in rules
    ]
    return cim("CIMUniqueValueRenderer", fields=list(fields), **_unique(rules, values))


def _by_expression(rules: Sequence[Rule]) -> Cim:
    """Return rules in their order: an expression gives the number of the first that holds."""
    numbers = [str(number) for number, _ in enumerate(rules, 1)]
    tests = "".join(
        f"  {_arcade(rule)}, {quoted(number)},\n"
        for rule, number in zip(rules, numbers, strict=True)
    )
    return cim(
        "CIMUniqueValueRenderer",
        valueExpressionInfo=expression(f'When(\n{tests}  "")', "Regel", "String"),
        **_unique(rules, [[number] for number in numbers]),
    )


def _unique(rules: Sequence[Rule], values: Sequence[Sequence[str]]) -> Cim:
    classes = [
        cim(
            "CIMUniqueValueClass",
            label=rule.label.nl,
            patch="Default",
            symbol=reference(rule.symbol),
            values=[cim("CIMUniqueValue", fieldValues=list(own))],
            visible=True,
        )
        for rule, own in zip(rules, values, strict=True)
    ]
    return {
        "groups": [cim("CIMUniqueValueGroup", classes=classes)],
        "useDefaultSymbol": False,
        "polygonSymbolColorTarget": "Fill",
    }


def _arcade(rule: Rule) -> str:
    return " && ".join(_test(each) for each in rule.conditions) or "true"


def _test(condition: Condition) -> str:
    """Return a condition in Arcade, where nothing counts as 0 unless it is ruled out."""
    field = field_of(condition.column)
    value = condition.value
    if condition.operator in {"null", "known"}:
        return f"{'!' if condition.operator == 'known' else ''}IsEmpty({field})"
    if isinstance(value, bool):
        # A GeoPackage's boolean may arrive as 1 and 0.
        truth = value if condition.operator == "=" else not value
        return f"!IsEmpty({field}) && {'' if truth else '!'}Boolean({field})"
    sign = {"=": "=="}.get(condition.operator, condition.operator)
    said = quoted(value) if isinstance(value, str) else _decimal(value)
    return f"!IsEmpty({field}) && {field} {sign} {said}"


def where(conditions: Sequence[Condition]) -> str:
    """Return conditions in the SQL of a definition query."""
    return " AND ".join(_clause(each) for each in conditions)


def _clause(condition: Condition) -> str:
    column = condition.column
    if condition.operator in {"null", "known"}:
        return f"{column} IS {'NOT ' if condition.operator == 'known' else ''}NULL"
    value = condition.value
    if isinstance(value, bool):
        said = str(int(value))
    elif isinstance(value, str):
        said = "'" + value.replace("'", "''") + "'"
    else:
        said = _decimal(value)
    return f"{column} {'<>' if condition.operator == '!=' else condition.operator} {said}"


def _decimal(value: float | None) -> str:
    """Return a number without an exponent, which not every reader takes."""
    return f"{value:.12f}".rstrip("0").rstrip(".")
