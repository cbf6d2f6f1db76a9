"""Faults in what is measured of results of papers: signals in depth, products of matrices."""

from widthwise.claims.published.jacobians import gaussian

from .fault import Fault


def in_singular_values(jacobian):
    """Of products in which every layer has the square of its slope."""
    return lambda network: jacobian(network).abs()


FAULTS = {
    "relu_spectra_spread_in_proportion_to_depth": Fault(
        "jacobian", in_singular_values, rungs=(2, 4, 8), settings={"draw": gaussian}
    ),
}
