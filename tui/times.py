"""Dates and times as the screens tell them: UTC, short, with “today” where it is today."""

from datetime import datetime


def told(when: datetime, *, now: datetime) -> str:
    """`today 14:02`, `3 Nov`, or `3 Nov 2025`."""
    if when.date() == now.date():
        return f"today {when:%H:%M} UTC"
    year = "" if when.year == now.year else f" {when.year}"
    return f"{when.day} {when:%b}{year}"
