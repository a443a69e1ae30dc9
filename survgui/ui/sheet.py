"""The style sheet of the window, from the design tokens.

Widgets are told apart by a dynamic property `kind` (`title`, `primary`, `card`, ...), never by object names, so
that a widget made anywhere looks right.
"""

from __future__ import annotations

from survgui import paths
from survgui.figures.theme import DARK, Theme


def sheet(t: Theme) -> str:
    """The whole sheet for one theme."""
    return "\n".join((_ground(t), _labels(t), _buttons(t), _fields(t), _lists(t), _bars(t), _menus(t)))


def _ground(t: Theme) -> str:
    return f"""
    QMainWindow, QDialog, QWidget[kind="page"] {{ background: {t.background}; }}
    QFrame[kind="card"] {{ background: {t.panel}; border: 1px solid {t.line}; border-radius: 10px; }}
    QFrame[kind="bar"] {{ background: {t.panel}; border: 0; }}
    QFrame[kind="header"] {{ background: {t.panel}; border: 0; border-bottom: 1px solid {t.line}; }}
    QFrame[kind="footer"] {{ background: {t.panel}; border: 0; border-top: 1px solid {t.line}; }}
    QFrame[kind="rail"] {{ background: {t.panel}; border: 0; border-right: 1px solid {t.line}; }}
    QFrame[kind="glass"] {{ background: {t.panel}; border: 1px solid {t.line}; border-radius: 8px; }}
    QFrame[kind="line"] {{ background: {t.line}; border: 0; max-height: 1px; min-height: 1px; }}
    QFrame[kind="warning"] {{ background: {t.warn_tint}; border: 0; border-radius: 8px; }}
    QFrame[kind="info"] {{ background: {t.tint}; border: 0; border-radius: 8px; }}
    QFrame[kind="error"] {{ background: {t.panel}; border: 1px solid {t.high}; border-radius: 8px; }}
    QToolTip {{ background: {t.text}; color: {t.panel}; border: 0; padding: 5px 8px; }}
    QSplitter::handle {{ background: transparent; }}
    QScrollArea {{ background: transparent; border: 0; }}
    QScrollArea > QWidget > QWidget[kind="plain"] {{ background: transparent; }}
    """


def _labels(t: Theme) -> str:
    return f"""
    QLabel {{ color: {t.text}; background: transparent; }}
    QLabel[kind] {{ background: transparent; border: 0; }}
    QLabel[kind="soft"] {{ color: {t.soft}; }}
    QLabel[kind="hint"] {{ color: {t.soft}; font-size: 12px; }}
    QLabel[kind="strong"] {{ font-weight: 600; }}
    QLabel[kind="title"] {{ font-size: 17px; font-weight: 600; }}
    QLabel[kind="number"] {{ font-size: 24px; font-weight: 600; }}
    QLabel[kind="accent"] {{ color: {t.accent}; font-weight: 600; }}
    QLabel[kind="good"] {{ color: {t.good}; }}
    QLabel[kind="warn"] {{ color: {t.warn}; }}
    QLabel[kind="error"] {{ color: {t.high_text}; }}
    """


def _buttons(t: Theme) -> str:
    return f"""
    QPushButton {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.line}; border-radius: 7px;
        padding: 0 14px; min-height: 28px; font-weight: 500; }}
    QPushButton:hover {{ border-color: {t.faint}; }}
    QPushButton:pressed {{ background: {t.background}; }}
    QPushButton:focus {{ border: 1px solid {t.accent}; outline: none; }}
    QPushButton:disabled {{ color: {t.faint}; }}
    QPushButton[kind="primary"] {{ background: {t.accent}; color: {t.panel}; border-color: {t.accent}; }}
    QPushButton[kind="primary"]:focus {{ border: 2px solid {t.text}; }}
    QPushButton[kind="primary"]:disabled {{ background: {t.grid}; color: {t.faint}; border-color: {t.grid}; }}
    QPushButton[kind="danger"] {{ color: {t.high_text}; }}
    QPushButton[kind="danger"]:disabled {{ color: {t.faint}; }}
    QPushButton[kind="quiet"] {{ background: transparent; border-color: transparent; color: {t.soft};
        padding: 0 8px; font-weight: 400; }}
    QPushButton[kind="quiet"]:hover {{ color: {t.text}; }}
    QPushButton[kind="quiet"]:focus {{ border-color: {t.accent}; }}
    QPushButton[kind="quiet"][warn="true"] {{ color: {t.warn}; font-weight: 600; }}
    QPushButton[kind="quiet"][error="true"] {{ color: {t.high_text}; font-weight: 600; }}
    QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 3px;
        color: {t.soft}; }}
    QToolButton:hover {{ background: {t.background}; }}
    QToolButton:focus {{ border-color: {t.accent}; }}
    QToolButton:checked {{ background: {t.tint}; color: {t.accent}; }}
    QToolButton::menu-indicator {{ image: none; }}
    QToolButton[kind="rail"] {{ border-radius: 8px; color: {t.soft}; padding: 6px 0 4px 0; font-size: 12px; }}
    QToolButton[kind="rail"]:checked {{ background: {t.tint}; color: {t.accent}; font-weight: 600; }}
    QToolButton[kind="segment"] {{ border-radius: 6px; padding: 0 9px; min-height: 24px; color: {t.soft}; }}
    QToolButton[kind="segment"]:checked {{ background: {t.tint}; color: {t.accent}; font-weight: 600; }}
    QToolButton[kind="tab"] {{ border: 0; border-radius: 0; border-bottom: 2px solid transparent; color: {t.soft};
        padding: 0 14px; min-height: 34px; font-size: 13px; font-weight: 500; background: transparent; }}
    QToolButton[kind="tab"]:hover {{ color: {t.text}; }}
    QToolButton[kind="tab"]:checked {{ color: {t.text}; font-weight: 600; border-bottom: 2px solid {t.accent};
        background: transparent; }}
    QToolButton[kind="tab"]:focus {{ color: {t.accent}; }}
    """


