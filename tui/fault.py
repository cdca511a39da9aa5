"""What is told of an error that nobody expected: where it happened, never with which values."""

import traceback
from collections.abc import Iterator
from typing import Any


def new_reference() -> str:
    """Eight characters by which a person and the log speak of the same fault."""
    import secrets  # brings a hash library that no start needs

    return secrets.token_hex(4).upper()


def described(error: BaseException) -> str:
    """The types and places of an error and of what led to it.

    Neither its message nor local variables: both may hold a password.
    """
    lines = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        lines.append(f"{type(current).__module__}.{type(current).__qualname__}")
        lines += [
            f"  {frame.filename}:{frame.lineno} {frame.name}: {frame.line}"
            for frame in traceback.extract_tb(current.__traceback__)
        ]
        current = _before(current)
    return "\n".join(lines)


def came_too_late(error: BaseException) -> bool:
    """Whether an error is that of a widget whose screen was gone already.

    Keys that are typed ahead close a screen while it is being opened. What it still does is for nobody, and mostly
    fails for want of what stood there.
    """
    return any(map(_is_gone, _actors(getattr(error, "error", error))))  # a worker's error is in another


def _actors(error: BaseException) -> Iterator[Any]:
    """What ran when an error came up, the outermost first."""
    return (frame.f_locals.get("self") for frame, _ in traceback.walk_tb(error.__traceback__))


def _is_gone(actor: Any) -> bool:
    from textual.app import App
    from textual.dom import DOMNode

    if isinstance(actor, App):
        return bool(actor._exit) or not actor.is_running
    # Not `is_attached`: a screen that is only being opened would stand there for ever, without a reaction.
    return isinstance(actor, DOMNode) and any(
        each._pruning or each._closed or (isinstance(each, App) and each._exit) for each in actor.ancestors_with_self
    )


def _before(error: BaseException) -> BaseException | None:
    """What led to an error; Textual's WorkerFailed carries it as an attribute."""
    inner = getattr(error, "error", None)
    return inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__
