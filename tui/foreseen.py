"""What a forecast says, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui.shown import shown_plain

if TYPE_CHECKING:
    from core.forecast import Forecast, Named
    from core.listing import Count

NOTHING = "Nobody loses anything."
_LONGEST_NAME = 40


def foreseen(forecast: Forecast, *, room: int) -> list[str]:
    """One sentence or two for each thing that would be felt; the names in each take at most `room` cells."""
    told = [
        *_of_one(forecast),
        *_enrolling(forecast, room),
        *_losing(forecast, room),
        *_ending(forecast),
        *_passing(forecast, room),
    ]
    return told or [NOTHING]


def named(what: Named, *, room: int) -> str:
    """As many of the names as there is room for, and how many there are beyond them."""
    names: list[str] = []
    left = room
    for name in what.names:
        told = shown_plain(name, _LONGEST_NAME)
        left -= cell_len(told) + 2
        if left < 0 and names:
            break
        names.append(told)
    more = what.count.rows - len(names)
    beyond = f" and {_up_to(what.count, more)} more" if more else ""
    return ", ".join(names) + beyond


def counted(count: Count | int, one: str, many: str) -> str:
    """`1 person`, `4 people`, `10,000+ people`."""
    rows = count if isinstance(count, int) else count.rows
    told = f"{count:,}" if isinstance(count, int) else str(count)
    return f"{told} {one if rows == 1 else many}"


def _of_one(forecast: Forecast) -> list[str]:
    before = forecast.before
    if not before.rows or before.is_more or forecast.losers.count.is_more:
        return []
    staying = before.rows - forecast.losers.count.rows
    if before.rows == 1:
        return ["Only one person sees it today, and goes on seeing it."] if staying else []
    return [f"{staying:,} of {counted(before, 'person', 'people')} who see it today go on seeing it."]


def _enrolling(forecast: Forecast, room: int) -> list[str]:
    if not forecast.must_enrol:
        return []
    who = counted(forecast.must_enrol.count, "person", "people")
    return [f"{who} must set up 2-factor at the next login: {named(forecast.must_enrol, room=room)}."]


def _losing(forecast: Forecast, room: int) -> list[str]:
    if not forecast.losers:
        return []
    who = counted(forecast.losers.count, "person loses", "people lose")
    told = [f"{who} sight at once: {named(forecast.losers, room=room)}."]
    if not forecast.before.rows:
        what = counted(forecast.lost.count, "resource is", "resources are")
        told.append(f"{what} lost to them: {named(forecast.lost, room=room)}.")
    if forecast.looking:
        told.append(f"They have {counted(forecast.looking, 'console', 'consoles')} open now.")
    return told


def _ending(forecast: Forecast) -> list[str]:
    if not forecast.sessions:
        return []
    return [f"{counted(forecast.sessions, 'open session ends', 'open sessions end')} at once."]


def _passing(forecast: Forecast, room: int) -> list[str]:
    if not forecast.inherited:
        return []
    what = counted(forecast.inherited.count, "resource passes", "resources pass")
    return [f"{what} to the contract owner: {named(forecast.inherited, room=room)}."]


def _up_to(count: Count, more: int) -> str:
    return str(count) if count.is_more else f"{more:,}"
