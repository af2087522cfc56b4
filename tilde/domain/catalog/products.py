"""Products. An account begins with one, which has its name; it may have more, each with ids, keys and a time zone of
its own. Their names are unique in the account.
"""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from tilde.domain.catalog.accounts import with_key
from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, require
from tilde.domain.catalog.keys import PRODUCT_KEYS, StoredKey
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.state import Catalog, Product
from tilde.domain.sites.hosts import HOST_MAX
from tilde.domain.texts import is_title

PRODUCT_NAME_MAX = 255
TIMEZONE_MAX = 64
ENVIRONMENT_MAX = 64
PRODUCTS_MAX = 1_000  # of an account: 2 kB each, in every process


def _require_name(name: str) -> None:
    require(0 < len(name) <= PRODUCT_NAME_MAX, Refusal.BAD_PRODUCT_NAME)
    require(is_title(name), Refusal.BAD_PRODUCT_NAME)


def _require_timezone(timezone: str | None) -> None:
    """That it may be one: which ones there are is known where it was asked for, and changes with the years."""
    is_plain = not timezone or (timezone.isascii() and timezone.isprintable() and len(timezone) <= TIMEZONE_MAX)
    require(is_plain, Refusal.BAD_TIMEZONE)


def _require_environment(environment: str) -> None:
    require(len(environment) <= ENVIRONMENT_MAX, Refusal.BAD_ENVIRONMENT)
    require(not environment or is_title(environment), Refusal.BAD_ENVIRONMENT)


@dataclass(frozen=True, slots=True)
class CreateProduct(Action):
    account: int
    name: str
    uuid: str
    domain: str
    timezone: Annotated[str | None, "An IANA name; null: none was said."]
    keys: tuple[StoredKey, ...]
    environment: Annotated[str, "Such as production, staging, development; empty: none."] = ""

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.account in catalog.accounts, Refusal.UNKNOWN_ACCOUNT)
        require(not catalog.accounts[self.account].is_closed, Refusal.UNKNOWN_ACCOUNT)
        _require_name(self.name)
        require(len(self.domain) <= HOST_MAX, Refusal.BAD_DOMAIN)
        _require_timezone(self.timezone)
        _require_environment(self.environment)
        before = catalog.products_of[self.account]
        require(self.name not in before, Refusal.PRODUCT_EXISTS)
        sites = len(catalog.sites_of.get(self.account, ()))  # they have a limit of their own
        require(len(before) - sites < PRODUCTS_MAX, Refusal.TOO_MANY_PRODUCTS)
        keys = tuple(key for key in self.keys if key.kind in PRODUCT_KEYS)
        require(not any(catalog.others_with(key, None) for key in keys), Refusal.KEY_TAKEN)
        product = catalog.last_product + 1
        zone = self.timezone or None
        created = ProductCreated(self.account, product, self.name, self.uuid, self.domain, zone, keys, self.environment)
        return Decision((created,), {"account": self.account, "product": product})


@dataclass(frozen=True, slots=True)
class ChangeProduct(Action):
    """Says something else of a product; what is null stays as it is."""

    product: int
    name: str | None
    domain: str | None
    timezone: Annotated[str | None, "An IANA name; empty: none from now on."]
    environment: Annotated[str | None, "Such as production, staging, development; empty: none from now on."] = None

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.product in catalog.products, Refusal.UNKNOWN_PRODUCT)
        before = catalog.products[self.product]
        name = before.name if self.name is None else self.name
        domain = before.domain if self.domain is None else self.domain
        timezone = before.timezone if self.timezone is None else self.timezone or None
        if name != before.name:
            _require_name(name)
            require(name not in catalog.products_of[before.account], Refusal.PRODUCT_EXISTS)
        is_site = catalog.site(self.product) is not None
        require(not is_site or (domain, timezone) == (before.domain, before.timezone), Refusal.IS_A_SITE)
        require(len(domain) <= HOST_MAX, Refusal.BAD_DOMAIN)
        _require_timezone(timezone)
        environment = before.environment if self.environment is None else self.environment
        _require_environment(environment)
        changed = ProductChanged(self.product, name, domain, timezone, environment)
        return Decision((changed,), {"product": self.product})


@dataclass(frozen=True, slots=True)
class ProductCreated(Fact):
    """An account has one more product, beside its first."""

    CHANGES_KEYS: ClassVar[bool] = True
    LATER: ClassVar[tuple[str, ...]] = ("environment",)

    account: int
    product: int
    name: str
    uuid: str
    domain: str
    timezone: str | None
    keys: tuple[StoredKey, ...]
    environment: str = ""

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        catalog.products[self.product] = Product(
            self.product,
            self.account,
            self.uuid,
            self.domain,
            {},
            self.name,
            entry.at_ms,
            self.timezone,
            self.environment,
        )
        catalog.products_of[self.account][self.name] = self.product
        catalog.last_product = max(catalog.last_product, self.product)
        for key in {key.kind: key for key in self.keys}.values():
            with_key(catalog, self.account, key, self.product)


@dataclass(frozen=True, slots=True)
class ProductChanged(Fact):
    LATER: ClassVar[tuple[str, ...]] = ("environment",)

    product: int
    name: str
    domain: str
    timezone: str | None
    environment: str = ""

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        before = catalog.products[self.product]
        names = catalog.products_of[before.account]
        del names[before.name]
        names[self.name] = self.product
        catalog.products[self.product] = replace(
            before, name=self.name, domain=self.domain, timezone=self.timezone, environment=self.environment
        )


ACTIONS = (CreateProduct, ChangeProduct)
FACTS = (ProductCreated, ProductChanged)
