"""A table takes another one's place, and its name is without a table at no moment: who reads meanwhile reads on.

    EXCHANGE    the two change names, at once
    RENAME      the one that stood there gets a name of its own

Migrations say it in two renames, and a question between them would find no table. Where both are due this is done in
their place; a process may be killed behind either statement, and the next one goes on. Where it cannot be done they are
carried out as they stand: on a file system that exchanges no names, and where a release without this was killed between
the two.
"""

from dataclasses import dataclass

from tilde.store.port import QueryRefusedError, Store
from tilde.store.sql import statement

_PACKAGE = "tilde.store"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A swap of two tables. `comes` takes the name `table`; the table that had it is called `goes` from then on. `key`,
    the sorting key of the one that comes, tells the two apart; `numbers` are the two migrations that say the same in
    renames.
    """

    numbers: tuple[int, int]
    table: str
    comes: str
    goes: str
    key: str

    async def carry_out(self, store: Store, database: str) -> bool:
        """Whether it could be. Raises StoreError."""
        asked = {"database": database, "table": self.table}
        found = await store.rows(statement(_PACKAGE, "tables.key"), asked)
        if not found:
            return False
        named = {"database": database, "table": self.table, "comes": self.comes, "goes": self.goes}
        if found != [(self.key,)]:
            try:
                await store.execute(statement(_PACKAGE, "tables.exchange"), named)
            except QueryRefusedError:
                return False
        await store.execute(statement(_PACKAGE, "tables.set_aside"), named)
        return True


EXCHANGES = (
    Exchange(
        (23, 24),
        table="property_values",
        comes="property_values_by_event",
        goes="property_values_before",
        key="product, property, at, identity, event",
    ),
)
