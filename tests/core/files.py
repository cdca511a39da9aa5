"""Files for imports, and what an import says of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO

from core.importing import Watch
from core.password_codes import IssuedCode
from core.records import BadLine, lines_of
from core.wording import sentence

PEOPLE = "email,given_name,family_name,role,groups,force"
RESOURCES = "kind,name,protected,groups"


def file(text: str | bytes) -> Iterable[bytes]:
    """The lines of a file with this content."""
    return lines_of(BytesIO(text.encode() if isinstance(text, str) else text))


def rows(header: str, *lines: str) -> Iterable[bytes]:
    """The lines of a file with this header."""
    return file("\r\n".join([header, *lines, ""]))


def many(count: int, *, groups: str = "", name: str = "person") -> Iterable[bytes]:
    """A file of so many people."""
    return rows(PEOPLE, *(f"{name}-{number}@example.com,Given,Family,,{groups}," for number in range(count)))


@dataclass
class Heard:
    """Whoever watches an import and remembers what he is told."""

    stop_after: int | None = None
    bad: list[BadLine] = field(default_factory=list)
    read: list[int] = field(default_factory=list)
    codes: list[IssuedCode] = field(default_factory=list)

    @property
    def sentences(self) -> dict[int, str]:
        """What was said of each line."""
        return {each.line: sentence(each.refusal) for each in self.bad}

    def watch(self, *, codes: bool = False) -> Watch:
        return Watch(self.bad.append, self._goes_on, self.codes.extend if codes else None)

    def _goes_on(self, lines: int) -> bool:
        self.read.append(lines)
        return self.stop_after is None or lines < self.stop_after
