"""Open every layer of a GeoPackage in QGIS, draw one; run by the Python that QGIS belongs to.

`python3 open_in_qgis.py GEOPACKAGE LAYER PICTURE` prints what QGIS makes of it as JSON.
"""

from __future__ import annotations

import json
import sys

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsExpressionContextUtils,
    QgsFeature,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProviderRegistry,
    QgsRenderContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize, qInstallMessageHandler
from qgis.PyQt.QtGui import QColor, QImage

WIDTH = 900


def describe(layer: QgsVectorLayer) -> dict[str, object]:
    """Tell what a reader of the layer depends on."""
    features = list(layer.getFeatures())
    shapes = [feature.geometry() for feature in features if feature.hasGeometry()]
    return {
        "valid": layer.isValid(),
        "counted": layer.featureCount(),
        "read": len(features),
        "crs": layer.crs().authid() if layer.isSpatial() else None,
        "fields": layer.fields().names(),
        "invalid_shapes": sum(not shape.isGeosValid() for shape in shapes),
        "titles": [layer.attributeAlias(index) for index in range(layer.fields().count())],
        "style": look(layer, features) if layer.isSpatial() else None,
    }


def look(layer: QgsVectorLayer, features: list[QgsFeature]) -> dict[str, object]:
    """Tell how the layer opens: its renderer, its classes, and the one that each feature is in."""
    renderer = layer.renderer()
    context = QgsRenderContext()
    context.expressionContext().appendScopes(
        QgsExpressionContextUtils.globalProjectLayerScopes(layer)
    )
    legend = [
        [item.ruleKey(), item.label(), item.symbol().color().name()]
        for item in renderer.legendSymbolItems()
        if item.symbol() is not None
    ]
    # A renderer by rules also names its root, which draws nothing.
    shown = {key for key, *_ in legend}
    drawn = []
    renderer.startRender(context, layer.fields())
    for feature in features:
        context.expressionContext().setFeature(feature)
        drawn.append(sorted(shown & renderer.legendKeysForFeature(feature, context)))
    renderer.stopRender(context)
    return {
        "renderer": renderer.type(),
        "legend": legend,
        "drawn": drawn,
        "labels": layer.labelsEnabled(),
        "column": layer.labeling().settings().fieldName if layer.labelsEnabled() else None,
    }


def draw(layer: QgsVectorLayer, path: str) -> float:
    """Draw the layer on its own extent; return the share of the picture that it fills."""
    extent = layer.extent()
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
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


def main(geopackage: str, drawn: str, picture: str) -> None:
    messages: list[str] = []
    qInstallMessageHandler(lambda _kind, _context, text: messages.append(f"Qt: {text}"))
    application = QgsApplication([], False)  # noqa: FBT003 - Qt takes it by position only
    application.messageLog().messageReceived[str, str, Qgis.MessageLevel].connect(
        lambda text, tag, level: messages.append(f"{tag}: {text}") if level > Qgis.Info else None
    )
    application.initQgis()
    provider = QgsProviderRegistry.instance().providerMetadata("ogr")
    layers = {
        part.name(): QgsVectorLayer(part.uri(), part.name(), "ogr")
        for part in provider.querySublayers(geopackage)
    }
    described = {name: describe(layer) for name, layer in layers.items()}
    filled = draw(layers[drawn], picture)
    json.dump({"layers": described, "filled": filled, "messages": messages}, sys.stdout)
    sys.stdout.flush()
    layers.clear()
    application.exitQgis()


if __name__ == "__main__":
    main(*sys.argv[1:])
