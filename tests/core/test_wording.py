"""Every refusal and every fault has its sentence, and none repeats a secret."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from core import errors
from core.wording import duration, sentence
from data import faults

GROUPS = {errors.Refusal, errors.AnswerRefused, errors.Denied, faults.Fault}
NOW = datetime(2026, 3, 2, tzinfo=UTC)
SAMPLES: dict[Any, Any] = {
    str: "sample",
    int: 90,
    bool: True,
    datetime: NOW,
    datetime | None: NOW,
    Path: Path("/srv/sample"),
    str | None: None,
    tuple[str, ...]: ("8 characters", "1 upper-case"),
}


def _kinds(group: type[Exception]) -> Iterator[type[Exception]]:
    for kind in group.__subclasses__():
        yield kind
        yield from _kinds(kind)


def _sample(kind: type[Any]) -> Any:
    hints = get_type_hints(kind)
    return kind(**{name: SAMPLES[hints[name]] for name in getattr(kind, "__match_args__", ())})


KINDS = sorted({*_kinds(errors.Refusal), *_kinds(faults.Fault)} - GROUPS, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", KINDS)
def test_each_refusal_and_each_fault_has_a_sentence(kind: type[Any]) -> None:
    words = sentence(_sample(kind))

    assert words[0].isupper() or words.startswith(("/", "sample", "2-factor"))
    assert 10 < len(words) < 160


def test_there_are_as_many_sentences_as_refusals() -> None:
    words = [sentence(_sample(kind)) for kind in KINDS]

    assert len(set(words)) == len(words)


def test_a_refusal_without_a_sentence_is_a_bug_that_is_seen() -> None:
    with pytest.raises(NotImplementedError):
        sentence(errors.Refusal())
    with pytest.raises(NotImplementedError):
        sentence(faults.Fault())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.0001, "1 s"),
        (30, "30 s"),
        (59.2, "1 min"),
        (90, "1 min 30 s"),
        (900, "15 min"),
        (3600, "1 h"),
        (90_061, "25 h 1 min"),
    ],
)
def test_a_length_of_time_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert duration(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(("seconds", "words"), [(-90, "1 min 30 s behind"), (60, "1 min ahead")])
def test_drift_says_which_way_the_clock_is_off(seconds: int, words: str) -> None:
    assert words in sentence(errors.ClockDrift(seconds, step=7, now=NOW))


@pytest.mark.parametrize(
    "refusal", [errors.WrongCode(NOW), errors.ClockDrift(30, 7, NOW), errors.ServerClockBehind(NOW, NOW)]
)
def test_what_depends_on_the_time_says_what_this_server_takes_for_it(refusal: errors.Refusal) -> None:
    words = sentence(refusal)

    assert "this server's" in words.lower()
    assert re.search(r"\b2 Mar (2026 )?00:00:00 UTC\b", words)


@pytest.mark.parametrize(("hours", "words"), [(1, "went back 1 h: it says 1 Mar 2026 23:00:00 UTC"), (24, "24 h")])
def test_a_clock_that_went_back_says_how_far_and_what_helps(hours: int, words: str) -> None:
    behind = errors.ServerClockBehind(latest=NOW, now=NOW - timedelta(hours=hours))

    assert words in sentence(behind)
    assert sentence(behind).endswith("On the host: bartizan clock")


def test_a_broken_audit_names_the_contract_by_its_number() -> None:
    broken = errors.AuditBroken("host", 3, "the event is missing")
    of_contract = errors.AuditBroken("1f0e", 3, "the event is missing", contract="10000001")

    assert sentence(broken) == "The audit chain host does not hold at event 3: the event is missing."
    assert sentence(of_contract) == "The audit of contract 10000001 does not hold at event 3: the event is missing."


def test_a_factor_that_appeared_after_the_sign_in_is_told_with_its_time_in_utc() -> None:
    since = datetime(2026, 3, 2, 10, 14, tzinfo=timezone(timedelta(hours=1)))

    assert sentence(errors.SecondFactorActive(since)) == (
        "2-factor authentication was set up elsewhere on 2 Mar at 09:14 UTC. "
        "If that was not you, call your contract owner or an administrator."
    )
    assert sentence(errors.SecondFactorActive()) == "2-factor authentication is active already."


def test_forced_says_who_activated_it() -> None:
    assert "Adam Admin" in sentence(errors.SecondFactorForced("Adam Admin"))
    assert "contract owner or administrator" in sentence(errors.SecondFactorForced(None))


def test_a_hold_says_how_long() -> None:
    assert "2 min 30 s" in sentence(errors.OnHold(until=NOW + timedelta(seconds=150), now=NOW))


def test_what_is_refused_on_oneself_says_where_ones_own_account_is_changed() -> None:
    assert "Account Management" in sentence(errors.NotAllowed("force 2-factor", on_self=True))
    assert "force 2-factor" in sentence(errors.NotAllowed("force 2-factor"))
