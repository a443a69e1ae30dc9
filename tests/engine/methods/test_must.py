from survgui.cases.step import run_to_end
from survgui.encoders import scaling
from survgui.engine.methods.contract import Options
from survgui.engine.methods.must import MUST
from survgui.engine.methods.network import fit_network
from survgui.nets.must import Must, MustConfig
from tests.engine.conftest import TINY


def test_it_is_fitted_with_all_generators_that_are_asked_for(cohort):
    options = Options(MustConfig().changed({**TINY, "generators": "ddim", "generator": "flow", "diffusion_epochs": 1}))
    model = run_to_end(fit_network(MUST, cohort, cohort.ids[:90], options))
    assert isinstance(model.fitted.net, Must) and set(model.fitted.generators) == {"flow", "ddim"}
    assert {m: MUST.describe(s) for m, s in model.inputs.scalings.items()} == {
        m: scaling.describe(s) for m, s in model.inputs.scalings.items()
    }


def test_it_has_nothing_to_judge_beyond_survival(cohort):
    assert run_to_end(MUST.quality(None, None, cohort, None, seed=0)) == {} and MUST.pooled([{}, {}]) == {}
