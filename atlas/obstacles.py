"""What stands in the way of an edition: folders, files, and programs that have its files open."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from atlas.errors import problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def obstacles(files: Iterable[Path], folders: Iterable[Path]) -> list[str]:
    """Say what stands in the way of files that are to be put in place, a line each.

    Parameters
    ----------
    files
        Where they are to stand, in place of others or of nothing.
    folders
        The folders that they need.
    """
    problems = []
    for path in files:
        if path.is_dir():
            problems.append(
                problem(
                    f"{path}",
                    "a folder has the name of a file of the edition",
                    "a file, or nothing, is expected",
                    "move the folder elsewhere",
                )
            )
        problems += _open_elsewhere(path)
    problems += [
        problem(
            f"{folder}",
            "a file has the name of a folder of the edition",
            "a folder, or nothing, is expected",
            "move the file elsewhere",
        )
        for folder in folders
        if os.path.lexists(folder) and not folder.is_dir()
    ]
    return problems


def _open_elsewhere(path: Path) -> list[str]:
    """Say which files beside `path` tell that another program has it open.

    Put in its place, a new GeoPackage would be read together with what QGIS still has to write of
    the old one, and an office program would save the old workbook over the new.
    """
    beside = [path.with_name(f"{path.name}{end}") for end in ("-wal", "-journal")]
    beside += [path.with_name(name) for name in (f".~lock.{path.name}#", f"~${path.name}")]
    return [
        problem(
            f"{path}",
            f"open in another program ({mark.name} stands beside it)",
            "a file that nothing else has open",
            "close it there; if that program was broken off, open and close it once more, or "
            f"remove {mark.name}",
        )
        for mark in beside
        if os.path.lexists(path) and os.path.lexists(mark)
    ]
