"""What the layers as a whole say of themselves: ISO 19115 in the Dutch profile, as ISO 19139."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from atlas.catalog import read_definition
from atlas.definitions import Text  # noqa: TC001 - the reader of definitions looks it up

if TYPE_CHECKING:
    from atlas.pipeline import Atlas

FILE = "layers/metadata.toml"
STANDARD = "http://www.isotc211.org/2005/gmd"
_PROFILE = "Nederlands metadata profiel op ISO 19115 voor geografie 2.1.0"
_CODES = "https://standards.iso.org/iso/19139/resources/gmxCodelists.xml"
_LANGUAGES = "http://www.loc.gov/standards/iso639-2/"
_OPEN = (
    "http://inspire.ec.europa.eu/metadata-codelist/LimitationsOnPublicAccess/noLimitations",
    "Geen beperkingen",
)
_NAMES = {
    "gmd": STANDARD,
    "gco": "http://www.isotc211.org/2005/gco",
    "gmx": "http://www.isotc211.org/2005/gmx",
    "gml": "http://www.opengis.net/gml",
    "xlink": "http://www.w3.org/1999/xlink",
}
_DECIMALS = 5
_FORMATS = (("GeoPackage", "1.3"), ("GeoTIFF", "1.1"))


@dataclass(frozen=True)
class Licence:
    """The terms of the layers as a whole."""

    title: Text
    url: str


@dataclass(frozen=True)
class Contact:
    """Who can be asked."""

    organisation: str
    email: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Description:
    """layers/metadata.toml."""

    title: Text
    abstract: Text
    purpose: Text
    use_limitation: Text
    lineage: Text
    keywords: tuple[str, ...]
    topics: tuple[str, ...]
    themes: tuple[str, ...]
    resolution_m: float
    licence: Licence
    contact: Contact
    id: str = ""
    where: str = ""


def read_description(home: Path) -> Description:
    """Return the description under `home`, the package's own where it has none.

    Raises
    ------
    DefinitionError
        When the file is wrong.
    """
    package = Path(__file__).resolve().parent
    folders = (home, package.parent, package / "home")
    path = next(path for path in (folder / FILE for folder in folders) if path.is_file())
    return read_definition(path, Description, FILE)


def identifier(atlas: Atlas) -> str:
    """Return the identifier of the layers of a region, the same in every edition of them."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urban-mine-atlas/{atlas.region.id}"))


def write_metadata(atlas: Atlas, description: Description) -> str:
    """Return the metadata as XML text, dated as the newest source is."""
    filled = {"region": atlas.region.title.nl, "year": str(atlas.reference_date.year)}
    day = atlas.reference_date.isoformat()
    root = ET.Element("gmd:MD_Metadata")
    for prefix, address in _NAMES.items():
        root.set(f"xmlns:{prefix}", address)
    _words(root, "fileIdentifier", identifier(atlas))
    _language(root)
    _code(root, "characterSet", "MD_CharacterSetCode", "utf8")
    _code(root, "hierarchyLevel", "MD_ScopeCode", "dataset")
    _contact(root, "contact", description.contact, role="pointOfContact")
    _at(root, "dateStamp", "gco:Date").text = day
    _words(root, "metadataStandardName", "ISO 19115")
    _words(root, "metadataStandardVersion", _PROFILE)
    _system(root, atlas.region.crs.metric)
    _identification(root, atlas, description, filled)
    _distribution(root, description)
    _quality(root, atlas, description)
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _identification(
    root: ET.Element, atlas: Atlas, description: Description, filled: dict[str, str]
) -> None:
    node = _at(root, "identificationInfo", "gmd:MD_DataIdentification")
    citation = _at(node, "citation", "gmd:CI_Citation")
    _words(citation, "title", description.title.nl.format(**filled))
    _words(citation, "alternateTitle", description.title.en.format(**filled | {
        "region": atlas.region.title.en
    }))  # fmt: skip
    date = _at(citation, "date", "gmd:CI_Date")
    _at(date, "date", "gco:Date").text = atlas.reference_date.isoformat()
    _code(date, "dateType", "CI_DateTypeCode", "publication")
    mark = _at(citation, "identifier", "gmd:MD_Identifier")
    _words(mark, "code", identifier(atlas))
    _words(node, "abstract", description.abstract.nl.format(**filled))
    _words(node, "purpose", description.purpose.nl)
    _code(node, "status", "MD_ProgressCode", "completed")
    _contact(node, "pointOfContact", description.contact, role="owner")
    frequency = _at(node, "resourceMaintenance", "gmd:MD_MaintenanceInformation")
    _code(frequency, "maintenanceAndUpdateFrequency", "MD_MaintenanceFrequencyCode", "annually")
    keywords = _at(node, "descriptiveKeywords", "gmd:MD_Keywords")
    for word in description.keywords:
        _words(keywords, "keyword", word)
    _constraints(node, description)
    _code(node, "spatialRepresentationType", "MD_SpatialRepresentationTypeCode", "vector")
    resolution = _at(node, "spatialResolution", "gmd:MD_Resolution")
    distance = _at(resolution, "distance", "gco:Distance")
    distance.set("uom", "meter")
    distance.text = f"{description.resolution_m:g}"
    _language(node)
    _code(node, "characterSet", "MD_CharacterSetCode", "utf8")
    for topic in description.topics:
        _at(node, "topicCategory", "gmd:MD_TopicCategoryCode").text = topic
    _extent(node, atlas)
    _words(
        node,
        "supplementalInformation",
        "De tabellen verwijzen naar elkaar; bij elke tabel staat een Table Schema (JSON) met haar "
        "kolommen, sleutel en verwijzingen als metadata in de GeoPackage.",
    )


