"""Run the command line: ``python -m npae`` is the command ``npae``."""

from .command_line.program import program

if __name__ == "__main__":
    program(prog_name="npae")
