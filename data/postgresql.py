"""A PostgreSQL server, or several of which one takes writes."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext

from data.faults import (
    DatabaseAddressInvalid,
    DatabaseDamaged,
    DatabaseFull,
    DatabaseLocked,
    DatabaseReadOnly,
    DatabaseUnreachable,
    Fault,
)

READING = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

# What the address does not say itself. Without tcp_user_timeout (ms) a host that lost its power holds a
# connection for a quarter of an hour.
_DEFAULTS = {
    "connect_timeout": "5",
    "tcp_user_timeout": "10000",
    "keepalives_idle": "30",
    "application_name": "bartizan",
}
_LIMITS = "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s -c timezone=UTC"
_SHOWN = ("host", "dbname")
_REASON_LENGTH = 200

_FAULTS: dict[str | None, Callable[[str], Fault]] = {
    "55P03": DatabaseLocked,  # lock_timeout
    "57014": DatabaseLocked,  # statement_timeout
    "40001": DatabaseLocked,  # serialization failure
    "40P01": DatabaseLocked,  # deadlock
    "25006": DatabaseReadOnly,
    "53100": DatabaseFull,
    "XX001": DatabaseDamaged,
    "XX002": DatabaseDamaged,
}
# connection, authorization, catalog name, resources, operator intervention, system error
_UNREACHABLE_CLASSES = {"08", "28", "3D", "53", "57", "58"}


def open_server(address: str) -> Engine:
    """Make the engine for a `postgresql://` address as libpq reads it; no connection is made yet.

    Raises:
        DatabaseAddressInvalid: libpq does not understand it.
    """
    import psycopg

    given = _parts(address)
    conninfo = _with_defaults(given)
    engine = create_engine(
        "postgresql+psycopg://",
        creator=partial(psycopg.connect, conninfo),
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=24,
        pool_timeout=5.0,
        hide_parameters=True,
        execution_options={"where": _where(given)},
    )
    event.listen(engine, "checkin", _forget_read_only)
    event.listen(engine, "handle_error", partial(_translate, _where(given)))
    return engine


def _parts(address: str) -> dict[str, Any]:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = dict(conninfo_to_dict(address))
    except (ProgrammingError, UnicodeError):
        # libpq repeats the part that it does not understand, which may be the password
        raise DatabaseAddressInvalid from None
    # A password with an unquoted "/" or "@" ends up in the port, the host or the name, which we do show.
    # Where several hosts have no ports, libpq makes "," of them.
    ports = filter(None, str(parts.get("port", "")).split(","))
    if not all(port.isdecimal() for port in ports) or any("@" in str(parts.get(key)) for key in _SHOWN):
        raise DatabaseAddressInvalid
    return parts


def _with_defaults(given: dict[str, Any]) -> str:
    from psycopg.conninfo import make_conninfo

    wanted = _DEFAULTS | given
    wanted["options"] = f"{_LIMITS} {given.get('options', '')}"
    if "," in str(given.get("host", "")):
        wanted.setdefault("target_session_attrs", "read-write")
    return make_conninfo(**wanted)


def _where(given: dict[str, Any]) -> str:
    hosts = str(given.get("host", "localhost")).split(",")
    ports = str(given.get("port", "")).split(",")
    if len(ports) != len(hosts):
        ports = ports[:1] * len(hosts)
    places = [f"{host}:{port}" if port else host for host, port in zip(hosts, ports, strict=True)]
    return f"{','.join(places)}/{given.get('dbname', '')}"


def _forget_read_only(connection: Any, _: object) -> None:
    """SQLAlchemy leaves "READ WRITE" behind, which is asked of a standby too and refused as unsupported."""
    if connection is not None and not connection.closed:
        connection.read_only = None


def _translate(where: str, context: ExceptionContext) -> Fault | None:
    error: Any = context.original_exception
    # The pool's own question whether a connection lives must keep the driver's answer, or nothing reconnects.
    if context.is_pre_ping or not hasattr(error, "sqlstate"):
        return None
    _hide_values(context, error)
    if _is_unreachable(error):
        return DatabaseUnreachable(where, _reason(error))
    fault = _FAULTS.get(error.sqlstate)
    return fault(where) if fault else None


def _is_unreachable(error: Any) -> bool:
    from psycopg import OperationalError

    if error.sqlstate is None:
        return isinstance(error, OperationalError)
    return error.sqlstate[:2] in _UNREACHABLE_CLASSES and error.sqlstate not in _FAULTS


def _hide_values(context: ExceptionContext, error: Any) -> None:
    """The server's DETAIL shows rows ("Failing row contains …"), and class 22 quotes the value itself."""
    if error.sqlstate is None:
        return
    primary = error.diag.message_primary or ""
    shown = error.sqlstate if error.sqlstate.startswith("22") else f"{error.sqlstate} {primary}"
    error.args = (shown,)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (f"({type(error).__name__}) {shown}",)


def _reason(error: Any) -> str:
    primary = error.diag.message_primary or str(error)
    return str(primary.strip().partition("\n")[0][:_REASON_LENGTH])
