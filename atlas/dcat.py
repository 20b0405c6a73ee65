"""What an edition says of itself to a data portal: DCAT-AP-NL 3.0, as JSON-LD."""

from __future__ import annotations

import json
from glob import escape
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from atlas.data_package import FILE as PACKAGE
from atlas.data_package import MEDIA_TYPES
from atlas.exports import writing
from atlas.metadata import identifier

if TYPE_CHECKING:
    from pathlib import Path

    from atlas.definitions import Text
    from atlas.metadata import Contact
    from atlas.pipeline import Atlas
    from atlas.publication import Publication

FILE = "dcat.jsonld"
_EU = "http://publications.europa.eu/resource/authority"
_IANA = "https://www.iana.org/assignments/media-types"
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geosparql": "http://www.opengis.net/ont/geosparql#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_DECIMALS = 5
# Beside what is in one file; the package names CSV and Parquet with the schema of each.
_OFFERED = (".geojson", ".tif")
# Whoever keeps the data up is not known before a publisher says so; an edition comes a year.
_FREQUENCY = f"{_EU}/frequency/ANNUAL"


def write_dcat(published: Publication, folder: Path) -> None:
    """Write the description of the layers, with a distribution for each that a portal offers.

    Parameters
    ----------
    published
        What is described.
    folder
        Where it goes, and where the layers stand one by one; those in one file stand above it.
        Their addresses are relative, so that whoever puts the folders on a server has the right
        ones by that alone.
    """
    files = [
        *(f"../{path.name}" for path in sorted(folder.parent.glob(f"{escape(folder.name)}.*"))),
        *(
            path.relative_to(folder).as_posix()
            for path in sorted(folder.rglob("*"))
            if path.suffix in _OFFERED or path.name == PACKAGE
        ),
    ]
    atlas, description = published.atlas, published.description
    title = atlas.region.title
    year = str(atlas.reference_date.year)
    words = {"nl": {"region": title.nl, "year": year}, "en": {"region": title.en, "year": year}}
    day = {"@type": "xsd:date", "@value": atlas.reference_date.isoformat()}
    titles = {layer.name: layer.title.nl for layer in published.own}
    agent = _agent(description.contact)
    licence = {"@id": description.licence.url}
    dataset: dict[str, Any] = {
        "@id": f"urn:uuid:{identifier(atlas)}",
        "@type": "dcat:Dataset",
        "dct:identifier": identifier(atlas),
        "dct:title": _both(description.title, words),
        "dct:description": _both(description.abstract, words),
        "dct:publisher": agent,
        "dct:creator": agent,
        "dcat:contactPoint": _contact(description.contact),
        "dcat:theme": [{"@id": f"{_EU}/data-theme/{theme}"} for theme in description.themes],
        "dcat:keyword": [{"@language": "nl", "@value": word} for word in description.keywords],
        "dct:accessRights": {"@id": f"{_EU}/access-right/PUBLIC"},
        "dct:license": licence,
        "dct:language": [{"@id": f"{_EU}/language/NLD"}, {"@id": f"{_EU}/language/ENG"}],
        "dct:issued": day,
        "dct:modified": day,
        "dct:accrualPeriodicity": {"@id": _FREQUENCY},
        "dcat:version": atlas.edition,
        "dct:spatial": _place(atlas),
        "dcat:spatialResolutionInMeters": {
            "@type": "xsd:decimal", "@value": f"{description.resolution_m:g}"
        },
        "dct:provenance": {
            "@type": "dct:ProvenanceStatement",
            "rdfs:label": _both(description.lineage, words),
        },
        "dct:relation": [
            {"@id": url} for url in dict.fromkeys(atlas.sources["url"].dropna())
        ],
        "dcat:distribution": [
            _distribution(file, titles.get(PurePosixPath(file).stem), licence, day)
            for file in files
        ],
    }  # fmt: skip
    text = json.dumps({"@context": _CONTEXT, **dataset}, ensure_ascii=False, indent=1)
    path = folder / FILE
    with writing(path):
        path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _both(text: Text, words: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    return [
        {"@language": language, "@value": getattr(text, language).format(**filled)}
        for language, filled in words.items()
    ]


def _agent(contact: Contact) -> dict[str, Any]:
    return {
        "@type": "foaf:Agent",
        "foaf:name": {"@language": "nl", "@value": contact.organisation},
    }


def _contact(contact: Contact) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "vcard:Kind",
        "vcard:fn": {"@language": "nl", "@value": contact.organisation},
    }
    if contact.email is not None:
        found["vcard:hasEmail"] = {"@id": f"mailto:{quote(contact.email, safe='@')}"}
    if contact.url is not None:
        found["vcard:hasURL"] = {"@id": contact.url}
    return found


def _place(atlas: Atlas) -> dict[str, Any]:
    bounds = atlas.zones.to_crs("EPSG:4326").total_bounds
    west, south, east, north = (f"{value:.{_DECIMALS}f}" for value in bounds)
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    ring = ", ".join(f"{x} {y}" for x, y in corners)
    return {
        "@type": "dct:Location",
        "rdfs:label": {"@language": "nl", "@value": atlas.region.title.nl},
        "dcat:bbox": {"@type": "geosparql:wktLiteral", "@value": f"POLYGON(({ring}))"},
    }


def _distribution(
    file: str, title: str | None, licence: dict[str, str], day: dict[str, str]
) -> dict[str, Any]:
    path = PurePosixPath(file)
    address = {"@id": quote(file)}
    return {
        "@type": "dcat:Distribution",
        "dct:title": {"@language": "nl", "@value": f"{title or path.stem} ({path.suffix[1:]})"},
        "dcat:accessURL": address,
        "dcat:downloadURL": address,
        "dct:license": licence,
        "dct:language": {"@id": f"{_EU}/language/NLD"},
        "dcat:mediaType": {"@id": f"{_IANA}/{MEDIA_TYPES[path.suffix]}"},
        "dct:issued": day,
    }
