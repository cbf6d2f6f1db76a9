"""How a claim is judged: claims, predictions, verdicts, sampling, the pytest plugin.

What a claim file needs is importable from here. The names are resolved on first
use, because pytest loads the plugin in this package in every one of its runs,
and most of them judge no claim.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .declaration import Claim, ClaimError, Control, Source, claim
    from .exponent_bound import AtLeast, AtMost
    from .identity import Identity
    from .ladder import Ladder, Vanishing, WidthList, Widths
    from .limit import Limit
    from .power_law import PowerLaw
    from .prediction import Point, Prediction, Samples
    from .verdict import Judgement, Verdict

_HOMES = {
    "declaration": ("Claim", "ClaimError", "Control", "Source", "claim"),
    "exponent_bound": ("AtLeast", "AtMost"),
    "identity": ("Identity",),
    "ladder": ("Ladder", "Vanishing", "WidthList", "Widths"),
    "limit": ("Limit",),
    "power_law": ("PowerLaw",),
    "prediction": ("Point", "Prediction", "Samples"),
    "verdict": ("Judgement", "Verdict"),
}

__all__ = [
    "AtLeast",
    "AtMost",
    "Claim",
    "ClaimError",
    "Control",
    "Identity",
    "Judgement",
    "Ladder",
    "Limit",
    "Point",
    "PowerLaw",
    "Prediction",
    "Samples",
    "Source",
    "Vanishing",
    "Verdict",
    "WidthList",
    "Widths",
    "claim",
]


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f".{home}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
