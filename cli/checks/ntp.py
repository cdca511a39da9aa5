"""Whether this server's clock is kept right by NTP, as systemd knows it."""

import subprocess
from shutil import which

from cli.checks.finding import Finding, right, unseen, wrong

SUBJECT = "clock"


def look_at_ntp() -> Finding:
    """What timedatectl says."""
    program = which("timedatectl")
    if program is None:
        return unseen(SUBJECT, "Whether NTP keeps it right cannot be told: there is no timedatectl.")
    asked = [program, "show", "-p", "NTPSynchronized", "--value"]
    answer = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603 - found on PATH
    match answer.stdout.strip():
        case "yes":
            return right(SUBJECT, "kept right by NTP")
        case "no":
            mend = "apt-get install -y systemd-timesyncd && timedatectl set-ntp true"
            return wrong(SUBJECT, "NTP does not keep it right.", mend=mend)
        case _:
            return unseen(SUBJECT, "Whether NTP keeps it right cannot be told: timedatectl does not answer.")
