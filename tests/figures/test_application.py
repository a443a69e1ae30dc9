from PySide6.QtGui import QGuiApplication

from survgui.figures.application import offscreen


def test_one_application_for_all():
    assert offscreen() is offscreen() is QGuiApplication.instance()
