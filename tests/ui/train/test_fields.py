import pytest

from survgui.ui.train.fields import Choice, Number, Several, Shares, written
from survgui.ui.train.settings import METHODS

WIDTH = Number("width", "Width D", 8, 1024, whole=True)
RATE = Number("learning_rate", "Learning rate", 1e-7, 1.0)
RATIO = Number("mask_ratio", "Mask ratio", 0, 1, inside=True)
SHARES = Shares("mask_ratios", "Ratios")


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [(WIDTH, "128", 128), (RATE, "2e-4", 2e-4), (RATE, "0,5", 0.5), (RATIO, ".75", 0.75), (RATE, "1", 1.0)],
)
def test_a_number_is_read_as_it_is_typed(field, text, value):
    assert field.read(text) == value
    assert type(field.read(text)) is type(value)


@pytest.mark.parametrize(
    ("field", "text"),
    [(WIDTH, "8.5"), (WIDTH, "4"), (RATE, "nan"), (WIDTH, ""), (RATIO, "0"), (RATIO, "1"), (RATE, "2")],
)
def test_what_is_no_value_is_refused_by_name(field, text):
    with pytest.raises(ValueError, match=field.title):
        field.read(text)


@pytest.mark.parametrize(
    ("text", "value"), [("", ""), ("rna=0.5", "rna=0.5"), (" rna = 0.5 , mri=.75", "rna=0.5,mri=.75")]
)
def test_shares_are_read_without_spaces(text, value):
    assert SHARES.read(text) == value


@pytest.mark.parametrize("text", ["rna", "rna=", "genes=0.5", "rna=1", "rna=0", "rna=-0.5", "rna=x", "rna=nan"])
def test_what_is_no_share_of_a_modality_is_refused(text):
    with pytest.raises(ValueError, match="Ratios"):
        SHARES.read(text)


def test_a_choice_is_one_of_its_words_and_says_what_it_does():
    choice = Choice("order", "Order", (("file", "as in the file", "As it is."), ("cluster", "by cluster", "Alike.")))
    assert (choice.read("file"), choice.about("cluster")) == ("file", "Alike.")
    with pytest.raises(ValueError, match="as in the file, by cluster"):
        choice.read("random")


def test_of_several_names_one_at_least_is_needed():
    several = Several("sequences", "MRI sequences", (("t1", "T1"), ("t2", "T2")))
    assert several.read("t1,t2") == "t1,t2"
    with pytest.raises(ValueError, match="at least one"):
        several.read("")


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.key)
def test_every_presets_values_are_read_back_as_they_are_written(method):
    for chosen in method.presets:
        for field in method.fields:
            assert field.read(written(chosen.values[field.key])) == chosen.values[field.key]


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.key)
def test_stages_have_the_epochs_of_their_settings_and_a_part_to_be_drawn_in(method):
    epochs = method.epochs(method.preset("small").values)
    assert list(epochs) == list(method.stages) == list(method.costs)
    assert all((epochs[stage] > 0) == bool(key) for stage, key in method.stages.items())
    drawn = [stage for part in method.parts for stage in part.stages]
    assert drawn == [stage for stage, key in method.stages.items() if key]


def test_an_unknown_preset_is_an_error():
    with pytest.raises(KeyError):
        METHODS[0].preset("huge")
