"""How many seeds a process has room for at once, learnt from what did not fit.

What arbitrary measuring code will need cannot be told beforehand: the harness knows neither
the networks nor the device. So the first attempt at a width may fail; it is not repeated.
Batches of the same networks, at that width or a larger one, begin with the part that was
left, in the same process. Widths below are tried whole again.
"""

from __future__ import annotations


class Room:
    """What one process knows of its memory."""

    def __init__(self) -> None:
        self._left: dict[tuple[str, float], int] = {}

    def seeds(self, networks: str, width: float, wanted: int) -> int:
        """How many seeds to measure at once, as far as is known: `wanted` or fewer.

        Args:
            networks: the name that their seeds derive from.
            width: their width; 0 where the ladder is not one of widths.
            wanted: how many there are to measure.
        """
        known = [n for (of, at), n in self._left.items() if of == networks and at <= width]
        return min([wanted, *known])

    def lacks(self, networks: str, width: float, seeds: int) -> None:
        """Note that so many seeds, at least two, did not fit: half as many are left to try."""
        self._left[networks, width] = seeds // 2