def _fields(t: Theme) -> str:
    return f"""
    QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox {{ background: {t.panel};
        color: {t.text}; border: 1px solid {t.line}; border-radius: 6px; padding: 0 8px; min-height: 28px;
        selection-background-color: {t.accent}; selection-color: {t.panel}; }}
    QPlainTextEdit, QTextEdit {{ padding: 6px 8px; }}
    QLineEdit:hover, QComboBox:hover, QSpinBox:hover, QDoubleSpinBox:hover {{ border-color: {t.faint}; }}
    QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus
        {{ border: 1px solid {t.accent}; }}
    QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled {{ color: {t.faint};
        background: {t.background}; }}
    QLineEdit[wrong="true"] {{ border: 1px solid {t.high}; }}
    QSpinBox, QDoubleSpinBox {{ padding: 0 6px; }}
    QComboBox::drop-down {{ border: 0; width: 22px; }}
    QComboBox::down-arrow {{ image: url("{_image("arrow")}"); width: 12px; height: 12px; }}
    QComboBox QAbstractItemView {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.line};
        selection-background-color: {t.tint}; selection-color: {t.text}; outline: 0; padding: 4px; }}
    QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button
        {{ border: 0; width: 16px; }}
    QCheckBox {{ color: {t.text}; spacing: 8px; min-height: 24px; background: transparent; }}
    QCheckBox:disabled {{ color: {t.faint}; }}
    QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {t.faint}; border-radius: 4px;
        background: {t.panel}; }}
    QCheckBox::indicator:checked {{ background: {t.accent}; border-color: {t.accent};
        image: url("{_image("tick-dark" if t is DARK else "tick-light")}"); }}
    QCheckBox:focus {{ color: {t.accent}; }}
    QSlider::groove:horizontal {{ height: 4px; background: {t.grid}; border-radius: 2px; }}
    QSlider::sub-page:horizontal {{ background: {t.accent}; border-radius: 2px; }}
    QSlider::handle:horizontal {{ width: 12px; height: 12px; margin: -6px 0; border-radius: 8px;
        background: {t.panel}; border: 2px solid {t.accent}; }}
    """


def _lists(t: Theme) -> str:
    return f"""
    QTableView, QListView, QTreeView {{ background: {t.panel}; color: {t.text}; border: 0; outline: 0;
        gridline-color: {t.grid}; selection-background-color: {t.tint}; selection-color: {t.text};
        alternate-background-color: {t.panel}; }}
    QTableView::item, QListView::item, QTreeView::item {{ padding: 0 5px; border: 0; }}
    QTreeView::item {{ min-height: 26px; }}
    QTreeView::item:selected {{ background: {t.tint}; color: {t.text}; }}
    QHeaderView {{ background: {t.panel}; }}
    QHeaderView::section {{ background: {t.panel}; color: {t.soft}; border: 0;
        border-bottom: 1px solid {t.line}; padding: 6px 8px; font-weight: 400; font-size: 12px; }}
    QTableCornerButton::section {{ background: {t.panel}; border: 0; }}
    QTextBrowser {{ background: {t.panel}; color: {t.text}; border: 0; }}
    """


def _bars(t: Theme) -> str:
    return f"""
    QProgressBar {{ background: {t.grid}; border: 0; border-radius: 3px; min-height: 6px; max-height: 6px; }}
    QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
    QScrollBar:vertical {{ background: transparent; width: 12px; margin: 2px; }}
    QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 2px; }}
    QScrollBar::handle {{ background: {t.line}; border-radius: 4px; min-height: 28px; min-width: 28px; }}
    QScrollBar::handle:hover {{ background: {t.faint}; }}
    QAbstractScrollArea::corner {{ background: transparent; border: 0; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QDockWidget {{ color: {t.text}; font-weight: 600; }}
    QMainWindow::separator {{ background: {t.line}; width: 1px; height: 1px; }}
    """


def _menus(t: Theme) -> str:
    return f"""
    QMenu {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.line}; padding: 5px; }}
    QMenu::item {{ padding: 6px 28px 6px 12px; border-radius: 5px; }}
    QMenu::item:selected {{ background: {t.tint}; color: {t.text}; }}
    QMenu::item:disabled {{ color: {t.faint}; }}
    QMenu::separator {{ height: 1px; background: {t.line}; margin: 5px 8px; }}
    QMenuBar {{ background: {t.panel}; color: {t.soft}; border-bottom: 1px solid {t.line}; }}
    QMenuBar::item {{ padding: 5px 10px; background: transparent; }}
    QMenuBar::item:selected {{ background: {t.tint}; color: {t.text}; }}
    """


def _image(name: str) -> str:
    """Path of an icon as style sheets want it; theirs cannot be recoloured, so these have a colour of their own."""
    return paths.resource(f"icons/{name}.svg").as_posix()
