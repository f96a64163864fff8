"""When lines tell of a refinement that lasts."""

from types import SimpleNamespace

from npae import Progress


class Lasting:
    """As much of the status of a refinement as a line shows."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __str__(self):
        return f"{self.seconds} s"


def test_a_refinement_is_told_of_once_it_lasts_a_second(capsys):
    training = SimpleNamespace(listeners=[])
    with Progress(every=0).begin(training, {}):
        (listener,) = training.listeners
        for seconds in (0.9, 1.0, 1.5):
            listener(Lasting(seconds))
    assert capsys.readouterr().err.splitlines() == ["1.0 s", "1.5 s"]
