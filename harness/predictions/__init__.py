"""What a claim may predict: one form, one file, one frozen dataclass with one `judge`.

A form that is missing goes here, with planted truths in `tests/harness/predictions`.
They import `terms` and `statistics`.
"""
