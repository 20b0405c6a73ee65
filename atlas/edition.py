"""Publishing an edition: two trees of files, put in place together or not at all.

An edition is made in a work folder inside each tree, `.edition/new`.  Publishing moves the files
it replaces to `.edition/old` and its own into place, under one journal in the layers' tree.  As
long as the journal is there the previous edition counts and `recover` brings it back; the edition
is published at the moment the journal is removed.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from atlas.errors import AtlasError, problem, raise_problems
from atlas.obstacles import obstacles

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.platform != "win32":
    import fcntl

_WORK = ".edition"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


@dataclass(frozen=True)
class Trees:
    """The two folders that an edition fills."""

    layers: Path
    maps: Path


@dataclass(frozen=True)
class _Move:
    """What happens to one file, named as in provenance.json: `layers/…` or `maps/…`."""

    name: str
    old: bool  # the previous edition's file is moved aside
    new: bool  # this edition's file is moved into place


def choose_trees(folder: Path, out: Path | None = None) -> Trees:
    """Tell where the files of a build go.

    Parameters
    ----------
    folder : Path
        The working folder: `layers/built` and `maps/built` in it.
    out : Path, optional
        The folder asked for instead: `layers` and `maps` in it.
    """
    if out is None:
        return Trees(layers=folder / "layers" / "built", maps=folder / "maps" / "built")
    return Trees(layers=out / "layers", maps=out / "maps")


@contextlib.contextmanager
def stage(targets: Trees, *, region: str | None = None) -> Iterator[Trees]:
    """Give two empty folders to make an edition in, after restoring an interrupted one.

    Other builds in the same trees are kept out until the end.  Whatever is not published by then
    is removed, and so are the folders made here that stay empty.  What stands in the way of the
    files of `region` that are there is told at once, and not after all has been made.

    Raises
    ------
    AtlasError
        Another build is running here, the trees cannot be written, or a file of the edition that
        is to be replaced is open elsewhere.
    """
    made = [folder for tree in (targets.layers, targets.maps) for folder in _missing(tree)]
    staging = _beside(targets, "new")
    try:
        with contextlib.ExitStack() as stack:
            with _writing(targets):
                stack.enter_context(_locked(targets.layers))
                stack.callback(_discard, targets)
                recover(targets)
                names = [] if region is None else _previous_names(targets, region)
                raise_problems(obstacles([_place(targets, n) for n in names], []), AtlasError)
                staging.layers.mkdir(parents=True)
                staging.maps.mkdir(parents=True)
            try:
                yield staging
            except OSError as error:
                if error.errno in _NO_ROOM:
                    raise _unwritable(targets, error) from error
                raise
    finally:
        _remove_empty(made)


def publish(targets: Trees, *, region: str | None) -> list[Path]:
    """Put everything that was staged in place of the previous edition of `region`.

    Files of the previous edition (`files` in its provenance.json) that the new one lacks are
    removed; nothing else in the trees is touched.  Interrupted at any moment, either the previous
    edition stands or `recover` restores it.  Without a region the files are put beside the edition
    that is there, in place of those of their own names.

    Returns
    -------
    list of Path
        The files of the edition where they now are, sorted by name.

    Raises
    ------
    AtlasError
        A file cannot be put in place; the previous edition stands.
    """
    staging = _beside(targets, "new")
    names = _names(staging)
    provenance = None if region is None else _provenance(region)
    if provenance is not None and provenance not in names:
        raise AtlasError(
            problem(
                f"{targets.layers}",
                f"the new edition has no {provenance}",
                "the list of its files is expected there, for the next edition to replace",
                "write it before publishing",
            )
        )
    moves = _plan(names, targets, region)
    with _writing(targets):
        for name in names:
            _sync(_place(staging, name))
        try:
            _write_journal(targets, moves)
            for move in moves:
                _carry_out(move, targets)
            _remove_empty(_folders(targets, [move.name for move in moves if not move.new]))
            _journal(targets).unlink()
        except BaseException:
            _roll_back(targets)
            raise
        _sync(_journal(targets).parent)
    return [_place(targets, name) for name in names]


def recover(targets: Trees) -> None:
    """Restore the previous edition where publishing was interrupted, and clear what is left over.

    To be called by whoever holds the trees, as `stage` does.  May itself be interrupted and
    called again.
    """
    _roll_back(targets)
    _clear(targets)


def _plan(names: list[str], targets: Trees, region: str | None) -> list[_Move]:
    """List what is replaced, added and removed; refuse what is not a file to replace."""
    places = [_place(targets, name) for name in names]
    raise_problems(obstacles(places, _folders(targets, names)), AtlasError)
    stale = [
        name
        for name in ([] if region is None else _previous_names(targets, region))
        if name not in names
        and (_place(targets, name).is_file() or _place(targets, name).is_symlink())
    ]
    replaced = {name: os.path.lexists(_place(targets, name)) for name in names}
    return [_Move(name, old=old, new=True) for name, old in replaced.items()] + [
        _Move(name, old=True, new=False) for name in stale
    ]


def _previous_names(targets: Trees, region: str) -> list[str]:
    """Read which files the edition in place consists of; none where there is no edition."""
    path = _place(targets, _provenance(region))
    if not path.is_file():
        return []
    try:
        names = json.loads(path.read_text(encoding="utf-8"))["files"]
        wrong = [name for name in names if not _is_name(name)]
    except (OSError, ValueError, KeyError, TypeError):
        wrong, names = ["no readable list"], []
    if wrong:
        raise AtlasError(
            problem(
                f"{path}",
                f"files = {wrong[0]!r}",
                "the names of the previous edition's files, in layers/ and maps/, are expected",
                f"move the files of {region} elsewhere and build again",
            )
        )
    return sorted(names)


def _is_name(name: object) -> bool:
    """Tell whether `name` is a file inside one of the two trees, and only there."""
    if not isinstance(name, str):
        return False
    parts = PurePosixPath(name).parts
    return len(parts) > 1 and parts[0] in {"layers", "maps"} and not {"..", _WORK} & set(parts)


def _carry_out(move: _Move, targets: Trees) -> None:
    target = _place(targets, move.name)
    if move.old:
        aside = _place(_beside(targets, "old"), move.name)
        aside.parent.mkdir(parents=True, exist_ok=True)
        target.replace(aside)
    if move.new:
        target.parent.mkdir(parents=True, exist_ok=True)
        _place(_beside(targets, "new"), move.name).replace(target)


def _roll_back(targets: Trees) -> None:
    """Undo the moves of the journal, done or not yet done; without a journal there are none.

    Where the old file is no longer aside it never was, or is back already: each step may be
    repeated.
    """
    journal = _journal(targets)
    if not journal.exists():
        return
    staging, aside = _beside(targets, "new"), _beside(targets, "old")
    moves = [_Move(**move) for move in json.loads(journal.read_text(encoding="utf-8"))]
    for move in reversed(moves):
        target, old = _place(targets, move.name), _place(aside, move.name)
        if move.old:
            if os.path.lexists(old):
                target.parent.mkdir(parents=True, exist_ok=True)
                old.replace(target)
        elif not os.path.lexists(_place(staging, move.name)):
            target.unlink(missing_ok=True)
    _remove_empty(_folders(targets, [move.name for move in moves if not move.old]))
    journal.unlink()
    _sync(journal.parent)


def _write_journal(targets: Trees, moves: list[_Move]) -> None:
    """Write the journal so that it is there whole or not at all, after a power cut too."""
    draft = _beside(targets, "new").layers / "journal"
    draft.write_text(json.dumps([vars(move) for move in moves]), encoding="utf-8")
    _sync(draft)
    draft.replace(_journal(targets))
    _sync(_journal(targets).parent)


@contextlib.contextmanager
def _locked(tree: Path) -> Iterator[None]:
    """Keep other builds out of `tree`; the lock ends with the process, however that ends."""
    if sys.platform == "win32":
        yield
        return
    path = tree / _WORK / "lock"
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whoever had the lock removes file and folder: then this is not the lock any more.
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                raise AtlasError(
                    problem(
                        f"{tree}",
                        "another build is writing here",
                        "one build at a time is expected",
                        "wait until it is ready, or choose another folder with --out",
                    )
                ) from None
            if os.path.samestat(os.fstat(handle), path.stat()):
                break
            os.close(handle)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)
        _remove_empty([path.parent])


@contextlib.contextmanager
def _writing(targets: Trees) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unwritable(targets, error) from error


def _unwritable(targets: Trees, error: OSError) -> AtlasError:
    interrupted = _journal(targets).exists()
    return AtlasError(
        problem(
            f"{error.filename or targets.layers}",
            f"cannot be written ({error.strerror})",
            "a folder that may be written, with room for one more edition, is expected",
            "make it so, or choose another folder with --out; "
            + (
                "the next build restores the previous edition"
                if interrupted
                else "the previous edition is unchanged"
            ),
        )
    )


def _discard(targets: Trees) -> None:
    """Remove the work folders, except where a journal still needs them."""
    if not _journal(targets).exists():
        # What cannot be removed now is removed by the next `recover`.
        with contextlib.suppress(OSError):
            _clear(targets)


def _clear(targets: Trees) -> None:
    """Remove the work folders but for the lock."""
    for folder in (targets.maps / _WORK, targets.layers / _WORK):
        for leftover in ("new", "old"):
            if (folder / leftover).exists():
                shutil.rmtree(folder / leftover)
        _remove_empty([folder])


def _beside(targets: Trees, part: str) -> Trees:
    return Trees(layers=targets.layers / _WORK / part, maps=targets.maps / _WORK / part)


def _journal(targets: Trees) -> Path:
    return targets.layers / _WORK / "journal.json"


def _provenance(region: str) -> str:
    return f"layers/{region}/provenance.json"


def _place(trees: Trees, name: str) -> Path:
    tree, _, path = name.partition("/")
    return {"layers": trees.layers, "maps": trees.maps}[tree] / path


def _names(trees: Trees) -> list[str]:
    return sorted(
        f"{tree}/{path.relative_to(folder).as_posix()}"
        for tree, folder in (("layers", trees.layers), ("maps", trees.maps))
        for path in folder.rglob("*")
        if not path.is_dir()
    )


def _folders(trees: Trees, names: list[str]) -> list[Path]:
    """List the folders inside the trees that these files stand in."""
    return [
        _place(trees, folder.as_posix())
        for name in names
        for folder in PurePosixPath(name).parents
        if len(folder.parts) > 1
    ]


def _missing(tree: Path) -> list[Path]:
    return [folder for folder in (tree, *tree.parents) if not folder.exists()]


def _remove_empty(folders: list[Path]) -> None:
    """Remove those of the folders that are empty, inner ones first."""
    for folder in sorted(set(folders), key=lambda path: len(path.parts), reverse=True):
        with contextlib.suppress(OSError):
            folder.rmdir()


def _sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    if sys.platform == "win32" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
