"""What a style must satisfy: in the GeoPackage, and as a file of its own (QML, SLD)."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atlas.judge_geopackage import GEOMETRY, STYLES, Package
from atlas.rulebook import Breach, Rule, UnreadableError
from atlas.untrusted import MIB, read_bytes, read_xml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

_LARGEST = 16 * MIB
_SLD = "{http://www.opengis.net/sld}"
_VERSIONS = ("1.0.0", "1.1.0")
_QUOTED = re.compile(r'"((?:[^"]|"")+)"')
_TEXT = re.compile(r"'(?:[^']|'')*'")
# Where QGIS keeps an expression or the name of a column.
_COLUMNS = ("attr", "classificationAttribute")
_EXPRESSIONS = ("filter", "expression", *_COLUMNS)
_DRAWS = {"renderer-v2", "pipe", "rasterrenderer", "aliases", "labeling"}


@dataclass(frozen=True)
class Drawing:
    """A style as a file: where it stands and what it holds."""

    path: Path
    root: Element


@contextmanager
def opened_qml(path: Path) -> Iterator[Drawing]:
    """Open a QML file; QGIS declares a document type of its own, which is not read.

    Raises
    ------
    UnreadableError
        It is no well-formed XML.
    """
    yield Drawing(path, read_xml(read_bytes(path, most=_LARGEST), doctype="qgis"))


@contextmanager
def opened_sld(path: Path) -> Iterator[Drawing]:
    """Open an SLD file.

    Raises
    ------
    UnreadableError
        It is no well-formed XML, or declares a document type.
    """
    yield Drawing(path, read_xml(read_bytes(path, most=_LARGEST)))


def qml_columns(root: Element) -> set[str]:
    """Return the columns that a QML style looks at."""
    found = {node.get("field", "") for node in root.iter("alias")}
    for node in root.iter():
        for text in filter(None, map(node.get, _EXPRESSIONS)):
            # A word between double quotes is a column, one between single quotes a text.
            words = _QUOTED.findall(_TEXT.sub("", text))
            found |= {name.replace('""', '"') for name in words}
        found |= {name for key in _COLUMNS if (name := node.get(key, "")).isidentifier()}
    return found - {""}


def sld_columns(root: Element) -> set[str]:
    """Return the columns that an SLD style looks at."""
    return {(node.text or "").strip() for node in root.iter() if node.tag.endswith("}PropertyName")}


def _one_default(package: Package) -> Iterator[Breach]:
    if STYLES not in package.columns:
        return
    rows = package.file.execute(
        f"SELECT f_table_name, sum(useAsDefault) FROM {STYLES} GROUP BY f_table_name"  # noqa: S608
    ).fetchall()
    for table, defaults in rows:
        if table not in package.columns:
            found = f'a style of "{table}"'
            yield Breach(found, "a layer or table of the file", "remove it from layer_styles")
        elif defaults != 1:
            found = f"{table}: {defaults} default styles"
            yield Breach(found, "one", "set useAsDefault for one of its styles")
    columns = package.file.execute(
        f"SELECT f_table_name, styleName, f_geometry_column FROM {STYLES}"  # noqa: S608
    )
    for table, style, column in columns:
        expected = GEOMETRY if table in package.places else ""
        if table in package.columns and (column or "") != expected:
            found = f'{table}, style {style}: f_geometry_column "{column}"'
            yield Breach(found, f'"{expected}", or QGIS does not find it', "correct it")


def _texts(package: Package) -> Iterator[tuple[str, str, str, Element | Breach]]:
    """Yield layer, style, form and content of each text in layer_styles."""
    if STYLES not in package.columns:
        return
    for table, style, *texts in package.file.execute(
        f"SELECT f_table_name, styleName, styleQML, styleSLD FROM {STYLES}"  # noqa: S608
    ):
        for form, text in zip(("QML", "SLD"), texts, strict=True):
            if text:
                try:
                    content = str(text).encode("utf-8", "replace")
                    root = read_xml(content, doctype="qgis" if form == "QML" else None)
                except UnreadableError as error:
                    yield str(table), str(style), form, error.breach
                else:
                    yield str(table), str(style), form, root


def _well_formed(package: Package) -> Iterator[Breach]:
    for table, style, form, content in _texts(package):
        where = f"{table}, style {style}, {form}"
        if isinstance(content, Breach):
            yield Breach(f"{where}: {content.found}", content.expected, content.do)
            continue
        found = list(_no_qml(content) if form == "QML" else _no_sld(content))
        for breach in found:
            yield Breach(f"{where}: {breach.found}", breach.expected, breach.do)


def _columns_there(package: Package) -> Iterator[Breach]:
    for table, style, form, content in _texts(package):
        if isinstance(content, Breach) or table not in package.columns:
            continue
        named = qml_columns(content) if form == "QML" else sld_columns(content)
        for column in sorted(named - set(package.columns[table])):
            found = f'{table}, style {style}, {form}: the column "{column}"'
            yield Breach(found, "a column of the layer", "correct the style, or restore the column")


def _no_qml(root: Element) -> Iterator[Breach]:
    if root.tag != "qgis":
        yield Breach(f"<{root.tag}>", "<qgis>", "save the style from QGIS")
    elif not any(child.tag in _DRAWS for child in root):
        yield Breach("nothing that draws or names", "a renderer or titles", "save it from QGIS")


def _no_sld(root: Element) -> Iterator[Breach]:
    version = root.get("version")
    if root.tag != f"{_SLD}StyledLayerDescriptor" or version not in _VERSIONS:
        found = f"<{root.tag}> of version {version}"
        expected = f"a StyledLayerDescriptor of version {' or '.join(_VERSIONS)}"
        yield Breach(found, expected, "save the style as SLD")
    elif not any(node.tag.endswith("}Rule") for node in root.iter()):
        yield Breach("no rule", "one at least", "save the style as SLD")


PACKAGE_RULES: tuple[Rule[Package], ...] = (
    Rule("gpkg-style-default", "What has styles has one default, tied to its geometry column.",
         _one_default),
    Rule("gpkg-style-text", "Every style is QML or SLD.", _well_formed),
    Rule("gpkg-style-columns", "Every column that a style looks at exists.", _columns_there),
)  # fmt: skip
QML_RULES: tuple[Rule[Drawing], ...] = (
    Rule("qml-style", "It is a QGIS style that draws or names something.",
         lambda drawing: _no_qml(drawing.root)),
)  # fmt: skip
SLD_RULES: tuple[Rule[Drawing], ...] = (
    Rule("sld-style", "It is an SLD of version 1.0.0 or 1.1.0 with a rule at least.",
         lambda drawing: _no_sld(drawing.root)),
)  # fmt: skip
