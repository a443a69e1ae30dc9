from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from survgui.importing.dates import are_dates, read

LAST_OF_MARCH = date(2014, 3, 31).toordinal()


@pytest.mark.parametrize(
    "cell",
    [
        *("2014-03-31", "2014-03-31 00:00:00", "2014-03-31T08:15:00Z", "2014/3/31", "31.03.2014", "31.3.2014"),
        *("31/03/2014", "03/31/2014", "31-03-2014", "31-Mar-2014", "31 March 2014", "31MAR2014", "31. März 2014"),
    ],
)
def test_a_date_is_told_by_its_form(cell):
    assert are_dates([cell, ""])
    found = read({"a": [cell, ""]})
    assert not found.doubt
    assert found.days["a"][0] == LAST_OF_MARCH and np.isnan(found.days["a"][1])


@pytest.mark.parametrize("cells", [["3.5", "4,5"], ["III", "IV"], ["2014", "2015"], ["1/2", "2/3"], ["", "NA"], []])
def test_numbers_words_and_years_are_no_dates(cells):
    assert not are_dates(cells)


def test_one_date_above_twelve_tells_for_all_columns_of_the_table():
    found = read({"a": ["03/04/2014"], "b": ["25/04/2014"]})
    assert (found.doubt, found.days["a"][0]) == (False, date(2014, 4, 3).toordinal())


@pytest.mark.parametrize("cells", [["03/04/2014"], ["25/04/2014", "04/25/2014"]], ids=["none tells", "they contradict"])
def test_day_and_month_that_could_be_changed_about_are_not_guessed(cells):
    assert read({"a": cells}).doubt


def test_a_day_that_there_is_not_is_no_date():
    assert np.isnan(read({"a": ["31.02.2014"]}).days["a"][0])
