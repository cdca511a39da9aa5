"""Whether a database contradicts itself, asked without changing it."""

from sqlalchemy import Engine, text

from data.engine import reading

_MOST = 20
_SOUND = "ok"


def contradictions(engine: Engine) -> tuple[str, ...]:
    """What SQLite finds wrong in its file, the first twenty; nothing for a server, which looks after its own.

    It reads the whole file but for what indexes hold: some seconds a gigabyte.

    Raises:
        DatabaseDamaged, DatabaseLocked, DatabaseUnreachable: as `data.engine.reading`.
    """
    if engine.dialect.name != "sqlite":
        return ()
    with reading(engine) as db:
        found = db.connection().execute(text(f"PRAGMA quick_check({_MOST})")).scalars().all()
    return tuple(line for line in found if line != _SOUND)
