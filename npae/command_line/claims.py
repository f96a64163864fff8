"""The claims of the five source studies: what each says, which experiment tests it, and the verdict on record."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

SWEEP, LATENT, DENSE = "letters.font_sweep", "font_latent2", "digits.mnist_dense"
IMPROVEMENTS = "digits.mnist_improvements"
MNIST, SERIES, SEARCH = "MNIST", "aeon", "optuna"  # what an experiment needs besides npae
FEW, ONE = ("--seeds", "2"), ("--seeds", "1")  # the quick version of most experiments


@dataclass(frozen=True)
class Run:
    """One call of an experiment: its module in `experiments`, its arguments, and the folder of its results.json.

    `quick` are further arguments that shorten it; none if the run with all seeds is short enough.
    """

    module: str
    arguments: tuple[str, ...] = ()
    quick: tuple[str, ...] = FEW
    results: str = ""


@dataclass(frozen=True)
class Claim:
    """What a study claims, the runs that test it, and what they gave with all seeds.

    `record` is the verdict on the pages of docs/studies, and `needs` names what has to be there besides npae.
    """

    id: str
    text: str
    record: str
    runs: tuple[Run, ...]
    needs: tuple[str, ...] = ()

    @property
    def arguments_of_quick_run(self) -> str:
        """What shortens the quick version, as text; empty if it is the full one."""
        return "; ".join(dict.fromkeys(shlex.join(run.quick) for run in self.runs if run.quick))


def sweep(vary: str, *options: str) -> Run:
    """Return the sweep of one knob of the letter network."""
    name = vary + "".join({"--published": "-published", "--sum-loss": "-sum"}[option] for option in options)
    return Run(SWEEP, ("--vary", vary, *options), FEW, name)


P = "--published"
_LETTERS = (
    Claim("S4.1", "The first try is not exact", "holds", (sweep("std", P),)),
    Claim(
        "S4.2",
        "A large eta removes all precision; best 0.001 to 0.01",
        "fails for a mean loss; holds only when the loss is a sum",
        (sweep("eta", P), sweep("eta", P, "--sum-loss")),
    ),
    Claim("S4.3", "Adaptive eta makes noise, codes at the edges", "fails", (sweep("adaptive", P),)),
    Claim("S4.4", "Too many iterations make letters coincide", "fails", (sweep("iterations", P),)),
    Claim("S4.5", "tanh beats sigmoid and relu", "holds", (sweep("activation"),)),
    Claim(
        "S4.6",
        "Solvers: BFGS is the reference, CG good and fast, Powell too slow",
        "BFGS: holds; CG: holds; Powell: holds",
        (sweep("solver"),),
    ),
    Claim("S4.7", "Best refined every 1 to 6 or 7; never is wrong", "holds as published", (sweep("every", P),)),
    Claim(
        "S4.8",
        "Very small or large weights are very wrong; best std 0.6 to 0.75",
        "small: fails; large: holds",
        (sweep("std", P),),
    ),
    Claim(
        "S4.9",
        "All three fonts work",
        "holds only with the good recipe",
        (sweep("font", P), sweep("font")),
    ),
    Claim("S4.10", "Two sets of best parameters rebuild 10 letters", "fails as published", (sweep("best", P),)),
    Claim(
        "S4.11",
        "A point that is no letter's code decodes to a new letter",
        "holds",
        (Run(LATENT, (), ()),),
    ),
    Claim(
        "S4.12",
        "Letters with 2 or 3 flipped pixels are recovered",
        "holds only on its own noise, or trained on fresh noise with a better loss",
        (Run("letters.font_denoising", (P,), ("--seeds", "1", "--versions", "100")),),
    ),
    Claim(
        "S4.13",
        "Latent points decode to new circles",
        "fails as published; holds only at the optimum, on the line of the codes",
        (Run("series.circles", (), ("--seeds", "1")),),
    ),
)
_DIGITS = (
    Claim(
        "S3.1",
        "Test loss 0.0119 and accuracy 0.968 at L = 64",
        "fails as published; holds only with eta 100, RMSprop or Adam",
        (Run(DENSE, ("--setting", "changes"), ()),),
        (MNIST,),
    ),
    Claim("S3.2", "No overfitting; test is better than train", "holds", (Run(DENSE, (), ()),), (MNIST,)),
    Claim("S3.3", "Worse with noise, barely readable at 0.5", "holds", (Run(DENSE, (), ()),), (MNIST,)),
    Claim(
        "S3.4",
        "Larger L converges faster; the ends do not differ",
        "faster: holds; no difference: fails",
        (Run(DENSE, (), ()),),
        (MNIST,),
    ),
    Claim(
        "S3.5",
        "Larger L costs time and memory, and risks overfitting",
        "cost: holds; risk: holds only as a trace",
        (Run(DENSE, ("--threads", "2"), ()),),
        (MNIST,),
    ),
)
_USES = (
    Claim(
        "S2.1",
        "Autoencoders denoise, since they learn to ignore noise",
        "holds only when trained on noisy input",
        (Run(DENSE, ("--setting", "denoising"), ()),),
        (MNIST,),
    ),
    Claim(
        "S2.2",
        "Dropout or a penalty reduces overfitting and makes codes sparser",
        'holds only when "and" is read as "or"',
        (Run("digits.mnist_overfitting", (), ()),),
        (MNIST,),
    ),
    Claim(
        "S2.3",
        "A penalty on the code makes it sparse, and better suited to other tasks",
        "sparse: holds; better suited: holds only for CodeKL",
        (Run(IMPROVEMENTS, ("--families", "sparse-codes", "conv-sparse-codes"), ONE),),
        (MNIST,),
    ),
    Claim(
        "S2.4",
        "Weights learned by reconstruction start a new task better and faster",
        "better: holds only with tanh and with sigmoid layer by layer; faster: holds only with sigmoid layer by layer",
        (Run("digits.pretraining", (), ONE),),
        (MNIST,),
    ),
    Claim(
        "S2.5",
        "Conv1D and LSTM autoencoders compress and rebuild real series",
        "holds only for ItalyPowerDemand and GunPoint: when the training series show what the test series hold",
        (Run("series.timeseries", (), ONE),),
        (SERIES,),
    ),
)
_VARIATIONAL = (
    Claim("S1.1", "The loss weights set the trade-off", "holds", (Run("variational.vae", (), ("--seeds", "1")),)),
    Claim(
        "S1.2",
        "Grid, random and Bayesian search find good parameters; Bayesian in fewer trials",
        "holds, for the median",
        (Run("variational.vae_search", ("--parts", "samplers"), ("--repetitions", "3")),),
        (MNIST, SEARCH),
    ),
    Claim(
        "S1.3",
        "Optimisers differ; a dynamic eta helps",
        "differ: holds; helps: holds only for some schedules",
        (Run("variational.vae_search", ("--parts", "optimisers"), ("--images", "1000", "--seeds", "3")),),
        (MNIST, SEARCH),
    ),
    Claim(
        "S1.4",
        "A tuned variational autoencoder generates realistic new samples",
        "holds only for about half of the samples",
        (Run("variational.vae", ("--mnist", "mnist", "--betas", "0.3", *ONE), ("--sizes", "20", "--draws", "50")),),
        (MNIST,),
    ),
)


def families(*names: str, quick: tuple[str, ...] = ()) -> tuple[Run]:
    """Return the run of the families of settings that a claim of study S0 is about."""
    return (Run(IMPROVEMENTS, ("--families", *names), quick),)


_IMPROVEMENTS = (
    Claim(
        "S0.1",
        "Deep extracts better features; wide trains faster",
        "deep: holds only with convolutions; wide: fails",
        families("networks", "conv-networks", quick=ONE),
        (MNIST,),
    ),
    Claim(
        "S0.2",
        "ReduceLROnPlateau helps; early stopping saves time",
        "plateau: holds only where it fires; stopping: holds",
        families("etas-and-stopping", "few-images"),
        (MNIST,),
    ),
    Claim(
        "S0.3",
        "Adam is solid; RMSprop is better in deeper nets",
        "Adam: holds; RMSprop: fails",
        families("optimisers", "optimisers-depth", "conv-optimisers-depth", quick=ONE),
        (MNIST,),
    ),
    Claim(
        "S0.4",
        "relu is fast, leaky relu steadier, selu most stable",
        "relu: holds; leaky relu: holds only in the shallow network; selu: fails",
        families("activations", "activations-depth"),
        (MNIST,),
    ),
    Claim(
        "S0.5",
        "L1 sparser, L2 generalises; both balance best",
        "L1: holds only for weights; L2: holds only on few images; both: fails",
        families("penalties", "few-images", quick=ONE),
        (MNIST,),
    ),
    Claim("S0.6", "Codes of 1, 2 and 32 numbers", "holds", families("code-size"), (MNIST,)),
    Claim(
        "S0.7",
        "40 % better, 30 % cheaper, 50 % steadier, 25 % less memory",
        "fails",
        families("networks", "spread"),
        (MNIST,),
    ),
)
CLAIMS = {claim.id: claim for claim in (*_LETTERS, *_DIGITS, *_USES, *_VARIATIONAL, *_IMPROVEMENTS)}
MINUTES = {  # of the quick version and of all seeds, on two cores: estimated from the times on the studies' pages
    "S4.1": (0.2, 1),
    "S4.2": (0.4, 4),
    "S4.3": (0.2, 1),
    "S4.4": (0.4, 3),
    "S4.5": (0.2, 2),
    "S4.6": (0.2, 2),
    "S4.7": (0.2, 2),
    "S4.8": (0.2, 1),
    "S4.9": (0.2, 2),
    "S4.10": (0.2, 1),
    "S4.11": (0.1, 0.1),
    "S4.12": (1, 4),
    "S4.13": (0.5, 4),
    "S3.1": (4, 4),
    "S3.2": (5, 5),
    "S3.3": (5, 5),
    "S3.4": (5, 5),
    "S3.5": (5, 5),
    "S2.1": (5, 5),
    "S2.2": (2, 2),
    "S2.3": (2, 5),
    "S2.4": (4, 20),
    "S2.5": (0.7, 2),
    "S1.1": (0.2, 1),
    "S1.2": (4, 11),
    "S1.3": (2, 6),
    "S1.4": (3, 6),
    "S0.1": (3, 8),
    "S0.2": (6, 6),
    "S0.3": (2, 6),
    "S0.4": (4, 4),
    "S0.5": (2, 4),
    "S0.6": (3, 3),
    "S0.7": (6, 6),
}
