"""Who says it: what a claim is to the argument."""

from __future__ import annotations

from enum import StrEnum


class Provenance(StrEnum):
    """How a claim comes to be in the catalogue; counts on the page are by this.

    Only a statement that was made can be refuted: what nobody said has nobody to be wrong.
    """

    MADE = "made"
    """Somebody says it in the discussion; the source finds the words."""

    IMPLIED = "implied"
    """It follows at once from what was said there."""

    BACKGROUND = "background"
    """Theory, or measurement, that the argument needs and nobody in it states."""

    INSTRUMENT = "instrument"
    """It checks the code that measures, not anybody's statement."""

    @property
    def argued(self) -> bool:
        """Whether it is part of what the discussions argue about."""
        return self in (Provenance.MADE, Provenance.IMPLIED)
