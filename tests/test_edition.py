"""An edition is published whole or not at all, whatever happens on the way."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from atlas.edition import Trees, choose_trees, publish, stage
from atlas.errors import AtlasError

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent

# Files of the region before and after; the rest of the trees is the user's own.
BEFORE = {
    "layers/delta.gpkg": "gpkg 1",
    "layers/delta/rasters/residents.tif": "tif 1",
    "layers/delta/zones.csv": "csv 1",
    "maps/delta.html": "page 1",
    "maps/delta-solar.html": "solar 1",
}
AFTER = {
    "layers/delta.gpkg": "gpkg 2",
    "layers/delta/new/deep/zones.parquet": "parquet 2",
    "layers/delta/zones.csv": "csv 2",
    "maps/delta.html": "page 2",
    "maps/delta-gap.html": "gap 2",
}
FOREIGN = {
    "layers/built/notes.txt": "mine",
    "layers/built/delta/own.csv": "mine",
    "layers/built/other.gpkg": "another region",
    "layers/built/other/provenance.json": '{"files": ["layers/other.gpkg"]}',
    "layers/areas/delta.toml": "definition",
    "maps/built/delta/own.html": "mine",
    "maps/gap.toml": "definition",
}


def with_provenance(files: dict[str, str]) -> dict[str, str]:
    name = "layers/delta/provenance.json"
    return {**files, name: json.dumps({"files": sorted([*files, name])})}


def in_place(files: dict[str, str]) -> dict[str, str]:
    """Name the files of an edition as they stand in the working folder."""
    named = {name.replace("/", "/built/", 1): text for name, text in with_provenance(files).items()}
    return {**named, **FOREIGN}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def read(folder: Path) -> dict[str, str | None]:
    """Read every file below `folder`, hidden ones too; an empty folder counts as None."""
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8") if path.is_file() else None
        for path in folder.rglob("*")
        if path.is_file() or not any(path.iterdir())
    }


def publish_after(folder: Path) -> list[Path]:
    trees = choose_trees(folder)
    with stage(trees) as staging:
        write_edition(staging)
        return publish(trees, region="delta")


def write_edition(staging: Trees) -> None:
    for name, text in with_provenance(AFTER).items():
        tree, _, path = name.partition("/")
        write(staging.layers if tree == "layers" else staging.maps, {path: text})


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Give a working folder with the edition BEFORE and files of the user's own."""
    folder = tmp_path / "a working folder"
    write(folder, in_place(BEFORE))
    return folder


@pytest.fixture
def common() -> Iterator[Path]:
    """Give a working folder of a common user, and be that user where the tests run as root.

    Root may write everywhere, so that a read-only folder means nothing to it.
    """
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), in_place(BEFORE))
        user = os.geteuid()
        somebody = user or 65534
        for path in (Path(name), *Path(name).rglob("*")):
            os.chown(path, somebody, -1)
        os.seteuid(somebody)
        try:
            yield Path(name)
        finally:
            os.seteuid(user)


def test_trees_are_the_built_folders_or_those_asked_for() -> None:
    assert choose_trees(Path("w")) == Trees(Path("w/layers/built"), Path("w/maps/built"))
    assert choose_trees(Path("w"), Path("o")) == Trees(Path("o/layers"), Path("o/maps"))


def test_an_edition_takes_the_place_of_the_previous_one(world: Path) -> None:
    written = publish_after(world)
    assert read(world) == in_place(AFTER)
    assert [path.relative_to(world).as_posix() for path in written] == sorted(
        set(in_place(AFTER)) - set(FOREIGN)
    )


def test_a_first_edition_makes_its_folders(tmp_path: Path) -> None:
    publish_after(tmp_path / "new" / "place")
    assert set(read(tmp_path / "new" / "place")) == set(in_place(AFTER)) - set(FOREIGN)


def test_two_editions_leave_the_same_files(world: Path) -> None:
    first = publish_after(world)
    before = read(world)
    assert publish_after(world) == first
    assert read(world) == before


