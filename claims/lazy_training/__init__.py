"""What stands still while a wide network learns.

In the kernel regime the output moves by O(1) and everything inside by less and
less as the width grows: units, kernel, random combinations of units. The claims
here measure how fast each stands still, and hold it against the maximal-update
parametrization, where nothing does.
"""
