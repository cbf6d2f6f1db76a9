"""The raw samples beside a page: one CSV and one JSON file per verdict."""

from __future__ import annotations

import hashlib
import re
from itertools import product

import numpy as np
import pandas as pd

from widthwise.harness.measuring.raw_samples import RawSamples


def stem(claim: str, variant: str) -> str:
    """The name of a claim's files without the ending; safe in every folder and address."""
    plain = f"{claim}-{variant}" if variant else claim
    if re.fullmatch(r"\w[\w.=-]{0,99}", plain, re.ASCII):
        return plain
    slug = re.sub(r"[^\w=-]+", "-", plain, flags=re.ASCII).strip("-")[:80] or "claim"
    return f"{slug}.{hashlib.sha256(plain.encode(errors='backslashreplace')).hexdigest()[:12]}"


def csv_of(samples: RawSamples) -> str:
    """One row per setting, rung and seed, every number to its last digit.

    A seed that measures more than one number has a column for each: value[0,3]. Where a claim
    is about an event, `met` says of every rung whether the seed meets it there.
    """
    tables = [
        _table(samples, setting, values).assign(setting=setting)
        for setting, values in samples.values.items()
    ]
    table = pd.concat(tables)
    columns = ["setting", *table.columns.drop("setting")]
    return table[columns].to_csv(index=False, lineterminator="\n")


def _table(samples: RawSamples, setting: str, values: np.ndarray) -> pd.DataFrame:
    rungs, seeds, *outcome_shape = values.shape
    if rungs != len(samples.rungs):
        raise ValueError(f"samples of {samples.name} {setting} do not match their ladder")
    places = product(*map(range, outcome_shape))
    names = [f"value[{','.join(map(str, place))}]" for place in places] if outcome_shape else None
    table = pd.DataFrame(values.reshape(rungs * seeds, -1), columns=pd.Index(names or ["value"]))
    if setting in samples.met:
        table.insert(0, "met", samples.met[setting].reshape(rungs * seeds))
    table.insert(0, "seed", np.tile(np.arange(seeds), rungs))
    table.insert(0, samples.rung_name, np.repeat(samples.rungs, seeds), allow_duplicates=True)
    return table
