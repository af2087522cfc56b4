"""All commands that dialects make from plain words, noun by noun."""

from dataclasses import dataclass
from typing import Self

from producers.admin.access import Access
from producers.admin.accounts import Accounts
from producers.admin.definitions import Definitions
from producers.admin.erasures import Erasures
from producers.admin.generations import Generations
from producers.admin.goals import Goals
from producers.admin.kept_metrics import KeptMetrics
from producers.admin.people import People
from producers.admin.products import Products
from producers.admin.resellers import Resellers
from producers.admin.saved_reports import SavedReports
from producers.admin.sites import Sites
from producers.admin.stats import StatCommands
from producers.admin.subaccounts import Subaccounts
from producers.admin.tokens import Tokens
from producers.admin.users import Users
from producers.edge.command_desk import CommandDesk
from producers.web.questions import Questions
from tilde.domain.catalog.state import Catalog
from tilde.keys.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Admin:
    """The commands of all nouns, one field each: `admin.accounts.create(..)`."""

    access: Access
    accounts: Accounts
    definitions: Definitions
    erasures: Erasures
    generations: Generations
    goals: Goals
    kept_metrics: KeptMetrics
    people: People
    products: Products
    saved_reports: SavedReports
    sites: Sites
    stats: StatCommands
    subaccounts: Subaccounts
    tokens: Tokens
    users: Users
    resellers: Resellers

    @classmethod
    def over(cls, desk: CommandDesk, catalog: Catalog, keyring: Keyring, questions: Questions) -> Self:
        """They ask at this desk. What the catalog does not know of a stat, and of generations, they ask the tables."""
        products, resellers = Products(desk, catalog, keyring), Resellers(desk, catalog)
        accounts = Accounts(desk, catalog, keyring, products, resellers)
        erasures = Erasures(desk, catalog, keyring)
        kept_metrics = KeptMetrics(desk, catalog, keyring)
        saved_reports = SavedReports(desk, catalog, keyring, questions)
        return cls(
            access=Access(desk),
            accounts=accounts,
            definitions=Definitions(desk, catalog, questions.stat),
            erasures=erasures,
            generations=Generations(desk, questions.has_caught_up),
            goals=Goals(desk),
            kept_metrics=kept_metrics,
            people=People(erasures, saved_reports, kept_metrics, catalog, keyring, questions),
            products=products,
            saved_reports=saved_reports,
            sites=Sites(desk, keyring),
            stats=StatCommands(desk, catalog, keyring, questions.stat),
            subaccounts=Subaccounts(desk, catalog, keyring),
            tokens=Tokens(desk, catalog, keyring, accounts),
            users=Users(desk, catalog, keyring),
            resellers=resellers,
        )
