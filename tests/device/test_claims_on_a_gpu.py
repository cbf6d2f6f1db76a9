"""Every claim's measurement and its control's run on a GPU: no mixing of devices, no silent copy.

Under `--device cuda:0` the same is measured on a real one.
"""

import pytest

from ..claims.catalogue import CLAIMS
from ..claims.walk import walk
from .claims_measured import DEVICE

_MOMENTS = "kernels at one input, moments of a law that asks for no inputs and no networks"
ON_THE_HOST = {
    "closed_form_equals_the_recursion": "formulas on 16 points of its own, no network",
    "depth_over_width_controls_the_limit": _MOMENTS,
    "kernel_variance_is_the_exact_count": _MOMENTS,
    "kernels_agree_with_an_independent_implementation": "formulas on kept numbers, no network",
    "paths_that_meet_again_raise_the_kernel_variance": _MOMENTS,
}
"""Claims whose measurement takes nothing that lies on a device, and why that is right."""


@pytest.fixture(scope="module")
def measured(tmp_path_factory, device):
    return walk("tests.device.claims_measured", tmp_path_factory.mktemp("gpu"), {DEVICE: device})


def test_every_claim_and_every_control_is_measured(measured):
    for role in ("", " control"):
        names = {line["claim"] for line in measured if line["name"].endswith(role)}
        assert not CLAIMS.keys() - names


def test_no_measurement_mixes_devices_or_takes_numbers_off_one_silently(measured):
    failed = {line["name"]: line["failed"] for line in measured if "failed" in line}
    assert not failed, "\n\n".join(f"{name}\n{said}" for name, said in failed.items())
    assert all(line["finite"] for line in measured)


def test_what_is_measured_is_computed_on_the_device(measured):
    idle = {line["claim"] for line in measured if not line["launches"]}
    busy = {line["claim"] for line in measured if line["launches"]}
    assert idle == ON_THE_HOST.keys()
    assert not idle & busy
