from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QTextDocument, QTextTable

from survgui.ui.models.card_text import CardText
from tests.ui.models.bundles import shipped

FOREIGN = """# A card
![picture](file:///etc/hostname) and [a link](https://example.org)

<img src="https://example.org/a.png"><script>x</script>

| a | b |
|---|---|
| 1 | 2 |
"""


def test_a_card_loads_nothing(qtbot, tmp_path):
    picture = tmp_path / "a.png"
    picture.write_bytes(b"not looked at")
    made = CardText()
    qtbot.addWidget(made)
    made.set_card(FOREIGN.replace("/etc/hostname", str(picture)))
    made.show()
    qtbot.waitExposed(made)
    assert made.grab().width() > 0
    for kind in QTextDocument.ResourceType:
        assert made.document().resource(kind.value, QUrl.fromLocalFile(str(picture))) is None
    assert CardText.loadResource(made, 2, QUrl.fromLocalFile(str(picture))) is None


def test_a_link_leads_nowhere(qtbot):
    made = CardText()
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.set_card("[a link](https://example.org)")
    made.show()
    before = made.toPlainText()
    cursor = made.textCursor()
    cursor.setPosition(2)
    at = made.cursorRect(cursor).center() + QPoint(2, 0)
    assert made.anchorAt(at) == "https://example.org"
    qtbot.mouseClick(made.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert made.toPlainText() == before
    assert made.source().isEmpty()
    assert not made.openExternalLinks()


def test_markup_is_text_and_no_markup(qtbot):
    made = CardText()
    qtbot.addWidget(made)
    made.set_card("<b>bold</b> & <script>x</script>")
    assert "<b>bold</b>" in made.toPlainText()


def test_tables_have_no_boxes_and_headings_the_pages_sizes(qtbot):
    made = CardText()
    qtbot.addWidget(made)
    made.set_card(shipped().card)
    tables = [f for f in made.document().rootFrame().childFrames() if isinstance(f, QTextTable)]
    assert len(tables) == shipped().card.count("\n|---") > 2
    assert all(table.format().border() == 0 for table in tables)
    first = made.document().begin()
    assert first.blockFormat().headingLevel() == 1
    assert first.begin().fragment().charFormat().font().pixelSize() == 15
    assert first.begin().fragment().charFormat().fontWeight() == 600
    assert "TCGA-GBMLGG: 567 patients, 186 deaths" in made.toPlainText()
