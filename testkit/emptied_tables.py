"""Tables of generation 1 that are empty, for each test of a module: to make them anew costs half a second of a
processor, to empty those that were filled a tenth.
"""

from tilde.store import Store
from tilde.store.migrate import database_of, has_tables, migrate

FILLED = "SELECT name FROM system.tables WHERE database = {database:String} AND total_rows > 0 AND name != 'migrations'"


async def empty_tables(store: Store) -> None:
    """Empties them; makes them where there are none, or a test has dropped them."""
    if not await has_tables(store, 1):
        await migrate(store, 1)
    database = {"database": database_of(1)}
    for (name,) in await store.rows(FILLED, database):
        await store.execute("TRUNCATE TABLE {database:Identifier}.{name:Identifier}", {**database, "name": name})
