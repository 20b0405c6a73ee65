"""Publish an edition in FOLDER/0, FOLDER/1 … and be killed one step later each time.

Run as `python interrupted.py publish|recover FOLDER PREPARED`: every try works in a copy of the
folder PREPARED and is killed (SIGKILL) just before its n-th change to the file system; the first
try that gets to its end is the last.  Prints how many were killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

from atlas.edition import choose_trees, publish, stage

CHANGES = {"open", "os.mkdir", "os.remove", "os.rename", "os.rmdir"}


def arm(step: int) -> None:
    """Kill this process just before its `step`-th change from now on."""
    left = step

    def strike(event: str, _args: object) -> None:
        nonlocal left
        if event not in CHANGES:
            return
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    sys.addaudithook(strike)


def wait_for_no_disk(_handle: int) -> None:
    """Stand in for fsync: what a killed process wrote is there, only a power cut takes it."""


def attempt(work: str, folder: Path, edition: Path, step: int) -> None:
    trees = choose_trees(folder)
    arm(step)
    with stage(trees) as staging:
        if work == "publish":
            shutil.copytree(edition / "layers", staging.layers, dirs_exist_ok=True)
            shutil.copytree(edition / "maps", staging.maps, dirs_exist_ok=True)
            publish(trees, region="delta")


def main(work: str, folder: Path, prepared: Path) -> None:
    os.fsync = wait_for_no_disk
    step = 0
    while True:
        world = folder / str(step)
        shutil.copytree(prepared / "world", world)
        child = os.fork()
        if child == 0:
            attempt(work, world, prepared / "edition", step)
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status == 0:
            break
        if status != -signal.SIGKILL:
            raise SystemExit(f"step {step}: ended with {status}")
        step += 1
    sys.stdout.write(f"{step}\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
