"""Seeds: from a name, the width and the replicate, and nothing else.

A seed does not depend on which tests are selected, on the order they run in or
on how replicates are batched, so a later look extends an earlier one and any
process can take any part of the work. Along a ladder that is not one of widths
the same networks are measured at every rung, which pairs the rungs and takes the
networks' own differences out of the noise.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable

import numpy as np

Seeds = tuple[int, ...]
"""One seed per replicate, each a whole number below 2⁶³."""


def replicate_seeds(master_seed: int, name: str, width: float, replicates: Iterable[int]) -> Seeds:
    """The seeds of some replicates of a claim at one width.

    Args:
        master_seed: a whole number that a user may change to draw everything anew.
        name: the claim's name, or one that it shares with claims about the same networks; its
            variants and its control share the seeds.
        width: the width; 0 where the claim's ladder is not one of widths.
        replicates: which replicates, counted from 0.
    """
    words = int.from_bytes(hashlib.sha256(name.encode()).digest())
    (bits,) = struct.unpack(">Q", struct.pack(">d", width))
    return tuple(
        int(
            np.random.SeedSequence(
                entropy=(master_seed, words), spawn_key=(bits, replicate)
            ).generate_state(1, np.uint64)[0]
            >> np.uint64(1)
        )
        for replicate in replicates
    )
