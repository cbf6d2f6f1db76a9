"""From a claim's function to samples that last, and from samples to a verdict.

Identity of a measurement, store, looks, verification. Imports `terms` only:
a prediction comes with its claim; engines and plugin import it.
"""
