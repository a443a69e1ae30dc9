import pytest

from survgui.cases.case import Modality as M
from survgui.engine.inputs import fit_inputs
from survgui.engine.methods.contract import CannotRun
from survgui.engine.methods.views import two_views
from survgui.nets.must import MustConfig


def test_pathology_stands_against_all_omics_and_nothing_else_is_used():
    assert two_views(list(M)) == ((M.PATHOLOGY,), (M.RNA, M.DNAM, M.CNV, M.MUTATION, M.MIRNA))


def test_without_pathology_rna_stands_against_the_other_omics():
    assert two_views([M.CLINICAL, M.RNA, M.CNV, M.MIRNA]) == ((M.CNV, M.MIRNA), (M.RNA,))


@pytest.mark.parametrize("there", [(M.CLINICAL, M.PATHOLOGY), (M.RNA, M.MRI), (M.CNV, M.MIRNA), ()])
def test_an_empty_view_is_refused_with_what_there_is(there):
    with pytest.raises(CannotRun, match=there[-1] if there else "nothing"):
        two_views(there)


def test_fitted_inputs_are_what_can_be_learned_from(cohort):
    assert two_views(fit_inputs(cohort, cohort.ids, MustConfig())) == ((M.PATHOLOGY,), (M.RNA,))
