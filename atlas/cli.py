"""The command `atlas`: it reports and converts errors, and computes nothing itself."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import get_args

import click

from atlas import VERSION
from atlas.catalog import choose, find_home, load
from atlas.definitions import Reach, Siting
from atlas.dictionary import read_dictionary
from atlas.document import page_document
from atlas.edition import choose_trees, publish, stage
from atlas.errors import AtlasError
from atlas.explain import explain as explain_figure
from atlas.explain import in_words
from atlas.exports import plain_name, write_provenance
from atlas.formats import write_formats
from atlas.geopackage import write_layers
from atlas.inputs import read_inputs
from atlas.maps import render
from atlas.pipeline import Atlas
from atlas.pipeline import build as build_atlas
from atlas.question import ask, propose_in
from atlas.rulebook import plain
from atlas.scenarios import DEFAULT
from atlas.session import open_session, session_of
from atlas.siting_document import in_words as siting_in_words
from atlas.siting_document import proposal_document
from atlas.validation import files_in, kinds, lines_of, record_of, rules_of, validate
from atlas.what_if_effect import GEOMETRY, effect_of, expected_in
from atlas.what_if_effect import layers as what_if_layers
from atlas.what_if_report import report

REGION = "zuid-holland"


class _Failure(click.ClickException):
    """An expected failure: its lines on stderr and exit code 1, never a traceback."""

    exit_code = 1

    def show(self, file: object = None) -> None:  # noqa: ARG002 - click's signature
        click.echo(self.message, err=True)


def _named(_context: click.Context, _option: click.Parameter, value: Path | None) -> Path | None:
    """Refuse an empty name, which would mean the folder of the definitions themselves."""
    if value == Path():
        raise click.BadParameter("name a folder of its own for the layers and maps")
    return value


_out = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    callback=_named,
    help="Write to DIR/layers and DIR/maps instead of layers/built and maps/built.",
    metavar="DIR",
)


@click.group()
@click.version_option(VERSION, prog_name="atlas")
def main() -> None:
    """Atlas of critical raw materials in the urban mine."""
    # A command makes millions of small objects and few circles of them; looking for those after
    # every thousand takes a twentieth of the time.
    gc.set_threshold(200_000, 20, 20)


@main.command()
@click.argument("region", default=REGION)
@_out
@click.option(
    "--residents-grid",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A GeoTIFF of residents per cell that takes the place of the built grid.",
    metavar="FILE",
)
@click.option(
    "--costs",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A CSV of journeys (from, to, km or minutes) in place of straight lines.",
    metavar="FILE",
)
@click.option("--cog", is_flag=True, help="Rasters with overviews, to read over a network.")
@click.option(
    "--all-scenarios",
    is_flag=True,
    help="Also every scenario of materials, releases, gaps and recovery, as Parquet.",
)
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
def build(  # noqa: PLR0913 - the words of the command
    region: str,
    out: Path | None,
    residents_grid: Path | None,
    costs: Path | None,
    *,
    cog: bool,
    all_scenarios: bool,
    quiet: bool,
) -> None:
    """Build the atlas of REGION (zuid-holland unless named): the page, the layers, the rasters."""
    shown = sys.stderr.isatty() and not quiet

    def progress(step: str) -> None:
        if shown:
            click.echo(f"  {step} …", err=True)

    targets = choose_trees(Path.cwd(), out)
    try:
        # An edition interrupted before is restored first, even if this build then fails.
        with stage(targets, region=region) as staging:
            atlas = build_atlas(
                region, residents_grid=residents_grid, costs=costs, progress=progress
            )
            progress("page")
            _write_pages(atlas, staging.maps)
            progress("layers")
            write_formats(atlas, staging.layers, cog=cog, all_scenarios=all_scenarios)
            trees = {"layers": staging.layers, "maps": staging.maps}
            write_provenance(atlas, staging.layers / region, trees)
            written = publish(targets, region=region)
    except AtlasError as error:
        raise _Failure(str(error)) from error
    for path in written:
        click.echo(_shown(path))


@main.command()
@click.argument("region", default=REGION)
def check(region: str) -> None:
    """Check the definitions and every source of REGION, and say all that is wrong at once."""
    try:
        catalog = load(find_home(Path.cwd()))
        read_inputs(catalog, choose(catalog.regions, region, what="region"))
    except AtlasError as error:
        raise _Failure(str(error)) from error
    click.echo(f"{region}: definitions and sources are in order")


@main.command()
@click.argument("region")
@click.argument("zone")
@click.argument("stream")
@click.argument("layer")
@click.argument("element", required=False)
@click.argument("year", required=False)
@click.option("--scenario", default=DEFAULT, help="A row of the table scenarios.", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def explain(  # noqa: PLR0913, PLR0917 - the words of the command
    region: str,
    zone: str,
    stream: str,
    layer: str,
    element: str | None,
    year: str | None,
    scenario: str,
    *,
    as_json: bool,
) -> None:
    """Print the trail of a number: its formula, factors, ranges, rows, sources and licences.

    ZONE is a zone_id, ports, all, or a municipality with its ports (GM0599.*).  LAYER is stock,
    released, collected, processed, recovered, collection_gap, capacity_gap or recovery_gap.
    ELEMENT is an element, crm, crm_other, mass, or a measure of the stock.
    """
    if element is not None and element.isdecimal():
        element, year = None, element
    if year is not None and not year.isdecimal():
        raise click.BadParameter(f'"{year}" is no year; the order is ELEMENT YEAR')
    try:
        atlas = build_atlas(region)
        asked = ask(atlas, zone, stream, layer, element, int(year) if year else None, scenario)
        explained = explain_figure(atlas, asked)
    except AtlasError as error:
        raise _Failure(str(error)) from error
    if as_json:
        click.echo(json.dumps(explained, ensure_ascii=False, indent=1, allow_nan=False))
    else:
        click.echo(in_words(explained))


@main.command()
@click.argument("region")
@click.argument("stream")
@click.option("--p", default=1, show_default=True, help="At most so many new plants.", metavar="N")
@click.option("--opens", default=2030, show_default=True, help="Their first year.", metavar="YEAR")
@click.option(
    "--years", default="2035,2040,2045", show_default=True, help="Years that count.", metavar="LIST"
)
@click.option("--reach", default="europe", show_default=True, type=click.Choice(get_args(Reach)))
@click.option("--size", multiple=True, type=float, help="A size to try, in t/a; again for more.")
@click.option(
    "--sites",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Candidate sites of your own (CSV or GeoJSON), beside those of the atlas.",
    metavar="FILE",
)
@click.option("--category", type=float, help="The environmental category that the plant needs.")
@click.option("--safety", help="External safety that passes: ok, limited, no.", metavar="WORDS")
@click.option("--grid", help="Power grid that passes: ok, congested.", metavar="WORDS")
@click.option("--quay", help="Quays that pass: deep_sea, inland, none.", metavar="WORDS")
@click.option("--transformation", help="Plans that pass: none, partial, yes.", metavar="WORDS")
@click.option("--nitrogen", type=float, help="Least km to nitrogen-sensitive nature.", metavar="KM")
@click.option("--unknown-fails", help="Attributes of which unknown does not pass.", metavar="NAMES")
@click.option("--overrule-available", is_flag=True, help="Count sites with 0 hectares available.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
def siting(  # noqa: PLR0913 - the words of the command
    region: str,
    stream: str,
    *,
    p: int,
    opens: int,
    years: str,
    reach: Reach,
    size: tuple[float, ...],
    sites: Path | None,
    category: float | None,
    safety: str | None,
    grid: str | None,
    quay: str | None,
    transformation: str | None,
    nitrogen: float | None,
    unknown_fails: str | None,
    overrule_available: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Rank candidate sites in REGION for new plants that take STREAM, with their robustness."""

    def words(text: str | None) -> tuple[str, ...]:
        return tuple(word.strip() for word in (text or "").split(",") if word.strip())

    if not all(year.isdecimal() for year in words(years)) or not words(years):
        raise click.BadParameter(f'"{years}" is no list of years; 2035,2040 is one')

    def progress(step: str) -> None:
        if sys.stderr.isatty() and not quiet:
            click.echo(f"  {step} …", err=True)

    asked = Siting(
        streams=(stream,),
        p=p,
        opens=opens,
        years=tuple(sorted({int(year) for year in words(years)})),
        reach=reach,
        sizes=size,
        category=category,
        external_safety=words(safety),
        grid=words(grid),
        quay=words(quay),
        transformation=words(transformation),
        nitrogen_km=nitrogen,
        unknown_fails=words(unknown_fails),
        overrule_available=overrule_available,
    )
    try:
        atlas = build_atlas(region, progress=progress)
        candidates, proposals = propose_in(atlas, asked, own_sites=sites, progress=progress)
    except AtlasError as error:
        raise _Failure(str(error)) from error
    if as_json:
        found = [proposal_document(each, candidates) for each in proposals]
        ids = list(candidates["site_id"])
        click.echo(
            json.dumps({"sites": ids, "proposals": found}, ensure_ascii=False, allow_nan=False)
        )
    else:
        click.echo(siting_in_words(proposals, candidates))


