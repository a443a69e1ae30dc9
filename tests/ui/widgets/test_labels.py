from PySide6.QtCore import Qt

from survgui.ui.widgets.labels import Elided, Label, line, plain_tip


def test_an_id_is_not_taken_for_markup(qtbot):
    label = Label("A<B and C>D")
    qtbot.addWidget(label)
    assert label.textFormat() is Qt.TextFormat.PlainText
    plain = Label("A B and C D")
    qtbot.addWidget(plain)
    assert label.sizeHint().width() >= plain.sizeHint().width()


def test_a_name_that_looks_like_markup_stays_a_name_in_tips(qtbot):
    assert "&lt;b&gt;" in plain_tip("slide <b>1</b>")
    assert plain_tip("38 % < 40 %") == "38 % < 40 %"
    label = Elided("<img src='x.png'>")
    qtbot.addWidget(label)
    assert "&lt;img" in label.toolTip()
    label.setText("<h1>P-1</h1>")
    assert "&lt;h1&gt;" in label.toolTip()


def test_a_kind_can_be_changed(qtbot):
    label = Label("x", "soft")
    qtbot.addWidget(label)
    label.set_kind("warn")
    assert label.property("kind") == "warn"


def test_an_elided_label_shrinks_and_keeps_the_whole_as_its_tip(qtbot):
    label = Elided("TCGA-DU-7294_with_a_very_long_name.svs")
    qtbot.addWidget(label)
    assert label.minimumSizeHint().width() < label.sizeHint().width() / 3
    assert label.toolTip() == label.text()
    label.setText("other")
    assert label.toolTip() == "other"


def test_an_elided_label_paints_both_ends_of_its_text(qtbot):
    label = Elided("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    qtbot.addWidget(label)
    label.resize(60, 20)
    image = label.grab().toImage()
    ground = image.pixelColor(0, 0)
    inked = [x for x in range(image.width()) if any(image.pixelColor(x, y) != ground for y in range(image.height()))]
    assert min(inked) < 8 and max(inked) > 40


def test_a_line_is_one_pixel_high(qtbot):
    rule = line()
    qtbot.addWidget(rule)
    assert rule.property("kind") == "line"
