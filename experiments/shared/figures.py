"""The look of axes and the words of notes. Matplotlib is imported where it is used: worker processes draw nothing."""


def counted(n, what="seed"):
    """Return a number of things as text: ``1 seed``, ``5 seeds``."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def plain(ax, spines=True):
    """Give axes a faint grid below the data and small tick labels, and leave out the spines if asked; return them."""
    ax.grid(color="0.9", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=8)
    if not spines:
        ax.spines[["top", "right"]].set_visible(False)
    return ax


def plain_numbers(axis, steps=(1, 2, 5)):
    """Mark a logarithmic axis at multiples of powers of ten, as plain numbers."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axis.set(major_locator=LogLocator(subs=steps), major_formatter="{x:g}", minor_formatter=NullFormatter())
