"""What entries are made of. No file here is an entry.

- ``harness``: `benchmark` registers an entry; `compare` and `alone` measure in turn and return a `Row`
- ``letter_network``, ``digits``: the networks and the data of several entries
- ``torch_peers``: the same networks in PyTorch, its training loop, and its fastest Adam
- ``machine``, ``page``, ``growth``: the parts of the report
"""
