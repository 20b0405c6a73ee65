"""Open a project in QGIS, print its sheets; run by the Python that QGIS belongs to.

`python3 open_project.py PROJECT FOLDER MUNICIPALITY` prints what QGIS makes of it as JSON, and
leaves a PDF of the first layout and of the sheet of one municipality, and pictures, in FOLDER.
"""

from __future__ import annotations

import json
import sys

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsLayerTreeGroup,
    QgsLayoutExporter,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemManualTable,
    QgsLayoutItemMap,
    QgsLayoutItemPicture,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsPrintLayout,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize, qInstallMessageHandler
from qgis.PyQt.QtGui import QColor, QImage

WIDTH = 600


def describe(layer: object) -> dict[str, object]:
    """Tell what a reader of a layer depends on."""
    told = {
        "title": layer.name(),
        "valid": layer.isValid(),
        "source": layer.source(),
        "crs": layer.crs().authid(),
        "abstract": layer.metadata().abstract(),
        "rights": layer.metadata().rights(),
    }
    if not isinstance(layer, QgsVectorLayer):
        items = layer.renderer().legendSymbologyItems()
        return {**told, "raster": True, "legend": [label for label, _ in items]}
    alone = QgsVectorLayer(layer.source().partition("|subset=")[0], "alone", "ogr")
    return {
        **told,
        "raster": False,
        "style": layer.styleManager().currentStyle(),
        "features": layer.featureCount(),
        "read": sum(1 for _ in layer.getFeatures()),
        "titles": [layer.attributeAlias(index) for index in range(layer.fields().count())],
        "legend": legend(layer),
        "default_legend": legend(alone),
        "labels": layer.labelsEnabled(),
    }


def legend(layer: QgsVectorLayer) -> list[list[str]] | None:
    """Tell the classes that a layer is drawn in."""
    if not layer.isSpatial():
        return None
    return [
        [item.label(), item.symbol().color().name()]
        for item in layer.renderer().legendSymbolItems()
        if item.symbol() is not None
    ]


def tree(group: QgsLayerTreeGroup) -> list[object]:
    """Tell the groups and layers under a group, what is seen, unfolded and alone."""
    told: list[object] = []
    for node in group.children():
        words = [node.name(), node.itemVisibilityChecked(), node.isExpanded()]
        if isinstance(node, QgsLayerTreeGroup):
            told.append([*words, node.isMutuallyExclusive(), tree(node)])
        else:
            told.append(words)
    return told


def draw(project: QgsProject, layers: list[object], path: str) -> float:
    """Draw layers on the project's first view; return the share of the picture that they fill."""
    extent = project.viewSettings().defaultViewExtent()
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(project.crs())
    settings.setExtent(extent)
    settings.setOutputSize(QSize(WIDTH, round(WIDTH * extent.height() / extent.width())))
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    picture = job.renderedImage().convertToFormat(QImage.Format_RGB32)
    picture.save(path)
    pixels = picture.constBits().asstring(picture.sizeInBytes())
    blank = sum(pixels[at : at + 3] == b"\xff\xff\xff" for at in range(0, len(pixels), 4))
    return 1 - 4 * blank / len(pixels)


def sheet(layout: QgsPrintLayout) -> dict[str, object]:
    """Tell what stands on a page, its texts worked out."""
    items = layout.items()
    (shown,) = [item for item in items if isinstance(item, QgsLayoutItemMap)]
    (key,) = [item for item in items if isinstance(item, QgsLayoutItemLegend)]
    key.updateFilterByMap()
    key.adjustBoxSize()
    page = layout.pageCollection().page(0).pageSize()
    place = shown.mapToScene(shown.rect()).boundingRect()
    labels = [item for item in items if isinstance(item, QgsLayoutItemLabel)]
    tables = [part for part in layout.multiFrames() if isinstance(part, QgsLayoutItemManualTable)]
    for table in tables:
        table.refresh()
    boxes = {
        item.id(): [item.scenePos().x(), item.scenePos().y(), item.rect().width(),
                    item.rect().height()]
        for item in items
        if hasattr(item, "id") and item.id()
    }  # fmt: skip
    return {
        "page": [page.width(), page.height()],
        "texts": {item.id(): item.currentText() for item in labels},
        "needed": {
            item.id(): [item.sizeForText().width(), item.sizeForText().height()] for item in labels
        },
        "boxes": boxes,
        "map": [place.width(), place.height()],
        "scale": shown.scale(),
        "theme": shown.followVisibilityPresetName(),
        "pictures": [
            [item.isMissingImage(), item.mode()]
            for item in items
            if isinstance(item, QgsLayoutItemPicture)
        ],
        "tables": [[list(map(str, row)) for row in table.contents()] for table in tables],
    }


def layouts(project: QgsProject, folder: str, municipality: str) -> dict[str, object]:
    """Tell of every layout; export the first, and the sheet of one municipality."""
    told: dict[str, object] = {}
    options = QgsLayoutExporter.PdfExportSettings()
    options.dpi = 100
    for number, layout in enumerate(project.layoutManager().printLayouts()):
        layout.refresh()
        exporter = QgsLayoutExporter(layout)
        sheets = layout.atlas()
        own: dict[str, object] = {"sheets": None}
        if sheets.enabled():
            sheets.updateFeatures()
            names = [sheets.nameForPage(page) for page in range(sheets.count())]
            own |= {"sheets": names}
            sheets.beginRender()
            sheets.seekTo(names.index(municipality))
            own["exported"] = exporter.exportToPdf(f"{folder}/sheet.pdf", options)
            own |= sheet(layout)
            sheets.endRender()
        else:
            own["exported"] = exporter.exportToPdf(f"{folder}/{number}.pdf", options)
            own |= sheet(layout)
        told[layout.name()] = own
    return told


def main(path: str, folder: str, municipality: str) -> None:
    messages: list[str] = []
    qInstallMessageHandler(lambda _kind, _context, text: messages.append(f"Qt: {text}"))
    application = QgsApplication([], False)  # noqa: FBT003 - Qt takes it by position only
    application.messageLog().messageReceived[str, str, Qgis.MessageLevel].connect(
        lambda text, tag, level: messages.append(f"{tag}: {text}") if level > Qgis.Info else None
    )
    application.initQgis()
    project = QgsProject.instance()
    read = project.read(path)
    themes = project.mapThemeCollection()
    relations = project.relationManager().relations()
    told = {
        "read": read,
        "error": project.error(),
        "crs": project.crs().authid(),
        "title": project.title(),
        "author": project.metadata().author(),
        "abstract": project.metadata().abstract(),
        "dated": project.metadata().creationDateTime().toString("yyyy-MM-dd"),
        "absolute": project.readBoolEntry("Paths", "Absolute")[0],
        "layers": {own: describe(layer) for own, layer in project.mapLayers().items()},
        "tree": tree(project.layerTreeRoot()),
        "themes": {name: themes.mapThemeVisibleLayerIds(name) for name in themes.mapThemes()},
        "relations": {
            own: [relation.isValid(), relation.name(), relation.referencedLayerId()]
            for own, relation in relations.items()
        },
        "filled": draw(project, project.layerTreeRoot().checkedLayers(), f"{folder}/view.png"),
        "filled_by_theme": {
            name: draw(project, themes.mapThemeVisibleLayers(name), f"{folder}/theme.png")
            for name in themes.mapThemes()
        },
        "layouts": layouts(project, folder, municipality),
        "messages": messages,
    }
    json.dump(told, sys.stdout)
    sys.stdout.flush()
    project.clear()
    application.exitQgis()


if __name__ == "__main__":
    main(*sys.argv[1:])
