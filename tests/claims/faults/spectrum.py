"""Faults in what is measured of eigenmodes."""

import torch

from widthwise.claims.spectrum.test_eigenfunctions_in_several_dimensions import (
    INTERVAL,
    icosahedron,
)
from widthwise.claims.spectrum.test_parity_is_hard_for_the_prior import COORDINATE
from widthwise.models import relu

from .fault import Fault


def of_the_next_frequency(wave):
    return lambda angles, mode: wave(angles, mode + 1)


def of_too_slow_a_wave(best):
    """Frequencies that stop short of the later modes."""
    return lambda functions, highest: best(functions, highest / 3)


def in_another_dimension(eigenvalue):
    return lambda made, kernel, dimension, degree: eigenvalue(made, kernel, dimension + 1, degree)


def of_the_next_degree(eigenvalue):
    return lambda *known: eigenvalue(*known[:-1], known[-1] + 1)


def squared(eigenvalue):
    return lambda *known: eigenvalue(*known) ** 2


def of_every_other_pair(gaps):
    """The second of a pair is taken for the first of the next."""

    def faulty(kernel):
        values = torch.linalg.eigvalsh(kernel).flip(1)
        return gaps(torch.diag_embed(values[:, 1:]))

    return faulty


def of_one_coordinate(labels):
    return lambda cube, rule: labels(cube, COORDINATE)


def in_ascending_order(values):
    """The last is then the largest."""
    return lambda kernel: values(kernel).sort().values


def of_half_the_size(kernel_of):
    return lambda *arguments: kernel_of(*arguments) / 2


def of_points_in_another_order(waves):
    """The same task for every network, but with its points in an order of the target's own."""

    def faulty(seeds, mode):
        x, y = waves(seeds, mode)
        order = [point * (2 * mode - 3) % len(x) for point in range(len(x))]
        return x[order], y[:, order]

    return faulty


LABELS = {"data": "random_labels"}

FAULTS = {
    "circle_eigenfunctions_are_sinusoids": Fault(
        "wave", of_the_next_frequency, rungs=(128, 512, 2048, 8192), settings={"mode": 1}
    ),
    "lazy_eigenfunctions_ignore_the_target": Fault(
        "shifted_waves", of_points_in_another_order, rungs=(128, 256, 512, 1024)
    ),
    "later_eigenvectors_are_all_sinusoidal": Fault(
        "best_sinusoid", of_too_slow_a_wave, rungs=(1 / 5, 1 / 20), settings={"end": 3.0}
    ),
    "large_eigenvalues_are_learned_first": Fault(
        "kernel_of", of_half_the_size, rungs=(512,), settings=LABELS
    ),
    "slow_modes_follow_the_networks_own_kernel": Fault(
        "kernel_of", of_half_the_size, rungs=(512,), settings=LABELS
    ),
    "eigenvalues_on_a_circle_come_in_pairs": Fault(
        "gaps", of_every_other_pair, rungs=(128, 512, 2048, 8192)
    ),
    "deep_equals_shallow_in_rate": Fault(
        "eigenvalue",
        in_another_dimension,
        rungs=(1 / 32, 1 / 64, 1 / 128, 1 / 256),
        settings={"dimension": 4},
    ),
    "frozen_units_reach_smoother_functions_at_any_depth": Fault(
        "eigenvalue",
        in_another_dimension,
        rungs=(1 / 16, 1 / 32, 1 / 64, 1 / 128),
        settings={"dimension": 3},
    ),
    "odd_harmonics_are_missing_without_biases_and_depth": Fault(
        "eigenvalue", of_the_next_degree, rungs=(1 / 5, 1 / 15), settings={"dimension": 3}
    ),
    "smooth_activations_decay_faster": Fault(
        "eigenvalue",
        squared,
        rungs=(1 / 13, 1 / 21),
        settings={"kernel": "tangent", "dimension": 3},
    ),
    "parity_is_hard_for_the_prior": Fault(
        "labels", of_one_coordinate, rungs=(1 / 6, 1 / 8), settings={"depth": 1}
    ),
    "lazy_networks_answer_parity_wrongly": Fault("labels", of_one_coordinate, rungs=(512,)),
    "parity_has_the_share_of_a_single_point": Fault(
        "cube_eigenvalues",
        in_ascending_order,
        rungs=(2**-6, 2**-10, 2**-14, 2**-18),
    ),
    "parity_is_hard_for_all_networks": Fault(
        "right",
        lambda right: lambda predicted, y: right(-predicted, y),
        rungs=(512,),
        settings={"activation": relu},
    ),
    "eigenfunctions_stay_sinusoidal_in_several_dimensions": Fault(
        "inputs",
        lambda inputs: lambda _, generator: inputs(INTERVAL, generator),
        rungs=(1 / 5, 1 / 20),
        settings={"shape": "sphere"},
    ),
    "eigenfunctions_are_harmonics_by_symmetry": Fault(
        "harmonics",
        lambda harmonics: lambda x, degree: harmonics(x, 3 - degree),
        rungs=(128, 512, 2048, 8192),
        settings={"corners": icosahedron, "degree": 1},
    ),
    "residual_kernels_fall_alike": Fault(
        "eigenvalue",
        lambda eigenvalue: lambda branch, d, *others: eigenvalue(branch, d + 1, *others),
        rungs=(1 / 32, 1 / 64, 1 / 128, 1 / 256),
        settings={"dimension": 4, "blocks": 2},
    ),
    "commuting_symmetries_share_eigenspaces": Fault(
        "any_orthogonal",
        lambda drawn: lambda points, generator: 2 * drawn(points, generator),
        rungs=(8, 16),
    ),
    "commuting_matrices_have_the_same_eigenvectors": Fault(
        "rotation", lambda _: lambda points, _: torch.eye(points), rungs=(8, 16)
    ),
    "parity_divides_lazy_networks_from_others": Fault(
        "right",
        lambda right: lambda predicted, y: right(-predicted, y),
        rungs=(512,),
        seeds=16,
    ),
    "depth_multiplies_the_constant": Fault(
        "relative_eigenvalues",
        lambda eigenvalues: lambda depth, *others: eigenvalues(min(depth, 2), *others),
        rungs=(1 / 32, 1 / 64, 1 / 128),
        settings={"dimension": 4, "depth": 3, "kernel": "tangent"},
    ),
}
