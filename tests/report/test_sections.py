from survgui.report.sections import ALL, ALWAYS, Section


def test_every_section_has_a_heading_of_its_own():
    titles = [section.title for section in Section]
    assert len(set(titles)) == len(titles)
    assert all(titles)
    assert set(Section) == ALL


def test_what_cannot_be_left_out_is_no_section():
    assert not {section.title for section in Section} & set(ALWAYS)
    assert {"Research-use notice", "Case and report id", "Result", "Inputs"} <= set(ALWAYS)
