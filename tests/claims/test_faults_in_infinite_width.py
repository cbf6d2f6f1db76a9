"""Deliberate faults in the measurements of the limits: each claim notices."""

from __future__ import annotations

import dataclasses
import importlib

import numpy as np
import pytest
import torch

from widthwise.harness import Samples, Verdict
from widthwise.harness.declaration import claim_of
from widthwise.harness.ladder import Ladder
from widthwise.models import erf, relu

TOPIC = "widthwise.claims.infinite_width."
SEEDS = range(16)


def module(name):
    return importlib.import_module(TOPIC + name)


def verdict(measurement, widths=(64, 128, 256), **arguments):
    """What a claim's prediction makes of 16 seeds at a few widths."""
    rows = [
        np.asarray(measurement(width=width, seeds=SEEDS, **arguments), float) for width in widths
    ]
    samples = Samples(Ladder("width", widths, "infinity", 64), np.stack(rows))
    return claim_of(measurement).prediction.judge(samples, 1e-3).verdict


def measured_here(measure, /, **arguments):
    """The fixture `shared` without a store."""
    return measure(**arguments)


def test_a_width_that_is_not_passed_on(sphere, monkeypatch):
    initialisation = module("initialisation")
    architecture = initialisation.Architecture
    monkeypatch.setattr(
        initialisation, "Architecture", lambda _, *rest, **named: architecture(64, *rest, **named)
    )
    arguments = {"shared": measured_here, "activation": erf, "depth": 2}
    spread = module("test_tangent_kernel_becomes_deterministic")
    assert (
        verdict(spread.test_tangent_kernel_becomes_deterministic, data=sphere, **arguments)
        is Verdict.REFUTED
    )
    rate = module("test_nngp_and_ntk_match_the_recursions")
    assert (
        verdict(
            rate.test_kernels_approach_the_recursions_as_inverse_root_width,
            sphere=sphere,
            kernel="nngp",
            **arguments,
        )
        is Verdict.REFUTED
    )


@pytest.mark.parametrize("kernel", ["nngp", "tangent"])
def test_a_layer_that_is_left_out_of_the_recursion(sphere, monkeypatch, kernel):
    recursions = module("test_nngp_and_ntk_match_the_recursions")
    whole = recursions.recursion
    monkeypatch.setattr(recursions, "recursion", lambda x, phi, depth: whole(x, phi, depth - 1))
    found = verdict(
        recursions.test_nngp_and_ntk_match_the_recursions,
        sphere=sphere,
        shared=measured_here,
        activation=relu,
        depth=3,
        kernel=kernel,
    )
    assert found is Verdict.REFUTED


def test_a_term_that_is_left_out_of_the_closed_form(sphere, monkeypatch):
    closed = module("test_closed_form_two_layer_relu")
    whole = closed.closed_form
    monkeypatch.setattr(
        closed,
        "closed_form",
        lambda x, x2, norms, kappa=closed.simplified: whole(
            x, x2, norms, lambda u: kappa(u) - u * (torch.pi - u.arccos()) / torch.pi
        ),
    )
    assert verdict(closed.test_closed_form_two_layer_relu, data=sphere) is Verdict.REFUTED
    found = verdict(closed.test_closed_form_equals_the_recursion, kappa=closed.simplified)
    assert found is Verdict.REFUTED


def test_a_gain_that_enters_the_mean_twice(sphere, monkeypatch):
    mean = module("test_tangent_kernel_becomes_deterministic")
    whole = mean.recursion
    monkeypatch.setattr(
        mean, "recursion", lambda *known: {k: 1.2 * v for k, v in whole(*known).items()}
    )
    found = verdict(mean.test_one_hidden_layer_has_its_mean_at_every_width, sphere=sphere)
    assert found is Verdict.REFUTED


def test_biases_that_were_not_asked_for(sphere, monkeypatch):
    depth = module("test_depth_over_width_controls_the_limit")
    whole = depth.initialised
    monkeypatch.setattr(
        depth, "initialised", lambda *known, **named: whole(*known, **{**named, "sigma_b": 1.0})
    )
    found = verdict(
        depth.test_kernel_variance_is_the_exact_count,
        widths=(64,),
        shared=measured_here,
        sphere=sphere,
        layers=1,
    )
    assert found is Verdict.REFUTED


def test_a_unit_that_is_paired_with_itself(mlp, sphere, monkeypatch):
    units = module("test_units_are_iid_at_initialisation")
    whole = units.dependence

    def with_itself(mlp, width, *rest):
        return whole(mlp, width, *rest) + 1 / (width - 1)

    monkeypatch.setattr(units, "dependence", with_itself)
    for name in ("units_are_iid_at_initialisation", "deep_units_are_iid_up_to_inverse_width"):
        found = verdict(getattr(units, f"test_{name}"), widths=(16, 32), mlp=mlp, sphere=sphere)
        assert found is Verdict.REFUTED


def test_outputs_that_grow_with_the_width(sphere):
    units = module("test_units_are_iid_at_initialisation")
    found = verdict(
        units.test_knowing_outputs_ties_units_by_inverse_square_width,
        widths=(32, 64, 128),
        sphere=sphere,
        outputs=lambda width: 0.3 * width**0.5,
    )
    assert found is not Verdict.SUPPORTED


def test_weights_that_grow_in_training_whatever_the_width(mlp, sphere, monkeypatch):
    law = module("test_identically_distributed_units_after_training")
    whole = law.train

    def inflated(*known, **named):
        run = whole(*known, **named)
        return dataclasses.replace(run, final=run.final.displaced(run.final.parameters, 0.5))

    monkeypatch.setattr(law, "train", inflated)
    found = verdict(
        law.test_identically_distributed_units_after_training,
        mlp=mlp,
        sphere=sphere,
        activation=relu,
        depth=1,
    )
    assert found is Verdict.REFUTED
    found = verdict(law.test_wide_units_keep_their_law, widths=(1024,), mlp=mlp, sphere=sphere)
    assert found is Verdict.REFUTED


def test_targets_of_the_wrong_sign(mlp, sphere):
    mup_limit = module("test_mup_limit_of_linear_nets_is_exact")
    turned = dataclasses.replace(sphere, y_train=-sphere.y_train).to(dtype=torch.float64)
    found = verdict(
        mup_limit.test_mup_limit_of_linear_nets_is_exact,
        mlp=mlp,
        sphere=sphere,
        limit=lambda _: mup_limit.feature_learning_limit(turned),
    )
    assert found is Verdict.REFUTED


def test_a_bias_that_is_doubled():
    agreement = module("test_kernels_agree_with_an_independent_implementation")
    (case,) = agreement.CASES[0].values
    found = verdict(
        agreement.test_kernels_agree_with_an_independent_implementation,
        widths=(64,),
        case={**case, "sigma_b": 2 * case["sigma_b"]},
        kernel="nngp",
    )
    assert found is Verdict.REFUTED