@main.command("what-if")
@click.argument("region")
@click.argument("session", type=click.Path(path_type=Path))
@click.option("--name", help="In the names of the files, instead of SESSION's own.", metavar="NAME")
@_out
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
def what_if(region: str, session: Path, *, name: str | None, out: Path | None, quiet: bool) -> None:
    """Work out a SESSION that was saved on the page of REGION: a GeoPackage, and a report."""

    def progress(step: str) -> None:
        if sys.stderr.isatty() and not quiet:
            click.echo(f"  {step} …", err=True)

    slug = plain_name(session.stem if name is None else name)
    if not slug:
        raise click.BadParameter("name the files with letters or digits", param_hint="--name")
    targets = choose_trees(Path.cwd(), out)
    file = f"{region}-what-if-{slug}"
    try:
        raw = open_session(session, region)
        atlas = build_atlas(region, progress=progress)
        progress("session")
        effect = effect_of(atlas, session_of(raw, expected_in(atlas), where=session.name))
        with stage(targets) as staging:
            write_layers(
                what_if_layers(effect),
                staging.layers / f"{file}.gpkg",
                dated=atlas.reference_date,
                kinds=GEOMETRY,
            )
            page = staging.maps / f"{file}.html"
            page.write_text(report(effect), encoding="utf-8", newline="\n")
            written = publish(targets, region=None)
    except AtlasError as error:
        raise _Failure(str(error)) from error
    for path in written:
        click.echo(_shown(path))


