"""How a claim is judged: claims, predictions, verdicts, sampling, the pytest plugin.

What a claim file needs is importable from here. The names are resolved on first
use, because pytest loads the plugin in this package in every one of its runs,
and most of them judge no claim.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .predictions.bounded import Bounded
    from .predictions.correlates import Correlates
    from .predictions.dominates import Dominates
    from .predictions.exponent_bound import AtLeast, AtMost
    from .predictions.exponential import DecaysExponentially
    from .predictions.identity import Identity
    from .predictions.limit import Limit
    from .predictions.monotone import Monotone
    from .predictions.power_law import PowerLaw
    from .predictions.proportion import Proportion
    from .predictions.same_distribution import SameDistribution
    from .statistics.mean_curve import AreaUnder, CrossesAt, LowestAt
    from .terms.correction import Correction
    from .terms.declaration import Claim, ClaimError, Control, Source, claim
    from .terms.drawing import Cell, Curve, Drawing, Map
    from .terms.given import Given
    from .terms.ladder import Ladder, Over, Vanishing, WidthList, Widths
    from .terms.prediction import Point, Prediction, Samples
    from .terms.provenance import Provenance
    from .terms.tied import Tied
    from .terms.verdict import Judgement, Verdict

_HOMES = {
    "predictions.bounded": ("Bounded",),
    "predictions.correlates": ("Correlates",),
    "statistics.mean_curve": ("AreaUnder", "CrossesAt", "LowestAt"),
    "terms.correction": ("Correction",),
    "terms.declaration": ("Claim", "ClaimError", "Control", "Source", "claim"),
    "predictions.dominates": ("Dominates",),
    "terms.drawing": ("Cell", "Curve", "Drawing", "Map"),
    "predictions.exponent_bound": ("AtLeast", "AtMost"),
    "predictions.exponential": ("DecaysExponentially",),
    "predictions.identity": ("Identity",),
    "terms.given": ("Given",),
    "terms.ladder": ("Ladder", "Over", "Vanishing", "WidthList", "Widths"),
    "predictions.limit": ("Limit",),
    "predictions.monotone": ("Monotone",),
    "predictions.power_law": ("PowerLaw",),
    "terms.prediction": ("Point", "Prediction", "Samples"),
    "predictions.proportion": ("Proportion",),
    "predictions.same_distribution": ("SameDistribution",),
    "terms.provenance": ("Provenance",),
    "terms.tied": ("Tied",),
    "terms.verdict": ("Judgement", "Verdict"),
}

__all__ = [
    "AreaUnder",
    "AtLeast",
    "AtMost",
    "Bounded",
    "Cell",
    "Claim",
    "ClaimError",
    "Control",
    "Correction",
    "Correlates",
    "CrossesAt",
    "Curve",
    "DecaysExponentially",
    "Dominates",
    "Drawing",
    "Given",
    "Identity",
    "Judgement",
    "Ladder",
    "Limit",
    "LowestAt",
    "Map",
    "Monotone",
    "Over",
    "Point",
    "PowerLaw",
    "Prediction",
    "Proportion",
    "Provenance",
    "SameDistribution",
    "Samples",
    "Source",
    "Tied",
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
