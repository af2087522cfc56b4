"""Describes a visitor of a site in plain words, as somebody does who wants him erased."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from producers.hits.hit_writer import ADDRESS, custom_trait
from tilde.domain.hits.hit import KnownBy
from tilde.domain.hits.traits import plain_id, plain_name, plain_value
from tilde.domain.hits.visitor import plain_address


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
    def traits(self) -> frozenset[tuple[str, str]]:
        """The traits of a visitor, each with what it is about, as hits have them; and as they were written, which older
        hits have.
        """
        found: set[tuple[str, str]] = set()
        for about, text in ((KnownBy.ID.value, self.id), (KnownBy.SESSION.value, self.session)):
            if text is not None:
                found |= {(about, plain_id(text)), (about, text)}
        if self.address is not None:
            found.add((ADDRESS, plain_address(self.address) or self.address))
        for name, text in self.custom.items():
            about = custom_trait(plain_name(name))
            found |= {(about, plain_value(text)), (about, text), (custom_trait(name), text)}
        return frozenset(found)
