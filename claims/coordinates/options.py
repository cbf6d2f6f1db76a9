"""What the coordinate check takes on the command line, and the settings that come of it.

pytest loads this module always, so it imports nothing heavy.
"""

from __future__ import annotations

import importlib
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Any

import pytest

_FEWEST_RATES = 5  # that a lowest point is looked for among


def add_options(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("widthwise-coordinates", "the coordinate check of your own network")
    group.addoption(
        "--module",
        metavar="PACKAGE:MAKE",
        help="a function of the width that returns a torch.nn.Module; turns the check on",
    )
    group.addoption(
        "--batch",
        metavar="PACKAGE:BATCH",
        help="a function that returns inputs and targets (default: `batch` beside the module's)",
    )
    group.addoption(
        "--optimiser",
        metavar="sgd|adam|PACKAGE:MAKE",
        default="sgd",
        help="or a function of a module that returns a torch.optim optimiser (default: sgd)",
    )
    group.addoption(
        "--parametrization",
        metavar="NAME",
        help="one of widthwise.models, e.g. mup, mup_adam (default: the module's own)",
    )
    group.addoption(
        "--rate", type=_positive, default=0.1, help="of sgd and adam by name (default: 0.1)"
    )
    group.addoption("--steps", type=_count, default=4, help="of training (default: 4)")
    group.addoption(
        "--widths",
        type=_widths,
        default=(64, 128, 256, 512),
        metavar="N,N,N",
        help="at least three; the first is the base width (default: 64,128,256,512)",
    )
    group.addoption(
        "--networks",
        type=_count,
        default=64,
        help="at most, at every width: 16 first, then twice as many (default: 64)",
    )
    group.addoption(
        "--rates",
        type=_rates,
        metavar="LOW,HIGH",
        help="also look for the best learning rate between these, by factors of 2, and whether it "
        "depends on the width; multiples of your own optimiser's rates if --optimiser names it",
    )
    group.addoption(
        "--rate-steps",
        type=_count,
        default=20,
        help="how long to train at each of --rates (default: 20)",
    )


def settings(config: pytest.Config) -> dict[str, Any]:
    """What `coordinate_check` is to be called with.

    Raises:
        pytest.UsageError: An option that names what is not there.
    """

    def option(name: str) -> Any:
        return config.getoption(name)

    module = option("--module")
    make = named("--module", module)
    beside = f"{module.partition(':')[0]}:batch"
    x, y = named("--batch", option("--batch") or beside)()
    widths = option("--widths")
    given = {"x": x, "y": y, "widths": widths, "base_width": widths[0]}
    optimiser = option("--optimiser")
    if optimiser not in ("sgd", "adam"):
        optimiser = named("--optimiser", optimiser)
    return given | {
        "make": make,
        "optimiser": optimiser,
        "parametrization": _parametrization(option("--parametrization")),
        "rate": option("--rate"),
        "steps": option("--steps"),
        "seeds": option("--networks"),
    }


def transfer_settings(config: pytest.Config) -> dict[str, Any]:
    """What `rate_transfer` is to be called with.

    Raises:
        pytest.UsageError: As for `settings`.
    """
    given = settings(config)
    del given["rate"]
    return given | {"rates": config.getoption("--rates"), "steps": config.getoption("--rate-steps")}


def named(option: str, place: str) -> Callable[..., Any]:
    """What stands in a module under a name, both given as PACKAGE:NAME.

    Raises:
        pytest.UsageError: It is not there, or cannot be called.
    """
    module, _, name = place.partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")  # as `python -m` does: what lies where pytest was started
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise pytest.UsageError(
            f"{option}: {place!r} cannot be loaded ({error}); give PACKAGE:NAME, where "
            f"`from PACKAGE import NAME` works"
        ) from None
    if not callable(found):
        raise pytest.UsageError(f"{option}: {place!r} is a {type(found).__name__}, no function")
    return found


def _parametrization(name: str | None) -> Any:
    if name is None:
        return None
    import widthwise.models as models

    known = [n for n in models.__all__ if isinstance(getattr(models, n), models.Parametrization)]
    if name not in known:
        raise pytest.UsageError(f"--parametrization: {name!r} is none of {', '.join(known)}")
    return getattr(models, name)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return int(text)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise ArgumentTypeError(f"must be a positive number, got {text!r}")
    return number


def _rates(text: str) -> tuple[float, ...]:
    low, high = map(_positive, text.split(",")) if text.count(",") == 1 else (1.0, 1.0)
    rates = [low]
    while rates[-1] * 2 <= high * (1 + 1e-9):
        rates.append(rates[-1] * 2)
    if len(rates) < _FEWEST_RATES:
        raise ArgumentTypeError(
            f"must be the smallest and the largest rate, a factor of {2 ** (_FEWEST_RATES - 1)} "
            f"apart at least, such as 0.001,1, got {text!r}"
        )
    return tuple(rates)


def _widths(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise ArgumentTypeError(f"must be widths such as 64,128,256, got {text!r}")
    return tuple(map(int, parts))
