"""The plugins for pytest: items, options, hooks, progress, and the words of the terminal.

The only part of the harness that knows pytest. It may import all the rest,
late where that is heavy: pytest loads it in every run.
"""
