"""Trials that were under way when their search was killed."""

import pytest

from npae.study.optuna_storage import counted, opened_study, requeue

optuna = pytest.importorskip("optuna")
NAMES = {name: optuna.distributions.IntDistribution(0, 9) for name in ("a", "b")}
WAITING = optuna.trial.TrialState.WAITING


@pytest.fixture
def study():
    return opened_study(None, "trials", direction="minimize", sampler=optuna.samplers.RandomSampler(seed=0))


def test_a_requeued_trial_keeps_its_values_and_its_place(study):
    first = study.ask(NAMES)
    study.tell(study.ask(NAMES), 1.0)
    requeue(study, optuna, NAMES)
    assert [trial.state == WAITING for trial in counted(study)] == [True, False]
    again = study.ask(NAMES)
    assert again.params == first.params and again.number == 2
    requeue(study, optuna, NAMES)
    assert study.ask(NAMES).params == first.params
    assert [trial.number for trial in counted(study)] == [3, 1]


def test_a_trial_that_had_not_drawn_everything_draws_again_unless_its_values_were_fixed(study):
    study.ask().suggest_int("a", 0, 9)
    study.enqueue_trial({"a": 3, "b": 4})
    study.ask()
    requeue(study, optuna, NAMES)
    free, told = counted(study)
    assert "fixed_params" not in free.system_attrs or free.system_attrs["fixed_params"] == {}
    assert told.system_attrs["fixed_params"] == {"a": 3, "b": 4}


def test_no_trial_is_doubled_if_a_search_is_killed_while_it_requeues(study, monkeypatch):
    study.ask(NAMES)

    def killed(*arguments, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(study, "tell", killed)
        with pytest.raises(KeyboardInterrupt):
            requeue(study, optuna, NAMES)
    requeue(study, optuna, NAMES)
    assert [trial.state == WAITING for trial in counted(study)] == [True]
