"""`bartizan audit-verify`: whether the audit is what was written, chain by chain."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cli.saying import CANNOT, say, tell
from core.audit_check import CheckedChain
from core.config import load_settings
from core.services import open_services
from core.wording import sentence


def audit_verify(environ: Mapping[str, str], home: Path, *, noted: Sequence[str]) -> int:
    """Tell of each chain whether it holds, and what to note down of it elsewhere; the exit code."""
    services = open_services(load_settings(environ, home))
    try:
        checked = services.audit.verify_all(noted=noted)
    finally:
        services.close()
    for chain in checked:
        _tell(chain)
    return CANNOT if any(chain.broken for chain in checked) else 0


def _tell(chain: CheckedChain) -> None:
    if chain.broken:
        say(sentence(chain.broken), CANNOT)
        return
    whose = f"Contract {chain.contract_number}, {chain.contract_name}" if chain.contract_number else chain.chain
    tell(f"{whose}: {chain.events} events hold.")
    tell(f"  {chain.to_note}")
