"""Networks drawn from a prior or a posterior instead of trained, and the functions they are.

Elliptical slice sampling in weight space, whether chains have converged, how complex a function
of bits is, orthants of Gaussian processes. May import all the rest of `models` but `data` and
`observables`.
"""
