"""Plain words about a visitor of a site."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from producers.hits.hit_writer import ADDRESS, custom_trait
from tilde.domain.hits.hit import KnownBy
from tilde.domain.hits.person import plain_address


@dataclass(frozen=True, slots=True)
class Whom:
    """What is known of somebody: the id in his browser's cookie, a session that the site's server named, an address
    that he had, custom data that the site said of him, his number in topic `hits`. None where it is not known.
    """

    id: str | None = None
    session: str | None = None
    address: str | None = None
    custom: Mapping[str, str] = field(default_factory=dict)
    number: int | None = None

    @property
    def traits(self) -> dict[str, str]:
        """By what each is about, as hits have them."""
        address = None if self.address is None else plain_address(self.address) or self.address
        known = {KnownBy.ID.value: self.id, KnownBy.SESSION.value: self.session, ADDRESS: address}
        custom = {custom_trait(name): text for name, text in self.custom.items()}
        return {about: text for about, text in known.items() if text is not None} | custom
