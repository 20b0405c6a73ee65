"""What a definition may say: one frozen dataclass for each table of the TOML files.

The field names are the TOML keys and the annotations their types; `catalog` reads files into
these and knows nothing else about them.  Units are words of `columns.UNITS`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date  # noqa: TC003 - the catalog reads the annotations
from typing import Literal

# The years that the atlas shows of what is released and all that comes after it.
FIRST_YEAR, LAST_YEAR = 2025, 2050

Grade = Literal["A", "B", "C", "D"]
Step = Literal["collection", "sorting", "dismantling", "recycling", "refining", "refurbishment"]
Basis = Literal["register", "report"]
LayerName = Literal[
    "stock", "released", "collected", "processed", "recovered",
    "collection_gap", "capacity_gap", "recovery_gap",
]  # fmt: skip
LifetimeName = Literal["regular", "early", "late"]
InflowName = Literal["frozen", "replacement", "growth"]
Reach = Literal["europe", "250_km", "netherlands", "province_only"]
UnknownCapacity = Literal["nothing", "median", "unlimited"]
ForeignShare = Literal["share", "0", "1"]
Demand = Literal["proportional", "ours_first", "province_alone"]


@dataclass(frozen=True)
class Text:
    """The same words in Dutch and in English."""

    nl: str
    en: str


@dataclass(frozen=True)
class Source:
    """One file, who published it and under which licence."""

    file: str
    sha256: str
    title: str
    publisher: str
    licence: str
    reference_date: date
    crs: str  # "EPSG:…", or "none" for a table
    url: str | None = None
    note: str | None = None
    delimiter: str = ","
    decimal: str = "."
    encoding: str = "utf-8"


@dataclass(frozen=True)
class Column:
    """How the file calls a column, and the unit it is in there."""

    name: str
    unit: str | None = None


@dataclass(frozen=True)
class Dataset:
    """A source and how its columns are called here; columns not named keep their names."""

    source: Source
    columns: dict[str, Column] = field(default_factory=dict)
    layer: str = ""  # filled in by the catalog: the id of the definition, or "definition.table"
    where: str = ""  # filled in by the catalog: the TOML file and table, for messages


@dataclass(frozen=True)
class Crs:
    """The two coordinate systems of a region: to measure metres and to measure areas."""

    metric: str
    area: str


@dataclass(frozen=True)
class Region:
    """layers/areas/<region>.toml."""

    title: Text
    crs: Crs
    detour_factor: float  # kilometres travelled per kilometre as the crow flies
    country: str
    municipalities: Dataset
    figures: Dataset  # totals per municipality: residents, households, cars
    ports: Dataset | None = None
    districts: Dataset | None = None
    water: Dataset | None = None
    recoding: Dataset | None = None
    residents_grid: Dataset | None = None  # a GeoTIFF that takes the place of the built grid
    labels: tuple[str, ...] = ()  # zones named on the map at first sight
    short_names: dict[str, tuple[str, ...]] = field(default_factory=dict)  # name -> also found as
    override: dict[str, Dataset] = field(default_factory=dict)  # layer id -> this region's data
    id: str = ""
    where: str = ""


@dataclass(frozen=True)
class Key:
    """layers/keys/*.toml: something to spread a stock by."""

    title: Text
    measure: Literal["grid", "area", "column", "points"]
    grade: Grade  # how well it stands for what is spread by it
    column: str | None = None  # of the region's figures, or of the points
    within: str | None = None  # the key that spreads a municipal column over its zones
    points: str | None = None  # the stock whose points are summed
    id: str = ""
    where: str = ""


@dataclass(frozen=True)
class Factor:
    """A number with its unit, range, grade and source."""

    value: float
    unit: str
    source: str
    grade: Grade
    low: float | None = None
    high: float | None = None
    source_nl: str | None = None  # the source in Dutch, where it is more than a name


@dataclass(frozen=True)
class EntryFactor:
    """A factor that holds for what entered in some years, both included; open where not stated."""

    value: float
    unit: str
    source: str
    grade: Grade
    low: float | None = None
    high: float | None = None
    source_nl: str | None = None  # the source in Dutch, where it is more than a name
    from_year: int | None = None
    to_year: int | None = None


@dataclass(frozen=True)
class Measure:
    """One way to count a stock: a column of the source, a count of rows, or a factor of another."""

    id: str
    title: Text
    unit: Text
    grade: Grade | None = None
    column: str | None = None
    of: str | None = None
    factor: Factor | None = None
    by_entry: tuple[EntryFactor, ...] = ()  # instead of one factor: by year of entry
    decimals: int = 0


@dataclass(frozen=True)
class Categories:
    """How the rows of a table add up: `total` = the sum of `parts` + `remainder`."""

    column: str
    total: str
    parts: tuple[str, ...]
    remainder: str


@dataclass(frozen=True)
class Share:
    """A national figure and the national figure that a region takes its share of."""

    total: str
    denominator: str
    year: int
    numerator: str = "residents"  # the key whose sum over the region is the region's part


@dataclass(frozen=True)
class Outside:
    """A national series that says what stands in the whole country."""

    series: str  # of the table of national history
    measure: str  # of the stock, in a unit that the series can be converted to


@dataclass(frozen=True)
class Target:
    """A rate of collection that the law asks for from a year on."""

    year: int
    value: float
    source: str
    source_nl: str | None = None


@dataclass(frozen=True)
class Collection:
    """How much of what is released is collected today, and what the rate is a rate of."""

    rate: Factor
    rate_of: Literal["generated", "put_on_market"]
    year: int  # of the rate
    targets: tuple[Target, ...] = ()  # of the same base as the rate
    put_on_market: Share | None = None


@dataclass(frozen=True)
class Lifetime:
    """How long a product stays: the parameters of one distribution, in years."""

    distribution: Literal["weibull", "normal", "fixed", "hazard"]
    source: str
    shape: float | None = None  # weibull
    scale_a: float | None = None  # weibull
    mean_a: float | None = None  # normal, fixed
    sd_a: float | None = None  # normal
    chance_per_a: float | None = None  # hazard: the part that leaves in a year, whatever its age
    source_nl: str | None = None


@dataclass(frozen=True)
class Ages:
    """How the years of entry of a stock are known."""

    method: Literal["steady", "series", "stocks", "size"]
    until: int  # the stock stood at the end of this year
    grade: Grade
    source: str
    series: str | None = None  # of the table of national history
    source_nl: str | None = None


@dataclass(frozen=True)
class Inflow:
    """What enters later: the stream's own assumption, and how fast it would grow."""

    own: InflowName
    growth: Factor


@dataclass(frozen=True)
class Variants:
    """What a product can be made of: shares of its variants, which sum to 1."""

    mix: dict[str, float]  # of what is not known better, and of what enters later
    source: str
    by_size: bool = False  # the table of sizes says which, as far as it goes
    size: str | None = None  # the columns of the points that the table of sizes is looked up by
    rotor: str | None = None
    doubt: str | None = None  # the column that says "yes" where the second is not to be trusted
    scenarios: dict[str, dict[str, float]] = field(default_factory=dict)  # drive_train -> mix
    source_nl: str | None = None


@dataclass(frozen=True)
class Report:
    """Which headline figures give the stock on the report basis."""

    units: str
    crm_per_unit: str | None = None
    crm_total: str | None = None


@dataclass(frozen=True)
class Stock:
    """layers/stocks/*.toml: one stream."""

    title: Text
    in_stock: Text
    spread: Text
    method: Literal["points", "table", "key"]
    year: int
    units: str  # the measure that counts pieces
    measures: tuple[Measure, ...]
    lifetimes: dict[str, Lifetime]  # by the names of LifetimeName; "regular" is needed
    ages: Ages
    inflow: Inflow
    reuse: Factor  # part of what is released that is reused or exported
    collection: Collection
    step: Step  # where the capacity gap is taken
    keys: dict[str, str]  # category of the rows ("all" without categories) -> key
    order: int = 99  # place in lists and on the page
    handed_in: bool = False  # residents bring it to a collection point: its cover counts
    data: Dataset | None = None
    categories: Categories | None = None
    national: Share | None = None
    outside: Outside | None = None  # without it the rest of the country goes by residents
    variants: Variants | None = None
    report: Report | None = None
    id: str = ""
    where: str = ""


@dataclass(frozen=True)
class Flow:
    """layers/flows/*.toml: a stream without a known stock, of which a country says what leaves."""

    title: Text
    in_stock: Text
    spread: Text
    note: Text
    key: str
    national: Share  # its total is a series of national figures, interpolated
    hold_after: int  # without growth the figure of this year holds on
    inflow: Inflow
    reuse: Factor
    collection: Collection
    step: Step
    variants: Variants | None = None
    order: int = 99
    id: str = ""
    where: str = ""


@dataclass(frozen=True)
class Mention:
    """layers/mentions/*.toml: a stream that is present in an amount that nobody knows."""

    title: Text
    note: Text
    order: int = 99
    id: str = ""
    where: str = ""


@dataclass(frozen=True)
class Headline:
    """What of the default scenario stands beside a headline figure."""

    stream: str
    substance: str  # a measure of the stock, mass, an element, crm or crm_other
    layer: LayerName
    year: int | None = None
    per: str | None = None  # divided by a measure of the stock
    of: Literal["region", "country"] = "region"
    give: Literal["amount", "peak_year"] = "amount"


@dataclass(frozen=True)
class Layer:
    """layers/facilities, layers/tables and layers/reports: one table, used by its id."""

    title: Text
    data: Dataset
    register: dict[str, Headline] = field(default_factory=dict)  # beside which headline figure
    id: str = ""
    where: str = ""


@dataclass(frozen=True)
class View:
    """What the page shows when it opens."""

    stream: str
    layer: LayerName
    measure: str
    basis: Basis = "register"
    hatch: bool = False
    year: int | None = None
    lifetime: LifetimeName = "regular"


@dataclass(frozen=True)
class Siting:
    """Which sites are ranked, for which streams and plants, and what is asked of them."""

    streams: tuple[str, ...]
    p: int  # at most so many new plants
    opens: int  # the first year of the new plants
    years: tuple[int, ...]  # those whose tonnes count
    reach: Reach = "europe"
    sizes: tuple[float, ...] = ()  # t/a of what the plant takes; by default those stated
    category: float | None = None
    external_safety: tuple[str, ...] = ()
    grid: tuple[str, ...] = ()
    quay: tuple[str, ...] = ()
    transformation: tuple[str, ...] = ()
    nitrogen_km: float | None = None
    unknown_fails: tuple[str, ...] = ()  # attributes that must be known
    overrule_available: bool = False  # sites with 0 hectares available count as well


@dataclass(frozen=True)
class Map:
    """maps/*.toml: one door of the page."""

    title: Text
    story: Text
    order: int
    view: View
    classes: dict[str, dict[str, tuple[float, ...]]] = field(default_factory=dict)
    siting: tuple[Siting, ...] = ()
    id: str = ""
    where: str = ""
