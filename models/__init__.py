"""What is measured: parametrizations, networks, training, kernels, data and observables."""

from .data.dataset import Dataset
from .data.drawn import drawn
from .data.images import digits, mnist, odd_digits
from .data.inputs import boolean_cube, circle, grid
from .data.modular import modular_addition
from .data.tasks import (
    gaussian_xor,
    hidden_directions,
    index_model,
    parity,
    planted_mixture,
    single_index,
    sphere,
)
from .kernels.gaussian_process import Gaussian, log_marginal_likelihood, posterior
from .kernels.infinite_channels import infinite_channel_kernels
from .kernels.infinite_width import InfiniteWidthKernels, infinite_width_kernels
from .kernels.kernel_regression import gradient_descent_in_function_space, kernel_regression
from .kernels.nngp_kernel import nngp_kernel
from .kernels.tangent_kernel import as_matrix, kernel_rate, tangent_kernel, tangent_kernel_trace
from .modules.architecture import Description, describe
from .modules.ensemble import ModuleNetwork, ensemble
from .modules.kinds import ResidualNetwork, Transformer, residual_networks, transformers
from .modules.roles import Role
from .networks.activations import (
    Activation,
    erf,
    gelu,
    leaky_relu,
    linear,
    quadratic,
    relu,
    sin,
    tanh,
)
from .networks.antisymmetry import antisymmetric
from .networks.architecture import Architecture
from .networks.connectivity import Convolution, Dense
from .networks.factors import Factors, by_layer, frozen, scaled_output
from .networks.network import CNN, MLP, Network
from .networks.parameters import Parameters
from .networks.parametrization import (
    Exponents,
    Parametrization,
    Regime,
    mean_field,
    mup,
    mup_adam,
    ntk,
    standard,
    standard_fixed_rate,
)
from .networks.pytorch_default import pytorch_default
from .networks.randomness import split_seeds
from .networks.wide_mlp import AnyWidth, WideMLP
from .networks.zero_biases import biases_from_zero
from .observables.coordinates import Coordinates, coordinates, own_updates
from .observables.directions import (
    component_along,
    explained_variance,
    output_gradients,
    principal_components,
    share_within,
    sum_over_random_units,
)
from .observables.input_gradients import input_gradients
from .observables.observables import (
    activation_movement,
    combination_movement,
    contribution_movement,
    contributions,
    kernel_movement,
    kernel_target_alignment,
    layerwise_activation_movement,
    layerwise_gradient,
    layerwise_movement,
    operator_movement,
    output_movement,
    parameter_movement,
    preactivation_movement,
    relative_movement,
    rms,
    stable_rank,
    unit_combinations,
    weight_movement,
)
from .observables.snapshot import Snapshot, snapshot
from .training.course import course
from .training.descent import Run
from .training.fitted import UnfinishedTrainingError, fit, residual_left
from .training.gradient_flow import Flow, train_flow
from .training.linearisation import (
    LinearisedNetwork,
    LinearisedRun,
    one_shot,
    random_direction,
    taylor_terms,
    unit_direction,
)
from .training.minimisation import Minimisation, minimise
from .training.optimisers import sample_langevin, train_adam, train_minibatch, train_momentum
from .training.training import train
from .training.weight_decay import train_decayed

__all__ = [
    "CNN",
    "MLP",
    "Activation",
    "AnyWidth",
    "Architecture",
    "Convolution",
    "Coordinates",
    "Dataset",
    "Dense",
    "Description",
    "Exponents",
    "Factors",
    "Flow",
    "Gaussian",
    "InfiniteWidthKernels",
    "LinearisedNetwork",
    "LinearisedRun",
    "Minimisation",
    "ModuleNetwork",
    "Network",
    "Parameters",
    "Parametrization",
    "Regime",
    "ResidualNetwork",
    "Role",
    "Run",
    "Snapshot",
    "Transformer",
    "UnfinishedTrainingError",
    "WideMLP",
    "activation_movement",
    "antisymmetric",
    "as_matrix",
    "biases_from_zero",
    "boolean_cube",
    "by_layer",
    "circle",
    "combination_movement",
    "component_along",
    "contribution_movement",
    "contributions",
    "coordinates",
    "course",
    "describe",
    "digits",
    "drawn",
    "ensemble",
    "erf",
    "explained_variance",
    "fit",
    "frozen",
    "gaussian_xor",
    "gelu",
    "gradient_descent_in_function_space",
    "grid",
    "hidden_directions",
    "index_model",
    "infinite_channel_kernels",
    "infinite_width_kernels",
    "input_gradients",
    "kernel_movement",
    "kernel_rate",
    "kernel_regression",
    "kernel_target_alignment",
    "layerwise_activation_movement",
    "layerwise_gradient",
    "layerwise_movement",
    "leaky_relu",
    "linear",
    "log_marginal_likelihood",
    "mean_field",
    "minimise",
    "mnist",
    "modular_addition",
    "mup",
    "mup_adam",
    "nngp_kernel",
    "ntk",
    "odd_digits",
    "one_shot",
    "operator_movement",
    "output_gradients",
    "output_movement",
    "own_updates",
    "parameter_movement",
    "parity",
    "planted_mixture",
    "posterior",
    "preactivation_movement",
    "principal_components",
    "pytorch_default",
    "quadratic",
    "random_direction",
    "relative_movement",
    "relu",
    "residual_left",
    "residual_networks",
    "rms",
    "sample_langevin",
    "scaled_output",
    "share_within",
    "sin",
    "single_index",
    "snapshot",
    "sphere",
    "split_seeds",
    "stable_rank",
    "standard",
    "standard_fixed_rate",
    "sum_over_random_units",
    "tangent_kernel",
    "tangent_kernel_trace",
    "tanh",
    "taylor_terms",
    "train",
    "train_adam",
    "train_decayed",
    "train_flow",
    "train_minibatch",
    "train_momentum",
    "transformers",
    "unit_combinations",
    "unit_direction",
    "weight_movement",
]
