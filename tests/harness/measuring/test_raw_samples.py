import numpy as np
import pytest

from widthwise.harness.measuring.raw_samples import RawSamples, from_json, to_json
from widthwise.harness.terms.evidence import EvidenceError

VALUES = np.random.default_rng(0).lognormal(size=(3, 16, 2))
SAMPLES = RawSamples("units_freeze", "erf", "ab", "width", (64, 128, 256), {"claim": VALUES})


def test_samples_survive_json_to_the_last_digit():
    again = from_json(to_json(SAMPLES))
    np.testing.assert_array_equal(again.values["claim"], VALUES)
    assert (again.name, again.digest, again.rung_name, again.rungs) == (
        "units_freeze[erf]", "ab", "width", (64, 128, 256)
    )  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"values": 1}', '{"rungs": [], "values": {"claim": ["a"]}}']
)
def test_damaged_samples_are_refused(text):
    with pytest.raises(EvidenceError, match="samples are damaged"):
        from_json(text)
