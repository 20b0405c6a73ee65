"""The QGIS project of a region: its layers in groups, map themes, relations and print layouts."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from atlas.exports import writing
from atlas.metadata import identifier
from atlas.qgis_layers import (
    About,
    ProjectLayer,
    add_layer,
    add_reference_system,
    add_text,
    id_of_table,
    provider,
    style_name,
    writable,
)
from atlas.qgis_sheets import Imprint, add_municipality_sheets, add_stream_sheet
from atlas.qgis_symbols import add_option
from atlas.qgis_tree import PLACES, Group, layer_tree, layers_in, stream_titles, themes_of
from atlas.qml import DOCTYPE, VERSION
from atlas.styles import GAP_STYLE, STEPS
from atlas.symbology import Style, in_dutch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pandas as pd

    from atlas.dictionary import Layer
    from atlas.pipeline import Atlas
    from atlas.publication import Publication
    from atlas.qgis_tree import Theme
    from atlas.rasters import Raster

_EDITION = 12  # letters of it, as people say them
_MARGIN = 0.03  # of the region, around the first view


def write_project(published: Publication, rasters: Iterable[Raster], path: Path) -> None:
    """Write a project (.qgz) for QGIS 3.22 and later, the same bytes every time.

    It reads `<region>.gpkg` and the folder `<region>/rasters` beside it, by relative paths.

    Parameters
    ----------
    published
        What the GeoPackage holds.
    rasters
        What lies in the folder of rasters.
    path
        Where it goes.

    Raises
    ------
    AtlasError
        When it cannot be written.
    """
    text = project_text(published, rasters)
    entry = zipfile.ZipInfo(f"{published.atlas.region.id}.qgs", (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    with writing(path), zipfile.ZipFile(path, "w") as file:
        file.writestr(entry, text.encode())


def project_text(published: Publication, rasters: Iterable[Raster]) -> str:
    """Return the project as XML text: see `write_project`."""
    description, region = published.description, published.atlas.region
    tree = layer_tree(
        published, rasters, geopackage=f"{region.id}.gpkg", folder=f"{region.id}/rasters"
    )
    themes, layers = themes_of(tree), layers_in(tree)
    imprint = _imprint(published)
    extent = _extent(published.atlas)
    root = ET.Element("qgis", {"version": VERSION, "projectname": writable(imprint.title)})
    ET.SubElement(root, "homePath", {"path": ""})
    add_text(root, "title", imprint.title)
    add_reference_system(ET.SubElement(root, "projectCrs"), region.crs.metric)
    _add_tree(root, tree)
    _add_relations(root, published)
    _add_view(root, extent, region.crs.metric)
    about = About(
        crs=region.crs.metric,
        rights=imprint.sources,
        licence=description.licence.title.nl,
        lineage=description.lineage.nl,
    )
    parent = ET.SubElement(root, "projectlayers")
    for layer in layers:
        add_layer(parent, layer, about)
    _add_properties(root)
    by_id = {layer.id: layer for layer in layers}
    _add_themes(root, themes, by_id)
    _add_metadata(root, published, imprint)
    _add_sheets(root, by_id, themes, published, imprint, extent)
    ET.indent(root, " ")
    return DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"


def _imprint(published: Publication) -> Imprint:
    atlas, description = published.atlas, published.description
    filled = {"region": atlas.region.title.nl, "year": str(atlas.reference_date.year)}
    return Imprint(
        title=description.title.nl.format(**filled),
        caveat=description.use_limitation.nl,
        sources=_sources(atlas.sources),
        licence=description.licence.title.nl,
        dated=_day(atlas.reference_date.isoformat()),
        edition=atlas.edition[:_EDITION],
    )


def _sources(sources: pd.DataFrame) -> str:
    """Say who published what the atlas is made from, under which licence and of when."""
    parts = []
    for (publisher, licence), rows in sources.groupby(["publisher", "licence"], sort=False):
        days = sorted(map(str, rows["reference_date"].dropna()))
        when = " – ".join(dict.fromkeys(_day(day) for day in days[:1] + days[-1:]))
        count = f"{in_dutch(len(rows))} bestand{'en' if len(rows) > 1 else ''}"
        parts.append(f"{publisher} ({count}, {when}, {licence})")
    return "; ".join(parts) + ". Elk bestand staat in de tabel Bronnen."


def _day(text: str) -> str:
    """Return a day as it is written in Dutch: 21-11-2026."""
    return "-".join(reversed(text[:10].split("-")))


def _extent(atlas: Atlas) -> tuple[float, float, float, float]:
    west, south, east, north = map(float, atlas.zones.total_bounds)
    return west, south, east, north


def _add_tree(root: ET.Element, tree: Iterable[Group]) -> None:
    top = ET.SubElement(root, "layer-tree-group")
    for group in tree:
        _add_group(top, group, open_=True)


def _add_group(parent: ET.Element, group: Group, *, open_: bool) -> None:
    """Write a group; only what is seen at first is unfolded."""
    open_ = open_ and group.shown and any(part.shown for part in group.parts)
    shown = [number for number, part in enumerate(group.parts) if part.shown]
    node = ET.SubElement(
        parent,
        "layer-tree-group",
        {
            "name": writable(group.title),
            "checked": _checked(shown=group.shown),
            "expanded": str(int(open_)),
            "mutually-exclusive": str(int(group.one_only)),
            "mutually-exclusive-child": str(shown[0] if shown and group.one_only else -1),
        },
    )
    if not group.heading:
        own = ET.SubElement(ET.SubElement(node, "customproperties"), "Option", {"type": "Map"})
        add_option(own, "legend/title-style", "hidden")
    for part in group.parts:
        if isinstance(part, Group):
            _add_group(node, part, open_=open_)
            continue
        ET.SubElement(
            node,
            "layer-tree-layer",
            {
                "id": part.id,
                "name": writable(part.title),
                "source": part.source,
                "providerKey": provider(part),
                "checked": _checked(shown=part.shown),
                # Of what is coloured the classes are seen; other legends are long.
                "expanded": str(int(open_ and part.shown and group.one_only)),
            },
        )


def _checked(*, shown: bool) -> str:
    return "Qt::Checked" if shown else "Qt::Unchecked"


def _add_relations(root: ET.Element, published: Publication) -> None:
    """Let a form show the rows that refer to its feature, as the dictionary says.

    Wide layers repeat what is in the tables, and are left out.
    """
    parent = ET.SubElement(root, "relations")
    for layer in published.own:
        for column in () if layer.stream is not None else layer.columns:
            if column.refers not in published.tables:
                continue
            (key,) = published.dictionary[column.refers].key
            node = ET.SubElement(
                parent,
                "relation",
                {
                    "id": f"{layer.name}__{column.name}",
                    "name": f"{layer.title.nl}: {column.title.nl}",
                    "referencingLayer": id_of_table(layer.name),
                    "referencedLayer": id_of_table(column.refers),
                    "strength": "Association",
                },
            )
            ET.SubElement(
                node, "fieldRef", {"referencingField": column.name, "referencedField": key}
            )


def _add_view(root: ET.Element, extent: tuple[float, float, float, float], crs: str) -> None:
    """Let the project open on the region."""
    west, south, east, north = extent
    room = _MARGIN * max(east - west, north - south)
    sides = {
        "xmin": west - room,
        "ymin": south - room,
        "xmax": east + room,
        "ymax": north + room,
    }
    canvas = ET.SubElement(root, "mapcanvas", {"name": "theMapCanvas", "annotationsVisible": "1"})
    add_text(canvas, "units", "meters")
    shown = ET.SubElement(canvas, "extent")
    for name, value in sides.items():
        add_text(shown, name, repr(value))
    add_text(canvas, "rotation", "0")
    add_reference_system(ET.SubElement(canvas, "destinationsrs"), crs)
    view = ET.SubElement(root, "ProjectViewSettings", {"UseProjectScales": "0", "rotation": "0"})
    ET.SubElement(view, "Scales")
    whole = ET.SubElement(view, "DefaultViewExtent", {k: repr(v) for k, v in sides.items()})
    add_reference_system(whole, crs)


def _add_properties(root: ET.Element) -> None:
    parent = ET.SubElement(root, "properties")
    for group, name, kind, value in (
        ("Paths", "Absolute", "bool", "false"),
        ("Measurement", "DistanceUnits", "QString", "km"),
        ("Measurement", "AreaUnits", "QString", "km2"),
        ("SpatialRefSys", "ProjectionsEnabled", "int", "1"),
    ):
        node = parent.find(group)
        node = ET.SubElement(parent, group) if node is None else node
        add_text(node, name, value).set("type", kind)


def _add_themes(
    root: ET.Element, themes: Iterable[Theme], layers: Mapping[str, ProjectLayer]
) -> None:
    parent = ET.SubElement(root, "visibility-presets")
    for theme in themes:
        words = {
            "name": writable(theme.title),
            "has-expanded-info": "0",
            "has-checked-group-info": "1",
        }
        node = ET.SubElement(parent, "visibility-preset", words)
        for own in theme.layers:
            ET.SubElement(
                node, "layer", {"id": own, "visible": "1", "style": style_name(layers[own])}
            )
        groups = ET.SubElement(node, "checked-group-nodes")
        for path in theme.groups:
            ET.SubElement(groups, "checked-group-node", {"id": writable(path)})


def _add_metadata(root: ET.Element, published: Publication, imprint: Imprint) -> None:
    atlas, description = published.atlas, published.description
    node = ET.SubElement(root, "projectMetadata")
    filled = {"region": atlas.region.title.nl, "year": str(atlas.reference_date.year)}
    add_text(node, "identifier", identifier(atlas))
    add_text(node, "language", "NL")
    add_text(node, "type", "dataset")
    add_text(node, "title", imprint.title)
    add_text(node, "abstract", description.abstract.nl.format(**filled))
    words = ET.SubElement(node, "keywords", {"vocabulary": "gmd:topicCategory"})
    for topic in description.topics:
        add_text(words, "keyword", topic)
    words = ET.SubElement(node, "keywords", {"vocabulary": "trefwoorden"})
    for word in description.keywords:
        add_text(words, "keyword", word)
    add_text(node, "history", description.lineage.nl)
    add_text(node, "author", description.contact.organisation)
    add_text(node, "creation", f"{atlas.reference_date.isoformat()}T00:00:00Z")


def _on_paper(layer: Layer, look: Style) -> bool:
    """Tell whether a sheet is made of a way to look: released of each stream, and its gap."""
    return layer.stream is not None and (look.default or look.name.startswith(GAP_STYLE))


def _add_sheets(  # noqa: PLR0913, PLR0917 - what the sheets are made of
    root: ET.Element,
    layers: Mapping[str, ProjectLayer],
    themes: Iterable[Theme],
    published: Publication,
    imprint: Imprint,
    extent: tuple[float, float, float, float],
) -> None:
    parent = ET.SubElement(root, "Layouts")
    plain = {layer.name: layers[id_of_table(layer.name)] for layer in published.own}
    wide = {id_of_table(layer.name): layer for layer in published.own if layer.stream is not None}
    for theme in themes:
        coloured = layers[theme.layers[-1]]
        look = coloured.look
        if isinstance(look, Style) and _on_paper(published.dictionary[look.layer], look):
            table = published.tables[look.layer]
            add_stream_sheet(parent, theme.title, coloured, table, imprint, extent=extent)
    titles = stream_titles(published)
    streams = {titles[layer.stream]: layers[own] for own, layer in wide.items() if layer.stream}
    steps = {
        titles[layer.stream]: STEPS[published.tables[layer.name]["gap_step"].iloc[0]][1].nl
        for layer in wide.values()
        if layer.stream
    }
    add_municipality_sheets(parent, PLACES, plain, streams, imprint, steps=steps, extent=extent)
