"""Every claim's measurement and its control's run on a GPU: no mixing of devices, no silent copy.

Under `--device cuda:0` the same is measured on a real one.
"""

import pytest

from ..claims.catalogue import CLAIMS
from ..claims.walk import walk
from .claims_measured import DEVICE

_MOMENTS = "kernels at one input, moments of a law that asks for no inputs and no networks"
_LIMIT = "kernels of the limit on a few points of its own"
_PERCEPTRONS = "signs of sums of a few numbers, no network"
_POINTS = "kernels of a few points of its own, drawn without networks"
_FORMULAS = "formulas on a few numbers of its own, no network"
_LENGTHS = "lengths and angles from layer to layer, drawn without weights"
_OPERATIONS = "operations are counted, on the host"
_PARTICLES = "particles of a few numbers, no network"
_REGRESSIONS = "linear models of a few numbers, no network"
ON_THE_HOST = {
    "all_pairs_are_needed": _LIMIT,
    "feature_limits_cost_more": _OPERATIONS,
    "steps_of_one_hidden_layer_cost_the_same": _OPERATIONS,
    "crossings_are_preferred_by_a_logarithm": _PARTICLES,
    "degenerate_minima_are_preferred": _PARTICLES,
    "effective_dimension_depends_on_the_truth": _PARTICLES,
    "learning_coefficients_of_powers_are_found": _PARTICLES,
    "learning_curves_follow_the_spectrum": _LIMIT,
    "learning_curves_of_images_follow_the_spectrum": _LIMIT,
    "a_tree_of_gates_multiplies_with_few_units": _FORMULAS,
    "an_analytic_kernel_pays_exponentially": _FORMULAS,
    "features_that_count_grow_with_precision": _LIMIT,
    "kinks_are_reached_at_the_rate_of_the_kink": _LIMIT,
    "kinks_cost_smooth_kernels_an_unbounded_norm": _LIMIT,
    "multiplication_gate_is_cheap": _FORMULAS,
    "smooth_kernels_cannot_reach_kinks": _LIMIT,
    "tangent_features_are_essentially_finite": _LIMIT,
    "tangent_features_are_universal": _LIMIT,
    "circle_eigenfunctions_are_sinusoids": _POINTS,
    "closed_form_equals_the_recursion": "formulas on 16 points of its own, no network",
    "deep_equals_shallow_in_rate": _LIMIT,
    "depth_over_width_controls_the_limit": _MOMENTS,
    "log_kernel_stays_random_at_fixed_aspect": _MOMENTS,
    "log_signal_spreads_with_depth": _MOMENTS,
    "eigenvalues_on_a_circle_come_in_pairs": _POINTS,
    "frozen_units_reach_smoother_functions_at_any_depth": _LIMIT,
    "every_choice_of_signs_has_its_own_number_of_ones": _PERCEPTRONS,
    "identity_has_less_volume_than_a_constant": _LIMIT,
    "identity_has_more_volume_than_other_orders": _LIMIT,
    "kernel_variance_is_the_exact_count": _MOMENTS,
    "kernels_agree_with_an_independent_implementation": "formulas on kept numbers, no network",
    "kernels_never_answer_with_the_sum": _LIMIT,
    "later_eigenvectors_are_all_sinusoidal": _LIMIT,
    "log_prior_of_a_sixth_point_peaks_at_the_posterior_mean": _LIMIT,
    "marginal_likelihood_bounds_are_not_vacuous": _LIMIT,
    "marginal_likelihood_bounds_follow_learning_curves": _LIMIT,
    "marginal_likelihood_bounds_rank_architectures": _LIMIT,
    "mostly_constant_functions_are_exponentially_likelier": _PERCEPTRONS,
    "odd_harmonics_are_missing_without_biases_and_depth": _LIMIT,
    "angles_close_exponentially": _LENGTHS,
    "lengths_are_log_normal_at_depth_in_proportion_to_width": _LENGTHS,
    "log_lengths_spread_by_the_sum_of_inverse_widths": _LENGTHS,
    "parity_has_the_share_of_a_single_point": _LIMIT,
    "parity_is_hard_for_the_prior": _LIMIT,
    "paths_that_meet_again_raise_the_kernel_variance": _MOMENTS,
    "perceptron_prior_is_uniform_in_ones": _PERCEPTRONS,
    "simple_functions_of_small_volume_exist": _LIMIT,
    "commuting_matrices_have_the_same_eigenvectors": _POINTS,
    "commuting_symmetries_share_eigenspaces": _POINTS,
    "depth_multiplies_the_constant": _LIMIT,
    "eigenfunctions_are_harmonics_by_symmetry": _LIMIT,
    "eigenfunctions_stay_sinusoidal_in_several_dimensions": _LIMIT,
    "kernel_similarity_says_what_pixels_say": _LIMIT,
    "relu_forgets_inputs_at_the_published_constant": _LIMIT,
    "relu_forgets_inputs_by_the_square_of_depth": _LIMIT,
    "residual_kernels_fall_alike": _LIMIT,
    "best_number_of_features_follows_the_noise": _REGRESSIONS,
    "dense_data_are_learned_first": _LIMIT,
    "diagonal_networks_minimise_a_potential": _REGRESSIONS,
    "logistic_loss_falls_as_one_over_time": _REGRESSIONS,
    "margins_are_reached_as_one_over_log_time": _REGRESSIONS,
    "ridgeless_risk_is_known_on_both_sides": _REGRESSIONS,
    "risk_of_few_samples_is_exact": _REGRESSIONS,
    "steps_that_grow_reach_the_margin_as_one_over_steps": _REGRESSIONS,
    "rules_are_chosen_by_their_joint_prior": _LIMIT,
    "smooth_activations_decay_faster": _LIMIT,
}
"""Claims whose measurement takes nothing that lies on a device, and why that is right."""


SIDES_ON_THE_HOST = {
    "parity_is_hard_for_all_networks": "one side is what the kernel predicts, by formula",
}
"""Claims of which one side takes nothing that lies on a device."""


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
    assert idle - busy == ON_THE_HOST.keys()
    assert idle & busy == SIDES_ON_THE_HOST.keys()
