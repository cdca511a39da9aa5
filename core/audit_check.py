"""Checks that the audit is what was written."""

from dataclasses import dataclass

from sqlalchemy import Engine

from core import audit
from data.engine import reading
from data.sealing import KeyRing


@dataclass(frozen=True)
class AuditCheck:
    """Walks every chain of the audit; for the account that owns database and keys."""

    engine: Engine
    keys: KeyRing

    def verify_all(self) -> dict[str, int]:
        """How many events each chain holds, once all of them were found whole.

        Raises:
            AuditBroken: names the first event that is not what was written.
        """
        with reading(self.engine) as db:
            return {chain: audit.verify(db, self.keys, chain) for chain in audit.chains(db)}