def _constraints(node: ET.Element, description: Description) -> None:
    use = _at(node, "resourceConstraints", "gmd:MD_Constraints")
    _words(use, "useLimitation", description.use_limitation.nl)
    licence = (description.licence.url, description.licence.title.nl)
    for kind, anchor in (("accessConstraints", _OPEN), ("useConstraints", licence)):
        legal = _at(node, "resourceConstraints", "gmd:MD_LegalConstraints")
        _code(legal, kind, "MD_RestrictionCode", "otherRestrictions")
        _anchor(legal, "otherConstraints", *anchor)


def _extent(node: ET.Element, atlas: Atlas) -> None:
    extent = _at(node, "extent", "gmd:EX_Extent")
    _words(extent, "description", atlas.region.title.nl)
    box = _at(extent, "geographicElement", "gmd:EX_GeographicBoundingBox")
    west, south, east, north = atlas.zones.to_crs("EPSG:4326").total_bounds
    for name, value in (("west", west), ("east", east), ("south", south), ("north", north)):
        side = "Longitude" if name in {"west", "east"} else "Latitude"
        _at(box, f"{name}Bound{side}", "gco:Decimal").text = f"{value:.{_DECIMALS}f}"


def _distribution(root: ET.Element, description: Description) -> None:
    node = _at(root, "distributionInfo", "gmd:MD_Distribution")
    for name, version in _FORMATS:
        format_ = _at(node, "distributionFormat", "gmd:MD_Format")
        _words(format_, "name", name)
        _words(format_, "version", version)
    if description.contact.url is not None:
        transfer = _at(node, "transferOptions", "gmd:MD_DigitalTransferOptions")
        online = _at(transfer, "onLine", "gmd:CI_OnlineResource")
        _at(online, "linkage", "gmd:URL").text = description.contact.url


def _quality(root: ET.Element, atlas: Atlas, description: Description) -> None:
    node = _at(root, "dataQualityInfo", "gmd:DQ_DataQuality")
    scope = _at(node, "scope", "gmd:DQ_Scope")
    _code(scope, "level", "MD_ScopeCode", "dataset")
    lineage = _at(node, "lineage", "gmd:LI_Lineage")
    _words(lineage, "statement", description.lineage.nl)
    for row in atlas.sources.to_dict("records"):
        source = _at(lineage, "source", "gmd:LI_Source")
        words = f"{row['title']} ({row['publisher']}, {row['reference_date']}; {row['licence']})"
        _words(source, "description", words)


def _system(root: ET.Element, crs: str) -> None:
    code = crs.rpartition(":")[2]
    node = _at(root, "referenceSystemInfo", "gmd:MD_ReferenceSystem")
    mark = _at(node, "referenceSystemIdentifier", "gmd:RS_Identifier")
    _anchor(mark, "code", f"http://www.opengis.net/def/crs/EPSG/0/{code}", crs)


def _contact(parent: ET.Element, name: str, contact: Contact, *, role: str) -> None:
    node = _at(parent, name, "gmd:CI_ResponsibleParty")
    _words(node, "organisationName", contact.organisation)
    info = _at(node, "contactInfo", "gmd:CI_Contact")
    address = _at(info, "address", "gmd:CI_Address")
    if contact.email is None:
        # The profile asks for an address; where none is given that is said, as ISO has it.
        ET.SubElement(address, "gmd:electronicMailAddress", {"gco:nilReason": "missing"})
    else:
        _words(address, "electronicMailAddress", contact.email)
    if contact.url is not None:
        online = _at(info, "onlineResource", "gmd:CI_OnlineResource")
        _at(online, "linkage", "gmd:URL").text = contact.url
    _code(node, "role", "CI_RoleCode", role)


def _language(parent: ET.Element) -> None:
    node = _at(parent, "language", "gmd:LanguageCode")
    node.set("codeList", _LANGUAGES)
    node.set("codeListValue", "dut")
    node.text = "Nederlands"


def _code(parent: ET.Element, name: str, kind: str, value: str) -> None:
    node = _at(parent, name, f"gmd:{kind}")
    node.set("codeList", f"{_CODES}#{kind}")
    node.set("codeListValue", value)
    node.text = value


def _anchor(parent: ET.Element, name: str, address: str, words: str) -> None:
    node = _at(parent, name, "gmx:Anchor")
    node.set("xlink:href", address)
    node.text = words


def _words(parent: ET.Element, name: str, words: str) -> None:
    _at(parent, name, "gco:CharacterString").text = words


def _at(parent: ET.Element, name: str, kind: str) -> ET.Element:
    """Add a property and, in it, the thing that it holds; return that."""
    return ET.SubElement(ET.SubElement(parent, f"gmd:{name}"), kind)
