"""What every test shares: the examples hypothesis tries, the closed network, one real build."""

from __future__ import annotations

import shutil
import socket
from typing import TYPE_CHECKING, NoReturn

import pytest
from click.testing import CliRunner
from hypothesis import settings
from world import copy_world, write_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route

    from atlas import Atlas

# Every run tries the same examples, so that a red test is due to the change that shows it.
# `pytest --hypothesis-profile=weekly` looks for new ones and prints how to repeat a failure.
# No deadline: how long an example takes says more about the machine than about the code.
settings.register_profile("default", max_examples=50, derandomize=True, deadline=None)
settings.register_profile("weekly", max_examples=1000, deadline=None, print_blob=True)
settings.load_profile("default")

REGION = "zuid-holland"

# Without these Chromium looks for its maker's hosts at every start.
QUIET_CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(autouse=True)
def _closed_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every look-up and connection; a browser test closes its network in the browser."""
    if request.node.get_closest_marker("browser"):
        return

    def refuse(*address: object, **_options: object) -> NoReturn:
        pytest.fail(f"network: a connection to {address}; none is expected; read from data/geo")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with `layers` and `maps` as `atlas build --out` leaves them."""
    from atlas.cli import main  # noqa: PLC0415 - most tests do without the whole program

    folder: Path = tmp_path_factory.mktemp("built")
    result = CliRunner().invoke(main, ["build", REGION, "--out", str(folder), "--quiet"])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="session")
def region() -> Atlas:
    """Give the region in memory; to be read only, since all tests share it."""
    import atlas  # noqa: PLC0415 - most tests do without the whole program

    return atlas.build(REGION)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give a Chromium: the machine's own, else Playwright's; `make test` sees to one of them."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only for browser tests

    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET_CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture
def page(built: Path, browser: Browser) -> Iterator[Page]:
    """Open the page of the region from disk: not a request, not a word of the console, no error."""
    loud: list[str] = []

    def refuse(route: Route) -> None:
        # A picture is drawn through an address of the page's own.
        if route.request.url.startswith(("file:", "blob:")):
            route.continue_()
        else:
            loud.append(f"request {route.request.url}")
            route.abort()

    opened = browser.new_page(viewport={"width": 1366, "height": 768})
    opened.on("console", lambda message: loud.append(f"console {message.text}"))
    opened.on("pageerror", lambda error: loud.append(f"error {error}"))
    opened.route("**/*", refuse)
    opened.goto((built / "maps" / "zuid-holland.html").as_uri())
    opened.wait_for_function("document.querySelectorAll('path.zones[aria-label]').length === 61")
    opened.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))"
    )
    yield opened
    opened.close()
    assert loud == []


@pytest.fixture(scope="session")
def written_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the tiny world as a home folder; to be read only, since all tests share it."""
    return write_world(tmp_path_factory.mktemp("world"))


@pytest.fixture
def home(written_world: Path, tmp_path: Path) -> Path:
    """Give a copy of the tiny world that a test may spoil."""
    return copy_world(written_world, tmp_path / "home")


@pytest.fixture(scope="session")
def edition(written_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the world in which it has been built; to be read only."""
    from atlas.cli import main  # noqa: PLC0415 - as in `built`

    home = copy_world(written_world, tmp_path_factory.mktemp("edition") / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        result = CliRunner().invoke(main, ["build", "world"])
    assert result.exit_code == 0, result.output
    return home


@pytest.fixture
def spoilt(edition: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of that world to spoil, as the working folder."""
    home = copy_world(edition, tmp_path / "spoilt")
    monkeypatch.chdir(home)
    return home