def test_what_is_not_published_leaves_no_trace(world: Path, tmp_path: Path) -> None:
    with stage(choose_trees(world)) as staging:
        write_edition(staging)
    assert read(world) == in_place(BEFORE)
    with pytest.raises(AtlasError, match="half-way"), stage(choose_trees(tmp_path / "x" / "y")):
        raise AtlasError("half-way")
    assert not (tmp_path / "x").exists()


def test_an_edition_names_its_files(world: Path) -> None:
    trees = choose_trees(world)
    with stage(trees), pytest.raises(AtlasError, match=r"no layers/delta/provenance"):
        publish(trees, region="delta")
    assert read(world) == in_place(BEFORE)


@pytest.mark.parametrize(
    "files",
    [
        '{"files": ["layers/../../outside.txt"]}',
        '{"files": ["outside.txt"]}',
        '{"files": ["/layers/outside.txt"]}',
        '{"files": ["layers/.edition/lock"]}',
        '{"files": [3]}',
        '{"files": 3}',
        '{"archives": []}',
        "[]",
        "not JSON",
        "\xff",
    ],
)
def test_a_wrong_list_of_files_removes_nothing(world: Path, files: str) -> None:
    (world / "layers/built/delta/provenance.json").write_text(files, encoding="latin-1")
    (world / "outside.txt").write_text("mine", encoding="utf-8")
    before = {path: path.read_bytes() for path in world.rglob("*") if path.is_file()}
    with pytest.raises(AtlasError, match=r"provenance\.json: files = .*; .*expected; move"):
        publish_after(world)
    assert {path: path.read_bytes() for path in world.rglob("*") if path.is_file()} == before


def test_folders_and_files_of_the_user_in_the_way_are_all_named(tmp_path: Path) -> None:
    files = {
        "layers/built/delta.gpkg/mine.txt": "mine",
        "layers/built/delta": "mine",
        "maps/built/delta.html/mine.txt": "mine",
    }
    write(tmp_path, files)
    with pytest.raises(AtlasError) as caught:
        publish_after(tmp_path)
    assert read(tmp_path) == files
    assert {line.partition(": ")[0] for line in str(caught.value).splitlines()} == {
        f"{tmp_path}/layers/built/delta.gpkg",
        f"{tmp_path}/layers/built/delta",
        f"{tmp_path}/maps/built/delta.html",
    }


def killed(work: str, folder: Path, prepared: Path) -> list[Path]:
    """Let `work` be killed before each of its steps; give the folders as they were left."""
    folder.mkdir()
    program = [sys.executable, str(HERE / "interrupted.py"), work, str(folder), str(prepared)]
    result = subprocess.run(program, check=True, capture_output=True, text=True)
    return [folder / str(step) for step in range(int(result.stdout) + 1)]


def recovered(folder: Path) -> dict[str, str | None]:
    with stage(choose_trees(folder)):
        return {name: text for name, text in read(folder).items() if "/.edition/" not in name}


def test_killed_at_any_step_one_edition_is_whole(tmp_path: Path) -> None:
    prepared = tmp_path / "prepared"
    write(prepared / "world", in_place(BEFORE))
    write(prepared / "edition", with_provenance(AFTER))
    tries = killed("publish", tmp_path / "publish", prepared)
    in_between = [
        folder for folder in tries if (folder / "layers/built/.edition/journal.json").exists()
    ]
    halves = [read(folder) for folder in in_between]
    editions = [recovered(folder) for folder in tries]

    # Some tries were killed between two files, so there was something to restore.
    assert any(not in_place(BEFORE).items() <= half.items() for half in halves)
    published = editions.index(in_place(AFTER))
    assert 0 < len(in_between) < published < len(tries) - 1
    assert editions[:published] == [in_place(BEFORE)] * published
    assert editions[published:] == [in_place(AFTER)] * (len(tries) - published)
    assert all(recovered(folder) == read(folder) for folder in tries)


