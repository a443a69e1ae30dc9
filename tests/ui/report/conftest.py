import pytest

from tests.report import sample


@pytest.fixture(scope="session")
def content():
    """A case as designed, with every picture."""
    return sample.content(subject="glioma", report_id="r-1", created="2026-11-20T10:00+00:00")
