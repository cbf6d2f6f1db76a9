"""The parts of a claim: what each of the items that pytest makes of it stands for.

pytest loads this module always, so it imports nothing heavy.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from ..measuring.verification import Case, Role
    from ..terms.declaration import Claim


@dataclass(frozen=True)
class Stage:
    """Which part of a claim an item stands for.

    Attributes:
        kind: a rung of the ladder, the control or the verdict.
        rung: the rung, for the first kind.
    """

    kind: Literal["rung", "control", "verdict"]
    rung: float = 0

    def named(self, rung_name: str) -> str:
        """Its id: of letters, digits and dots, which every way to select items takes.

        `-k` knows no "=", and what is not ASCII has another name in an id than in code.

        Args:
            rung_name: what the claim calls its rungs.
        """
        if self.kind != "rung":
            return self.kind
        return f"{rung_name if rung_name.isascii() else 'rung'}{self.rung:g}"


@dataclass(frozen=True)
class Part:
    """An item that belongs to a claim.

    Attributes:
        item: the item.
        claim: the claim.
        stage: which part of it.
    """

    item: pytest.Function
    claim: Claim
    stage: Stage

    @classmethod
    def of(cls, item: pytest.Item) -> Part | None:
        """The part of a claim that an item stands for, or None."""
        if not isinstance(item, pytest.Function):
            return None
        claim = claim_in(item.function)
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        stage = None if claim is None else parameters.get(claim.rung_name)
        return cls(item, claim, stage) if claim and isinstance(stage, Stage) else None

    @property
    def variant(self) -> str:
        """The id of the claim's own parameters, without the stage's."""
        stage_id = self.stage.named(self.claim.rung_name)
        return self.item.callspec.id.removesuffix(stage_id).removesuffix("-")

    @property
    def roles(self) -> tuple[Role, ...]:
        """What this item settles."""
        if self.stage.kind == "rung":
            return ()
        return ("control",) if self.stage.kind == "control" else ("claim", "control")

    def case(self) -> Case:
        """The case it belongs to, once its fixtures are there."""
        from ..measuring.verification import Case

        supplied = self.item.funcargs
        wanted = set(inspect.signature(self.claim.measure).parameters)
        wanted -= {self.claim.rung_name, "seeds", *dict(self.claim.tied)}
        identifier = f"{self.variant}-verdict" if self.variant else "verdict"
        return Case(
            claim=self.claim,
            variant=self.variant,
            arguments={name: supplied[name] for name in wanted if name in supplied},
            topic=self.item.path.parent.name,
            nodeid=f"{self.item.nodeid.partition('[')[0]}[{identifier}]",
        )


def claim_in(function: object) -> Claim | None:
    """The claim that a test function was declared to be, or None; cheap for all others."""
    if not hasattr(function, "__widthwise_claim__"):
        return None
    from ..terms.declaration import claim_of

    return claim_of(function)