@main.command("validate")
@click.argument("file", nargs=-1, type=click.Path(path_type=Path, exists=True), metavar="FILE…")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option("--rules", "show_rules", is_flag=True, help="List every rule, and judge no file.")
def validate_files(file: tuple[Path, ...], *, as_json: bool, show_rules: bool) -> None:
    """Hold each FILE of an edition, or made like one, against every rule of its kind.

    A folder stands for every file in it.
    """
    if show_rules:
        listed = rules_of(kinds({}))
        if as_json:
            own = [{"rule": name, "kind": kind, "says": says} for name, kind, says in listed]
            click.echo(json.dumps(own, ensure_ascii=False, indent=1))
        else:
            click.echo("\n".join(f"{name} ({kind}): {says}" for name, kind, says in listed))
        return
    found = files_in(file)
    if not found:
        raise click.UsageError("name a file, or a folder with files in it")
    try:
        verdicts = validate(found, read_dictionary(find_home(Path.cwd())))
    except AtlasError as error:
        raise _Failure(str(error)) from error
    if as_json:
        records = [record_of(verdict, _shown(verdict.path)) for verdict in verdicts]
        click.echo(json.dumps({"files": records}, ensure_ascii=False, indent=1))
    for verdict in verdicts if not as_json else ():
        for line in lines_of(verdict, _shown(verdict.path)):
            click.echo(line, err=True)
        if not verdict.problems:
            click.echo(f"{plain(_shown(verdict.path))}: {verdict.rules} rules hold")
    wrong = sum(bool(verdict.problems) for verdict in verdicts)
    if wrong:
        click.echo(f"{wrong} of {len(verdicts)} files break a rule", err=True)
        sys.exit(1)


def _write_pages(atlas: Atlas, folder: Path) -> None:
    """Write a page for each map, and the first of them once more under the region's own name."""
    maps = sorted(atlas.catalog.maps.values(), key=lambda page: page.order)
    document = page_document(atlas, maps[0])
    for page in maps:
        html = render({**document, "map": page.id})
        names = [f"{atlas.region.id}-{page.id}.html"]
        if page is maps[0]:
            names.append(f"{atlas.region.id}.html")
        for name in names:
            (folder / name).write_text(html, encoding="utf-8", newline="\n")


def _shown(path: Path) -> str:
    """Return a path as short as it can be from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
