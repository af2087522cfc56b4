"""How much one call of Tilde's own API names or answers: the API, the edge in front of it, and who calls them agree."""

ITEMS_MAX = 10_000  # stats or points; more of them go page by page
IDS_BYTES_MAX = 256 << 10  # the body that names so many stats: it has 130 kB
