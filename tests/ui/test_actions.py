from PySide6.QtGui import QKeySequence

from survgui import paths
from survgui.ui.actions import ACTS, DOCKS, MENUS, NEEDS, WORKSPACES


def test_ids_and_shortcuts_are_unique():
    assert len({act.id for act in ACTS}) == len(ACTS)
    keys = [key for act in ACTS for key in act.keys]
    assert len(set(keys)) == len(keys)
    assert len({dock.id for dock in DOCKS}) == len(DOCKS)


def test_every_act_names_a_menu_a_need_an_icon_and_keys_that_exist():
    for act in ACTS:
        assert act.menu in MENUS and act.needs in NEEDS, act.id
        assert not act.icon or paths.resource(f"icons/{act.icon}.svg").is_file(), act.id
        assert all(not QKeySequence(key).isEmpty() for key in act.keys), act.id


def test_every_need_is_some_acts():
    assert {act.needs for act in ACTS} == set(NEEDS)


def test_every_menu_has_entries_and_every_workspace_an_icon():
    assert {act.menu for act in ACTS} == set(MENUS)
    assert all(paths.resource(f"icons/{icon}.svg").is_file() for _, _, icon in WORKSPACES)
    assert [act.argument for act in ACTS if act.slot == "go"] == [key for key, _, _ in WORKSPACES]