def test_killed_while_restoring_the_next_start_restores(tmp_path: Path) -> None:
    prepared = tmp_path / "prepared"
    write(prepared / "world", in_place(BEFORE))
    write(prepared / "edition", with_provenance(AFTER))
    tries = killed("publish", tmp_path / "publish", prepared)
    last = [folder for folder in tries if (folder / "layers/built/.edition/journal.json").exists()][
        -1
    ]
    assert in_place(AFTER).items() <= read(last).items()

    shutil.rmtree(prepared / "world")
    shutil.copytree(last, prepared / "world")
    again = killed("recover", tmp_path / "recover", prepared)
    assert len(again) > len(in_place(AFTER)) - len(FOREIGN)
    assert [recovered(folder) for folder in again] == [in_place(BEFORE)] * len(again)


def fail_from(monkeypatch: pytest.MonkeyPatch, first: int, last: int, error: BaseException) -> None:
    """Let the moves `first` to `last` of the files fail; the journal's own is number 0."""
    replace, count = Path.replace, iter(range(1000))

    def move(path: Path, target: Path) -> Path:
        if first <= next(count) <= last:
            raise error
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", move)


# The journal, 6 new files, 4 of which replace one, and 2 that go: 1 + 6 + 4 + 2 moves.
@pytest.mark.parametrize("step", range(13))
@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()], ids=repr
)
def test_a_failing_move_leaves_the_previous_edition(
    world: Path, monkeypatch: pytest.MonkeyPatch, step: int, error: BaseException
) -> None:
    fail_from(monkeypatch, step, step, error)
    expected = AtlasError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected) as caught:
        publish_after(world)
    assert read(world) == in_place(BEFORE)
    if expected is AtlasError:
        assert "No space left on device" in str(caught.value)
        assert "the previous edition is unchanged" in str(caught.value)


