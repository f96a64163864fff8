"""Benchmarks: npae next to its peers on the same machine.

- ``run.py``: the command; it runs entries by name and prints a table
- ``scaling.py``: a command of its own: studies and distributed training on several workers
- ``letters/``, ``digits/``, ``series/``: entries by what they train on
- ``overheads/``: entries that measure what npae adds to the work that has to be done anyway
- ``shared/``: what entries are made of: measures, rows, networks and data, and the training loop of PyTorch

A new entry is a function with the decorator `benchmark`, in a module that ``run.py`` lists. Peers are imported where
they are used, so that the other entries run where one is missing.
"""
