"""Seeds: from a name and the replicate, and nothing else.

A seed does not depend on which tests are selected, on the order they run in or
on how replicates are batched, so a later look extends an earlier one and any
process can take any part of the work. Nor does it depend on the rung: a replicate
sees the same data at every width, and along other ladders the same networks. What
differs between rungs is then the rung, and what differs between replicates drops
out of every contrast.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

Seeds = tuple[int, ...]
"""One seed per replicate, each a whole number below 2⁶³."""


def replicate_seeds(master_seed: int, name: str, replicates: Iterable[int]) -> Seeds:
    """The seeds of some replicates of a claim.

    Args:
        master_seed: a whole number that a user may change to draw everything anew.
        name: the claim's name, or one that it shares with claims about the same networks; its
            variants and its control share the seeds.
        replicates: which replicates, counted from 0.
    """
    words = int.from_bytes(hashlib.sha256(name.encode()).digest())
    return tuple(
        int(
            np.random.SeedSequence(
                entropy=(master_seed, words), spawn_key=(replicate,)
            ).generate_state(1, np.uint64)[0]
            >> np.uint64(1)
        )
        for replicate in replicates
    )