def test_no_move_fails_after_the_last(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_from(monkeypatch, 13, 13, OSError(errno.ENOSPC, "No space left on device"))
    publish_after(world)
    assert read(world) == in_place(AFTER)


def test_a_disk_that_fails_for_good_is_restored_at_the_next_start(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        fail_from(patch, 8, 1000, OSError(errno.EIO, "Input/output error"))
        with pytest.raises(AtlasError, match="the next build restores the previous edition"):
            publish_after(world)
    assert not in_place(BEFORE).items() <= read(world).items()
    assert recovered(world) == in_place(BEFORE)


def test_a_full_disk_is_an_error_of_the_atlas(world: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, hard))
    try:
        with (
            pytest.raises(AtlasError, match=r"cannot be written \(File too large\); .* expected; "),
            stage(choose_trees(world)) as staging,
        ):
            (staging.layers / "delta.gpkg").write_bytes(bytes(2**21))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert read(world) == in_place(BEFORE)


def test_other_errors_pass_as_they_are(world: Path) -> None:
    with pytest.raises(FileNotFoundError), stage(choose_trees(world)):
        (world / "absent").read_text(encoding="utf-8")
    assert read(world) == in_place(BEFORE)


@pytest.mark.parametrize("locked", ["layers/built", "maps/built", "layers/built/delta"])
def test_a_read_only_folder_is_an_error_of_the_atlas(common: Path, locked: str) -> None:
    (common / locked).chmod(0o555)
    with pytest.raises(AtlasError, match=r"cannot be written \(Permission denied\); .* expected; "):
        publish_after(common)
    assert read(common) == in_place(BEFORE)
    (common / locked).chmod(0o755)


def test_a_file_in_the_place_of_a_tree_is_an_error_of_the_atlas(tmp_path: Path) -> None:
    write(tmp_path, {"out/layers": "a file"})
    with pytest.raises(AtlasError, match=r"out/layers.*cannot be written"):
        publish_after_out(tmp_path / "out")
    assert read(tmp_path) == {"out/layers": "a file"}


def publish_after_out(out: Path) -> None:
    trees = choose_trees(Path(), out)
    with stage(trees):
        publish(trees, region="delta")


@pytest.mark.parametrize(
    "mark", ["delta.gpkg-wal", "delta.gpkg-journal", ".~lock.delta.gpkg#", "~$delta.gpkg"]
)
def test_a_file_open_in_another_program_is_an_error_of_the_atlas(world: Path, mark: str) -> None:
    beside = world / "layers" / "built" / mark
    beside.write_bytes(b"")
    with pytest.raises(AtlasError, match=r"delta\.gpkg: open in another program .*; close it"):
        publish_after(world)
    beside.unlink()
    assert read(world) == in_place(BEFORE)
    publish_after(world)
    assert read(world) == in_place(AFTER)


def test_a_geopackage_that_is_being_read_stays_as_it_is(built: Path, tmp_path: Path) -> None:
    """QGIS reads in this way, also where it only looks."""
    folder = tmp_path / "edition"
    shutil.copytree(built, folder)
    previous = read_bytes(folder)
    package = folder / "layers" / "zuid-holland.gpkg"
    reader = sqlite3.connect(package)
    reader.execute("PRAGMA journal_mode = WAL")
    reader.execute("SELECT count(*) FROM zones").fetchone()
    assert run_build(folder) == 1
    reader.execute("PRAGMA journal_mode = DELETE")
    reader.close()
    after = read_bytes(folder)
    # Only the mark of the way it is read has been set, and set back.
    changed = [name for name in previous if previous[name] != after[name]]
    assert changed in ([], ["layers/zuid-holland.gpkg"])
    assert previous.keys() == after.keys()
    assert run_build(folder) == 0


def test_a_second_build_in_the_same_folder_is_refused(world: Path) -> None:
    trees = choose_trees(world)
    with stage(trees) as staging:
        write_edition(staging)
        with pytest.raises(AtlasError, match=r"another build is writing here; .*; wait"):
            publish_after(world)
        publish(trees, region="delta")
    assert read(world) == in_place(AFTER)


def test_a_link_is_replaced_and_what_it_points_to_stays(world: Path) -> None:
    (world / "maps/built/delta.html").replace(world / "elsewhere.html")
    (world / "maps/built/delta.html").symlink_to(world / "elsewhere.html")
    publish_after(world)
    assert read(world) == {**in_place(AFTER), "elsewhere.html": "page 1"}
    assert not (world / "maps/built/delta.html").is_symlink()


# The same of the whole program, on the real region.

BUILD = "import sys; from atlas.cli import main; main(sys.argv[1:])"
KILL = """
import os, signal, sys
moves = 0
def strike(event, args):
    global moves
    if event == "os.rename" and ".edition" in str(args[0]):
        moves += 1
        if moves == 4:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(strike)
"""


def run_build(folder: Path, *, before: str = "", **surroundings: str) -> int:
    """Build the region in a process of its own, started in another folder."""
    program = [sys.executable, "-c", before + BUILD, "build", "--quiet", "--out", str(folder)]
    result = subprocess.run(
        program,
        env={**os.environ, **surroundings},
        cwd=folder.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in result.stderr
    return result.returncode


def read_bytes(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_provenance_names_every_file_of_the_build(built: Path) -> None:
    provenance = json.loads((built / "layers/zuid-holland/provenance.json").read_text("utf-8"))
    assert provenance["files"] == sorted(read_bytes(built))


def test_two_builds_give_the_same_bytes(built: Path, tmp_path: Path) -> None:
    surroundings = {"PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    assert run_build(tmp_path / "again", **surroundings) == 0
    first, second = read_bytes(built), read_bytes(tmp_path / "again")
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_a_build_killed_half_way_leaves_the_previous_edition(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "edition"
    shutil.copytree(built, folder)
    for path in (folder / "maps").rglob("*.html"):
        path.write_bytes(path.read_bytes() + b"<!-- the previous edition -->")
    previous = read_bytes(folder)
    assert run_build(folder, before=KILL) == -signal.SIGKILL
    assert read_bytes(folder) != previous
    with stage(choose_trees(tmp_path, folder)):
        pass
    assert read_bytes(folder) == previous
