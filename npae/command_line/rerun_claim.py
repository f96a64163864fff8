"""x."""

import click


@click.command()
def reproduce() -> None:
    """X."""
