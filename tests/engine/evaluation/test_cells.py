from dataclasses import replace

from survgui.cases.cohort import Split
from survgui.cases.step import run_to_end
from survgui.engine.evaluation import cells as module
from tests.engine.evaluation.conftest import OPTIONS


def count_test(model, cohort, split, options):
    return {"tested": len(split.test), "seed": options.seed}
    yield  # a task without steps


def test_a_cell_is_named_by_all_that_decides_its_figures(cohort, tmp_path, monkeypatch):
    split = Split(0, cohort.ids[:60], cohort.ids[60:])
    (tmp_path / "r.csv").write_text("one")
    options = replace(OPTIONS, risks=str(tmp_path / "r.csv"))

    def name(method="must", seed=0, digest="a", **changed):
        also = changed.pop("also", None)
        job = module.Job(cohort, (("natural",),), replace(options, **changed), also)
        return module.cell_name(digest, job, module.Cell(method, split, seed))

    names = [name(), name(seed=1), name(digest="b"), name(draws=9), name(config=replace(OPTIONS.config, epochs=9)),
             name(also=count_test), name("published:mcat")]  # fmt: skip
    assert len(set(names)) == len(names) and ":" not in names[-1]
    (tmp_path / "r.csv").write_text("two")
    assert name("published:mcat") != names[-1] and name() == names[0]
    monkeypatch.setattr(module.program, "digest", lambda: "another program")
    assert name() != names[0]


def test_jobs_are_done_together_and_each_cell_asks_its_own(cohort, tmp_path):
    split = Split(0, cohort.ids[:90], cohort.ids[90:])
    fewer = cohort.hide(["rna"])
    jobs = [module.Job(c, (("natural",),), OPTIONS, count_test, name) for c, name in ((cohort, "all"), (fewer, "few"))]
    wanted = [module.Cell("cox-all", split, 0, job) for job in (0, 1)] + [module.Cell("cox-rna-clinical", split, 0, 1)]
    task = module.finish(jobs, wanted, tmp_path)
    said = []
    both, few, none = run_to_end(task, lambda step: said.append(step.text))
    assert both["also"] == few["also"] == {"tested": 30, "seed": 0}
    assert both["rows"][0]["c_index"] != few["rows"][0]["c_index"]
    assert none["rows"] == [] and "also" not in none and len(list(tmp_path.iterdir())) == 2
    assert "all, cox-all, fold 1 of 5, seed 0" in said and "few, cox-all, fold 1 of 5, seed 0" in said
    assert module.reasons(wanted, [both, few, none]) == {("cox-rna-clinical", "natural"): none["reasons"]["natural"]}
    assert run_to_end(module.finish(jobs, wanted[:2], tmp_path)) == [both, few]
