from survgui.cases.case import Kind, Modality
from survgui.cases.step import run_to_end
from survgui.encoders.patch_scaling import FORM, PlainScaling
from survgui.engine.methods.contract import Options
from survgui.engine.methods.imputmae import IMPUTMAE
from survgui.engine.methods.network import fit_network
from survgui.nets.masked.config import ImputmaeConfig
from survgui.nets.masked.imputmae import Imputmae
from survgui.nets.must import PRESETS
from tests.engine.conftest import TINY_MASKED


def test_it_takes_every_feature_as_it_is_and_says_so(cohort):
    config = ImputmaeConfig().changed({**TINY_MASKED, "pretrain_epochs": 1, "epochs": 1, "generators": "reencode"})
    model = run_to_end(fit_network(IMPUTMAE, cohort, cohort.ids[:90], Options(PRESETS["small"], imputmae=config)))
    assert isinstance(model.fitted.net, Imputmae) and model.fitted.net.config == config
    rna = model.inputs.scalings[Modality.RNA]
    assert isinstance(rna, PlainScaling) and rna.shape == (1, 40)
    assert set(rna.names) == set(cohort.blocks[Modality.RNA].names)  # in an order of its own
    assert model.inputs.specs[Modality.PATHOLOGY].kind is Kind.BAG
    assert {IMPUTMAE.describe(s)["form"] for s in model.inputs.scalings.values()} == {FORM}
    assert set(model.fitted.generators) == {"gaussian", "reencode"}
    assert list(model.fitted.losses)[:2] == ["pre-training", "fine-tuning"]
