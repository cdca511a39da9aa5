"""Every act that is told to the audit anywhere has a sentence for the person whom it concerns."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import permissions
from core.audit import DENIED, DONE
from core.throttle import STOP_CODE
from core.told import KNOWN, LONGEST, facts_of, sentence

CORE = Path(__file__).parents[2] / "core"


def modules() -> Iterator[tuple[Any, ast.Module]]:
    for path in sorted(CORE.rglob("*.py")):
        name = ".".join(path.relative_to(CORE.parent).with_suffix("").parts)
        yield importlib.import_module(name), ast.parse(path.read_text(encoding="utf-8"))


def acts_told() -> Iterator[tuple[str, str]]:
    """Each place where an event is made, and the acts that it may tell; one that cannot be read here fails."""
    for module, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and _tells(node.func):
                for act in read(node.args[0], module, tree):
                    yield f"{module.__name__}:{node.lineno}", act


def _tells(called: ast.expr) -> bool:
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    is_an_act = isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "act"
    return name == "Told" or (name == "tell" and is_an_act)


def read(expression: ast.expr, module: Any, tree: ast.Module) -> list[str]:  # noqa: PLR0911 - a line for each form
    """What an expression for an act may be: a text, a name of the module, one of a table, or what callers give."""
    match expression:
        case ast.Constant(value=str(act)):
            return [act]
        case ast.IfExp(body=first, orelse=second):
            return read(first, module, tree) + read(second, module, tree)
        case ast.Attribute(value=ast.Name(id=of), attr=name) if hasattr(getattr(module, of, None), name):
            return [getattr(getattr(module, of), name)]
        case ast.Name(id=name) if isinstance(getattr(module, name, None), str):
            return [getattr(module, name)]
        case ast.Subscript(value=ast.Name(id=name)) if isinstance(getattr(module, name, None), dict):
            return [*getattr(module, name).values()]
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return list(given_to_makers(name, tree))
        case ast.JoinedStr():
            return [f"issue {kind} code" for kind in ("activation", "reset")]
        case ast.Call(func=ast.Attribute(attr="words_of")):
            return []  # of a table, all of which are tried below
        case ast.Name(id=name):
            return list(given(name, module, tree))
    raise AssertionError(f"{module.__name__}: what {ast.unparse(expression)} may be is not known here")


def given(name: str, module: Any, tree: ast.Module) -> Iterator[str]:
    """What the callers of a function give for its parameter, or what a local name is given."""
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        names = [each.arg for each in function.args.args]
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and [ast.unparse(each) for each in node.targets] == [name]:
                yield from read(node.value, module, tree)
        if name in names:
            place = names.index(name)
            for call in [node for node in ast.walk(tree) if isinstance(node, ast.Call)]:
                if ast.unparse(call.func).removeprefix("self.") == function.name:
                    at = place - names.count("self")
                    if at < len(call.args):
                        yield from read(call.args[at], module, tree)


def given_to_makers(field: str, tree: ast.Module) -> Iterator[str]:
    """What whoever makes an object of this module's classes gives for a field, anywhere in the core."""
    for each in [node for node in tree.body if isinstance(node, ast.ClassDef)]:
        fields = [ast.unparse(line.target) for line in each.body if isinstance(line, ast.AnnAssign)]
        if field in fields:
            for module, other in modules():
                for call in [node for node in ast.walk(other) if isinstance(node, ast.Call)]:
                    if ast.unparse(call.func) == each.name:
                        yield from read(call.args[fields.index(field)], module, other)


def test_every_act_that_is_told_anywhere_in_the_core_has_a_sentence() -> None:
    told = list(acts_told())

    assert len({act for _, act in told}) > 40
    assert [(place, act) for place, act in told if act not in KNOWN] == []


def test_every_act_that_changes_something_by_the_permission_table_has_a_sentence_or_is_only_ever_refused() -> None:
    tables = (permissions.ON_PEOPLE, permissions.ON_CONTRACT, permissions.ON_RESOURCES)
    acts = {rule.act for table in tables for rule in table.values()}
    told_otherwise = {"make an administrator", "make a user of an administrator", "add members to a group"}
    told_otherwise |= {"remove members from a group", "take a resource from a group"}

    assert {act for act in acts - KNOWN - told_otherwise if not act.startswith("see ")} == set()


