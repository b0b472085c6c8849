"""Groups of losses."""

from tests.cases import Case
from tests.oracles import oracle

from .signal_ratios import CLOSE
from .waveform import dc_loss, esr_loss

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("losses.LossGroup.__call__")
def loss_group(target, audio):
    return {"esr_loss": esr_loss(target, audio), "dc_loss": dc_loss(target, audio)}


# Cases --------------------------------------------------------------------------------------------------------------


def _group(ddsp):
    """Group of two losses of the same pair."""
    esr, dc = ddsp.losses.ESRLoss(), ddsp.losses.DCLoss()
    group = ddsp.losses.LossGroup(dag=[(esr, ["target", "audio"]), (dc, ["target", "audio"])])
    return lambda target, audio: group({"target": target, "audio": audio})


PAIR = {"target": CLOSE["target_audio"], "audio": CLOSE["audio"]}

CASES = [
    Case("LossGroup", "losses.LossGroup.__call__", PAIR, rtol32=4e-6, make=_group),
]
