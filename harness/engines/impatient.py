"""Measuring without waiting for others: a store that says who is busy instead.

Several claims may look at the same measurement (`shared`), and whoever asks first takes
it. The others need not wait for that as long as there is anything else to measure.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from filelock import FileLock, Timeout

from ..measuring.shared import Shared
from ..measuring.store import Store
from .order import Order


class BusyError(BaseException):
    """Another process is measuring what is asked for.

    No `Exception`: a measurement that handles those must not take this for one of its own.
    """


@dataclass(frozen=True)
class ImpatientStore(Store):
    """A store that does not wait for a key that another process holds."""

    @contextlib.contextmanager
    def measuring(self, key: str) -> Iterator[None]:
        """Hold this key, as `Store` does.

        If another process takes it between the look at it and the hold, that one is waited for.

        Raises:
            BusyError: if another process holds it.
        """
        lock = self._entry(key).with_suffix(".lock")
        try:
            lock.parent.mkdir(exist_ok=True)
            with FileLock(lock, timeout=0):
                pass
        except Timeout:
            raise BusyError(key) from None
        except OSError:  # where no lock can be made, nobody is waited for
            pass
        with super().measuring(key):
            yield


def impatient(order: Order) -> Order:
    """The same order, for a worker that is not to wait for what others are measuring."""
    store = ImpatientStore(order.bench.store.path)
    arguments = {
        name: replace(value, store=ImpatientStore(value.store.path))
        if isinstance(value, Shared)
        else value
        for name, value in order.setting.arguments.items()
    }
    return replace(
        order,
        bench=replace(order.bench, store=store),
        setting=replace(order.setting, arguments=arguments),
    )
