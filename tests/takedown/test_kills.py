"""A takedown that is killed at any step is finished by giving it again."""

import os
import shutil
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from pipeline.settings import Settings
from pipeline.takedown import Wanted
from tests.takedown import homes
from tests.takedown.homes import ARTICLE, TELLING, take_down, telling

IT = Wanted(articles=[ARTICLE])


def killed_at(step: int, work: Callable[[], Any]) -> int:
    """Run `work` in a fork which kills itself at its call number `step` of os that changes the disk."""
    child = os.fork()
    if child == 0:
        left = [step]

        def wrapped(call: Any) -> Any:
            def once(*args: Any, **kwargs: Any) -> Any:
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left[0] -= 1
                return call(*args, **kwargs)

            return once

        for name in ("replace", "fsync", "unlink", "mkdir"):
            mock.patch.object(os, name, wrapped(getattr(os, name))).start()
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


APART = ("locks/", "commits/duplicates/")
"""What no two homes have the same: the latter note which files were read, by inode and time."""


def kills(small: Settings, tmp_path: Path, stride: int) -> int:
    """Kill takedowns at every so many step, give each again, compare with a whole one; return the count of steps."""
    whole = homes.copied(small, tmp_path / "whole")
    take_down(whole, IT)
    expected = {name: data for name, data in homes.files(whole).items() if not name.startswith(APART)}
    step = 0
    while True:
        settings = homes.copied(small, tmp_path / "killed")
        status = killed_at(step, partial(take_down, settings, IT))
        if status == 0:
            return step
        assert status == -signal.SIGKILL
        take_down(settings, IT)
        found = {name: data for name, data in homes.files(settings).items() if not name.startswith(APART)}
        left = {name for name in found if ".tmp" not in name}
        assert left == expected.keys(), f"killed at step {step}"
        assert [name for name in left if found[name] != expected[name]] == [], f"killed at step {step}"
        assert telling(settings, TELLING) == [], f"killed at step {step}"
        shutil.rmtree(settings.home)
        step += stride


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_kill_at_many_steps_of_a_takedown_is_mended_by_giving_it_again(small: Settings, tmp_path: Path) -> None:
    assert kills(small, tmp_path, stride=7) > 80
