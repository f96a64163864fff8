"""The command `npae`: what people do with a model from a shell.

- ``program``: the command itself, its exit codes, and errors as one line
- ``data_sources``, ``csv_tables``, ``refused_cells``, ``named_table``: files, folders and streams as samples
- ``expressions``: values of options, such as ``Adam(eta=0.01)``, read without running anything
- ``data_options``, ``model_options``: what several commands share
- ``train_model``, ``use_model``, ``score_rows``, ``explore_codes``, ``describe_file``: the commands
- ``claims``, ``rerun_claim``, ``claim_verdicts``, ``checkout``, ``measure_machine``: studies and benchmarks
- ``written_tables``: rows as text, CSV, JSON or a file

Importing npae imports none of this, nor Click.
"""