def test_a_sentence_speaks_to_its_reader_and_names_whoever_else_it_was_done_to() -> None:
    on_reader = sentence("change a role", DONE, {"old": "user", "new": "administrator"})
    on_another = sentence("change a role", DONE, {"old": "user", "new": "administrator"}, whom="bo@x.y")

    assert on_reader == "Your role was changed from user to administrator"
    assert on_another == "bo@x.y's role was changed from user to administrator"


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"with": "password"}, "Wrong password at the sign-in"),
        ({"with": "code"}, "Right password, then a wrong code"),
        ({"with": "code", "replayed": True}, "Right password, then a code that had been used already"),
        ({"with": "recovery code"}, "Right password, then a wrong recovery code"),
        ({}, "Not allowed: sign in"),
    ],
)
def test_a_refusal_says_what_was_wrong(details: dict[str, Any], expected: str) -> None:
    assert sentence("sign in", DENIED, details) == expected


@pytest.mark.parametrize("name", ["{new}", "{0.__class__}", "%s", "[/]", "\x1b]52;c;aGk=\x07", ""])
def test_what_people_have_typed_is_no_part_of_the_words(name: str) -> None:
    assert sentence("create a group", DONE, {"group": name}) == f"The group {name} was created"


def test_what_is_not_known_or_lacks_a_detail_is_told_as_far_as_it_goes() -> None:
    assert sentence("fly to the {moon}", DONE, {}) == "fly to the {moon}"
    assert sentence("fly", DENIED, {}, whom="bo@x.y") == "Not allowed: fly (bo@x.y)"
    assert sentence("change a role", DONE, {"old": "user"}) == "Your role was changed from user to …"


def test_a_reason_that_is_not_told_leaves_no_gap_behind() -> None:
    assert sentence("unlock on the host", DONE, {}) == "Your account was unlocked on the host"
    assert sentence("unlock on the host", DONE, {"reason": "called"}) == "Your account was unlocked on the host: called"


def test_a_password_is_said_to_be_set_with_one_code_or_the_other() -> None:
    told = [sentence("set password with a code", DONE, {"with": kind}) for kind in ("activation code", "reset code")]

    assert told == ["Your password was set with the activation code", "Your password was set with the reset code"]


def test_a_support_pin_that_a_reset_removed_is_told_with_it_and_its_person_is_asked_for_a_new_one() -> None:
    details = {"with": "reset code", "support PIN removed": True}

    to_him = sentence("set password with a code", DONE, details)
    to_others = sentence("set password with a code", DONE, details, whom="ulf@example.com")

    assert to_him == ("Your password was set with the reset code; your support PIN was removed with it: set a new one")
    assert to_others == (
        "ulf@example.com's password was set with the reset code; ulf@example.com's support PIN was removed with it"
    )


def test_a_wrong_stop_code_is_told_as_one_and_who_may_not_stop_a_reset_gave_none() -> None:
    act = "stop a reset of 2-factor"

    assert sentence(act, DENIED, {"with": STOP_CODE.secret}) == "Wrong code to stop the removal of your 2-factor"
    assert sentence(act, DENIED, {"why": "NotAllowed"}) == "Not allowed: stop a reset of 2-factor"


def test_details_are_told_as_words_and_no_longer_than_a_screen_can_show() -> None:
    facts = dict(facts_of("share", {"old": None, "forced": True, "people": ["a@x.y"] * 100}))

    assert dict(facts_of("share", {"why": "NotAllowed"})) == {"why": "the role does not allow it"}
    assert (facts["old"], facts["forced"]) == ("nothing", "yes")
    assert len(facts["people"]) == LONGEST


def test_names_of_resources_are_not_told_where_nobody_can_say_whether_they_may_be_seen() -> None:
    assert facts_of("import resources", {"names": ["Vault"], "count": 1}) == (("count", "1"),)
