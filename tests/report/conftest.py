"""The reports that several tests look at."""

import pytest

from survgui.cases.report import Pictures
from tests.report import sample

EVIL = 'A<B and C>D"&\'<img src="http://x.invalid/y"><script>alert(1)</script>'


@pytest.fixture(scope="session")
def content():
    """A case as designed: measured, imputed, unusable, absent and unused modalities, and every picture."""
    return sample.content(subject="glioma")


@pytest.fixture(scope="session")
def evil():
    """A case whose id and words are markup."""
    prediction = sample.prediction(case=EVIL, warnings=(EVIL,))
    return sample.content(prediction, sample.reference(60), Pictures(), subject=EVIL, site=EVIL)
