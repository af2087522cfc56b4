"""The tables of a generation, made by numbered statements, each applied once; and the views on the active generation.

A generation of the read models is a database `tilde_gN`. Analysts ask the database `tilde`, whose views point at one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from string import Template

from tilde.errors import TildeError
from tilde.store.exchange import EXCHANGES
from tilde.store.port import Store, StoreReader
from tilde.store.sql import folder, statement

VIEWS_DATABASE = "tilde"
_PACKAGE = "tilde.store"


class ChangedMigrationError(TildeError):
    """A migration that was applied reads differently now."""


def database_of(generation: int) -> str:
    """The database of a generation of the read models."""
    if generation < 1:
        raise ValueError(f"generations count from 1, not {generation}")
    return f"tilde_g{int(generation)}"


@dataclass(frozen=True, slots=True)
class Migration:
    """One statement, applied once to each generation. Applying it again does no harm."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """A checksum of the text, by which a migration is noticed that was changed after it was applied."""
        return sha256(self.sql.encode()).hexdigest()


def migrations() -> list[Migration]:
    """All migrations, in order."""
    return [Migration(int(name[:4]), name, sql) for name, sql in folder(_PACKAGE, "migrations").items()]


async def has_tables(store: StoreReader, generation: int) -> bool:
    """Whether `migrate` was begun for a generation. Raises StoreError."""
    named = {"database": database_of(generation), "table": "migrations"}
    rows = await store.rows(statement(_PACKAGE, "tables.count"), named)
    return bool(rows[0][0])


async def pending(store: Store, generation: int) -> list[Migration]:
    """The migrations that `migrate` would apply. Raises ChangedMigrationError."""
    database = database_of(generation)
    if not await has_tables(store, generation):
        return migrations()
    applied: dict[int, str] = dict(await store.rows(statement(_PACKAGE, "migrations.list"), {"database": database}))
    for migration in migrations():
        if applied.get(migration.number, migration.checksum) != migration.checksum:
            raise ChangedMigrationError(
                f"migration {migration.name} was changed after it was applied to {database};"
                " put it back and write the change as a migration of its own"
            )
    return [migration for migration in migrations() if migration.number not in applied]


async def migrate(store: Store, generation: int) -> list[Migration]:
    """Brings a generation's database up to date; returns what was applied. May be called at every start."""
    database = {"database": database_of(generation)}
    await store.execute(statement(_PACKAGE, "database.create"), database)
    await store.execute(statement(_PACKAGE, "migrations.create"), database)
    todo = await pending(store, generation)
    exchanged = set[int]()
    for migration in todo:
        exchanged |= await _exchanged(store, generation, migration, todo)
        if migration.number not in exchanged:
            await store.execute(migration.sql, database)
        about = {"number": migration.number, "name": migration.name, "checksum": migration.checksum}
        await store.execute(statement(_PACKAGE, "migrations.record"), {**database, **about})
    return todo


async def _exchanged(store: Store, generation: int, next_: Migration, todo: Sequence[Migration]) -> set[int]:
    """The migrations from the next one on in whose place tables were exchanged."""
    due = {migration.number for migration in todo}
    for exchange in EXCHANGES:
        if exchange.numbers[0] == next_.number and due.issuperset(exchange.numbers):
            return set(exchange.numbers) if await exchange.carry_out(store, database_of(generation)) else set()
    return set()


async def point_views(store: Store, generation: int) -> None:
    """Points the analysts' views at a generation. Each changes at once; a query sees one generation or the other."""
    await store.execute(statement(_PACKAGE, "database.create"), {"database": VIEWS_DATABASE})
    for sql in folder(_PACKAGE, "views").values():
        # A view keeps its text, `{database:Identifier}` and all, so here the name goes in before: it is ours, no value.
        await store.execute(Template(sql).substitute(database=database_of(generation)))


async def drop_generation(store: Store, generation: int) -> None:
    """Deletes a generation that nobody reads any more."""
    await store.execute(statement(_PACKAGE, "database.drop"), {"database": database_of(generation)})
