"""Networks drawn from a prior or a posterior instead of trained, and the functions they are.

Elliptical slice sampling and Langevin dynamics in weight space, whether chains have converged, how
complex a function of bits is, orthants of Gaussian processes, and the posterior over functions
that have given signs. May import all the rest of `models` but `data` and `observables`.
"""
