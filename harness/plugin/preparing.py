"""Preparing: what fixtures supply to each case, known before the first item runs.

pytest makes fixture values for one item at a time, just before it runs. An engine
needs those of all cases at once, so one item of each case is set up and torn down
ahead of the run, through pytest's own hooks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TypeVar

import pytest

Prepared = TypeVar("Prepared")

_FAILURES = (Exception, pytest.skip.Exception, pytest.fail.Exception)


def prepared(
    items: Sequence[pytest.Function],
    following: pytest.Item,
    read: Callable[[pytest.Function], Prepared],
) -> list[Prepared | None]:
    """What `read` makes of each item while it is set up; None where its setup fails or skips.

    A failure is not reported here: the same happens again, and is reported, when the item runs.

    Args:
        items: in the order in which they are set up.
        following: the item that runs next; what it shares with these is not torn down.
        read: called with the item while its fixtures are there.
    """
    found = []
    for item, after in zip(items, [*items[1:], following], strict=True):
        try:
            item.ihook.pytest_runtest_setup(item=item)
            found.append(read(item))
        except _FAILURES:
            found.append(None)
        with contextlib.suppress(*_FAILURES):
            item.ihook.pytest_runtest_teardown(item=item, nextitem=after)
        item._initrequest()  # as those plugins do that run an item again
    return found
