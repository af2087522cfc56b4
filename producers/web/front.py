"""How users reach this edge: its addresses, its certificate, and whether another connection can be let in."""

from collections.abc import Sequence
from dataclasses import dataclass

from tilde.runtime.descriptors import Descriptors
from tilde.web.certificate import Certificate


@dataclass(frozen=True, slots=True)
class Front:
    """What `/health` and `/metrics` say of it; an edge without ports has none of these."""

    addresses: Sequence[str] = ()
    certificate: Certificate | None = None
    descriptors: Descriptors | None = None

    def health(self) -> dict[str, object]:
        """The addresses, and how the certificate is."""
        told: dict[str, object] = {"addresses": list(self.addresses)} if self.addresses else {}
        if self.certificate is not None:
            told["certificate"] = self.certificate.trouble or "ok"
        return told

    def trouble(self) -> str | None:
        """Why new connections wait; None where they do not."""
        return None if self.descriptors is None else self.descriptors.trouble

    def certificate_ends_s(self) -> float | None:
        """When the certificate ends, in unix seconds."""
        return None if self.certificate is None else self.certificate.until.timestamp()
