"""What several studies share. Nothing here is a study, and studies import from here, not from each other.

- ``command_line``: the common options, the types of arguments, and errors as one line instead of a traceback
- ``recipe``: `Recipe`, all settings of a training except its data and seed
- ``training``: `fitted`, `Train` (one run of a study) and `run_study` (all of its runs)
- ``results``: ``results.json``, and tables as text
- ``letters``: fonts by name, and what makes a glyph crisp
- ``images``: MNIST and sets like it, read once per process
- ``principal_components``: PCA, the linear yardstick
- ``figures``: the look of axes, and the words of notes
"""
