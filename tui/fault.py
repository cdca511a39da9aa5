"""What is told of an error that nobody expected: where it happened, never with which values."""

import traceback


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


def _before(error: BaseException) -> BaseException | None:
    """What led to an error; Textual's WorkerFailed carries it as an attribute."""
    inner = getattr(error, "error", None)
    return inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__
