"""What becomes of claims between their collection and the first item that runs.

Claims that cannot be measured as they stand are refused by name, those that the effort
cannot settle are set aside with the reason, and what the rest will ask for is planned.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .parts import Part, claim_in

if TYPE_CHECKING:
    from ..measuring.progress import Progress, Task
    from ..measuring.verification import Verification
    from ..terms.declaration import Claim
    from .progress_line import ProgressLine
    from .shared_progress import Dispatch

WATCHER: pytest.StashKey[ProgressLine | Dispatch] = pytest.StashKey()
"""Who is told what this process measures."""


def misplaced(item: pytest.Item) -> str | None:
    """Why a claim cannot be measured where it stands, or None; None for all that are no claims."""
    if not isinstance(item, pytest.Function):
        return None
    claim, owner = claim_in(item.function), item.cls
    if claim is None or owner is None or not is_method(owner, item.originalname or item.name):
        return None
    return (
        f"claim {claim.name!r} is a method of the class {owner.__name__}; write it as a "
        "function of its module: pytest gives a claim its widths and seeds, and no self"
    )


def is_method(owner: type | None, name: str) -> bool:
    """Whether a class has a function under this name that is called with an instance."""
    if owner is None:
        return False
    return not isinstance(inspect.getattr_static(owner, name, None), staticmethod)


def refuse_namesakes(parts: Sequence[Part]) -> None:
    """Refuse two claims of one name, naming both.

    Raises:
        pytest.UsageError: if there are any.
    """
    homes: dict[str, set[str]] = {}
    for part in parts:
        homes.setdefault(part.claim.name, set()).add(part.item.nodeid.partition("[")[0])
    for name, places in homes.items():
        if len(places) > 1:
            raise pytest.UsageError(
                f"two claims are named {name!r}: {' and '.join(sorted(places))}; a name stands for "
                "one claim in evidence and seeds, so rename one"
            )


def unsettled_claims(claims: dict[str, Claim], config: pytest.Config) -> dict[str, str]:
    """Why the chosen effort cannot settle these claims, by the names of those it cannot.

    Raises:
        pytest.UsageError: if no effort can settle one, or a prediction fails to tell.
    """
    from ..measuring.verification import unsettled
    from ..terms.declaration import ClaimError

    reasons = {}
    for name, claim in claims.items():
        try:
            reasons[name] = unsettled(claim, effort_of(config))
        except ClaimError as error:
            raise pytest.UsageError(str(error)) from None
        except Exception as error:  # of a prediction or a ladder that is not ours
            problem = f"{type(error).__name__}: {error}"
            raise pytest.UsageError(
                f"claim {name!r}: its prediction cannot say whether its ladder will do: {problem}"
            ) from error
    return {name: reason for name, reason in reasons.items() if reason is not None}


def verification_of(config: pytest.Config, parts: Sequence[Part]) -> Verification:
    """What the claims of this run share, with all that they are known to ask for planned."""
    from ..measuring.digest import read_code
    from ..measuring.measuring import Bench
    from ..measuring.verification import Verification

    for claim in {part.claim.name: part.claim for part in parts}.values():
        for measure in filter(None, (claim.measure, claim.control.measure)):
            read_code(measure)
    watcher = _watcher(config, [task for part in parts for task in _tasks(part)])
    config.stash[WATCHER] = watcher
    bench = Bench(
        store=open_store(config),
        device=config.hook.pytest_widthwise_device(config=config) or "unspecified",
        master_seed=config.option.master_seed,
        watcher=watcher,
    )
    return Verification(effort_of(config), bench, config.rootpath)


def effort_of(config: pytest.Config) -> Any:
    """The effort that `--effort` names."""
    from ..terms.ladder import EFFORTS

    return EFFORTS[config.option.effort]


def open_store(config: pytest.Config) -> Any:
    """The store that `--store` names, or the one in pytest's rootdir.

    Raises:
        pytest.UsageError: if it cannot be written to.
    """
    from ..measuring.store import Store, StoreError

    directory: Path | None = config.option.store
    try:
        return Store.at(directory or config.rootpath / ".widthwise")
    except StoreError as error:
        raise pytest.UsageError(str(error)) from None


def progress_of(config: pytest.Config) -> Progress:
    """Progress that knows what batches took in earlier runs: here, or where claims come from."""
    from ..measuring.costs import FILE, read_costs
    from ..measuring.progress import Progress

    elsewhere = config.hook.pytest_widthwise_costs(config=config)
    known = {label: at for costs in reversed(elsewhere) for label, at in costs.items()}
    return Progress(earlier={**known, **read_costs(open_store(config).path / FILE)})


def _watcher(config: pytest.Config, tasks: Sequence[Task]) -> ProgressLine | Dispatch:
    from .progress_line import ProgressLine
    from .shared_progress import Dispatch

    if hasattr(config, "workerinput"):
        dispatch = Dispatch()
        dispatch.plan(tasks)
        return dispatch
    progress = progress_of(config)
    progress.plan(tasks)
    return ProgressLine(progress, config)


def _tasks(part: Part) -> Iterator[tuple[str, float, int]]:
    from ..measuring.verification import first_tasks, label

    if part.stage.kind == "rung":
        yield label(part.claim.name, part.variant, "claim"), part.stage.rung, 0
    for role in part.roles:
        yield from first_tasks(part.claim, part.variant, role, effort_of(part.item.config))
