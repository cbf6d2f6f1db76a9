"""How a claim is judged: claims, predictions, verdicts, sampling, the pytest plugin.

What a claim file needs is importable from here. The names are resolved on first
use, because pytest loads the plugin in this package in every one of its runs,
and most of them judge no claim.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .bounded import Bounded
    from .correlates import Correlates
    from .declaration import Claim, ClaimError, Control, Source, claim
    from .dominates import Dominates
    from .exponent_bound import AtLeast, AtMost
    from .exponential import DecaysExponentially
    from .identity import Identity
    from .ladder import Ladder, Vanishing, WidthList, Widths
    from .limit import Limit
    from .monotone import Monotone
    from .power_law import PowerLaw
    from .prediction import Point, Prediction, Samples
    from .proportion import Proportion
    from .same_distribution import SameDistribution
    from .verdict import Judgement, Verdict

_HOMES = {
    "bounded": ("Bounded",),
    "correlates": ("Correlates",),
    "declaration": ("Claim", "ClaimError", "Control", "Source", "claim"),
    "dominates": ("Dominates",),
    "exponent_bound": ("AtLeast", "AtMost"),
    "exponential": ("DecaysExponentially",),
    "identity": ("Identity",),
    "ladder": ("Ladder", "Vanishing", "WidthList", "Widths"),
    "limit": ("Limit",),
    "monotone": ("Monotone",),
    "power_law": ("PowerLaw",),
    "prediction": ("Point", "Prediction", "Samples"),
    "proportion": ("Proportion",),
    "same_distribution": ("SameDistribution",),
    "verdict": ("Judgement", "Verdict"),
}

__all__ = [
    "AtLeast",
    "AtMost",
    "Bounded",
    "Claim",
    "ClaimError",
    "Control",
    "Correlates",
    "DecaysExponentially",
    "Dominates",
    "Identity",
    "Judgement",
    "Ladder",
    "Limit",
    "Monotone",
    "Point",
    "PowerLaw",
    "Prediction",
    "Proportion",
    "SameDistribution",
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
