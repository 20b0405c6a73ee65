"""Ways to spoil the tiny world, and what the command says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import world
from click.testing import CliRunner, Result

from atlas.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Spoil = Callable[[Path], None]


def files(home: Path) -> dict[str, bytes]:
    """Read the files of the edition that stands in a home folder."""
    paths = [*(home / "layers/built").rglob("*"), *(home / "maps/built").rglob("*")]
    return {str(path): path.read_bytes() for path in paths if path.is_file()}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def lines_of(result: Result) -> list[str]:
    """Return the lines of a failure, which is no traceback and writes nothing to stdout."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    return result.stderr.splitlines()


def change(name: str, old: str, new: str) -> Spoil:
    """Replace a text of a file, wherever it stands in it."""
    return lambda home: world.change(home, name, old, new)


def rewrite(name: str, make: Callable[[bytes], bytes]) -> Spoil:
    """Make a file anew from what it holds."""

    def spoil(home: Path) -> None:
        path = home / name
        path.write_bytes(make(path.read_bytes()))
        world.sign(home)

    return spoil


def add_rows(name: str, *rows: str) -> Spoil:
    """Put rows below a table."""
    more = "".join(f"{row}\n" for row in rows)
    return rewrite(name, lambda text: text + more.encode())


def repeat(name: str, line: int) -> Spoil:
    """Let a line of a table stand in it once more, at its end."""
    return rewrite(name, lambda text: text + text.splitlines(keepends=True)[line - 1])
