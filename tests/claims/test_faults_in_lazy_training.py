"""Deliberate faults in what is measured turn the verdicts of claims on lazy training.

Networks of one hidden layer, few widths and one look: enough for the sound measurement to be
supported, so that what fails with the fault fails because of it.
"""

import inspect

import numpy as np
import pytest
import torch

import widthwise.claims.lazy_training.runs as runs
from widthwise.claims.lazy_training.test_activations_freeze import (
    test_activations_freeze as activations_freeze,
)
from widthwise.claims.lazy_training.test_activations_freeze import (
    test_outputs_move_while_units_freeze as outputs_move,
)
from widthwise.claims.lazy_training.test_each_unit_needs_only_inverse_width import (
    test_contributions_move_by_inverse_width as contributions_move,
)
from widthwise.claims.lazy_training.test_parameters_do_not_move_at_all import (
    test_parameters_move_by_order_one as parameters_move,
)
from widthwise.claims.lazy_training.test_tangent_kernel_is_constant import (
    test_tangent_kernel_is_constant as kernel_is_constant,
)
from widthwise.claims.lazy_training.test_weights_barely_move import (
    test_weights_barely_move as weights_barely_move,
)
from widthwise.harness import Verdict, WidthList
from widthwise.harness.declaration import claim_of
from widthwise.harness.ladder import EFFORTS
from widthwise.harness.prediction import Samples
from widthwise.harness.seeds import replicate_seeds
from widthwise.models import erf, kernel_rate

LADDER = WidthList((64, 256, 1024)).at(EFFORTS["quick"])
ALPHA = 1e-2


def summed_over_units(before, after, x):
    change = torch.cat(
        [z - z0 for z0, z in zip(before.activations(x), after.activations(x), strict=True)], 2
    )
    return change.square().sum(2).mean(1).sqrt()


def averaged_over_units(before, after, x):
    return (after(x) - before(x)).square().mean(1).sqrt() / before.width**0.5


def without_the_output_weights(before, after, x):
    return (after.activations(x)[-1] - before.activations(x)[-1]).square().mean((1, 2)).sqrt()


def not_relative(before, after):
    pairs = zip(before.weights, after.weights, strict=True)
    return torch.stack([(w - w0).flatten(1).norm(dim=1) for w0, w in pairs], 1)


def relative_distance(before, after):
    return after.parameters.minus(before.parameters).norm() / before.parameters.norm()


def too_large_steps(network, x):
    return 6 * kernel_rate(network, x)


FAULTS = {
    "units are summed instead of averaged": (
        activations_freeze,
        {"activation_movement": summed_over_units},
    ),
    "the output is averaged over units": (
        outputs_move,
        {"output_movement": averaged_over_units},
    ),
    "contributions lack the output weights": (
        contributions_move,
        {"contribution_movement": without_the_output_weights},
    ),
    "steps are so large that the kernel leaps": (
        kernel_is_constant,
        {"kernel_rate": too_large_steps},
    ),
    "weights are not compared with their size": (
        weights_barely_move,
        {"weight_movement": not_relative},
    ),
    "the distance is compared with the parameters' size": (
        parameters_move,
        {"parameter_movement": relative_distance},
    ),
}


def verdict_of(measure, shared, mlp, data):
    declared = claim_of(measure)
    settings = {"mlp": mlp, "data": data, "activation": erf, "depth": 1}
    if "solve" in inspect.signature(measure).parameters:
        settings["solve"] = runs.convergence
    values = [
        measure(
            width,
            replicate_seeds(0, declared.seeds_of, width, range(32)),
            shared,
            **settings,
        )
        for width in LADDER.rungs
    ]
    return declared.prediction.judge(Samples(LADDER, np.stack(values)), ALPHA).verdict


@pytest.fixture(scope="module")
def sound():
    """What is measured without a fault, at every width once."""
    kept = {}

    def shared(movements, *, width, **arguments):
        if width not in kept:
            kept[width] = movements(width=width, **arguments)
        return kept[width]

    return shared


def anew(movements, **arguments):
    return movements(**arguments)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_what_is_measured_costs_the_claim_its_support(
    fault, sound, mlp, sphere, monkeypatch
):
    measure, replaced = FAULTS[fault]
    assert verdict_of(measure, sound, mlp, sphere) is Verdict.SUPPORTED
    for name, faulty in replaced.items():
        monkeypatch.setattr(runs, name, faulty)
    assert verdict_of(measure, anew, mlp, sphere) is not Verdict.SUPPORTED
