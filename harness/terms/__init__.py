"""What a claim is: its declaration, ladder, seeds, prediction, verdict and evidence.

The words everything else in the harness is said in. Every other sub-package
may import them; they import numpy and one another.
"""
