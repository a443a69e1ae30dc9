import numpy as np
import pytest


def test_the_summary_is_the_mean_over_folds(result):
    rows = [r["c_index"] for r in result["rows"] if r["method"] == "cox-all" and r["pattern"] == ["natural"]]
    (summary,) = (s for s in result["summary"] if s["method"] == "cox-all" and s["pattern"] == ["natural"])
    assert summary["c_index"] == pytest.approx(np.mean(rows))
    assert summary["c_index_sd"] == pytest.approx(np.std(rows, ddof=1))
    assert summary["n_folds"] == 5 and summary["reason"] is None
