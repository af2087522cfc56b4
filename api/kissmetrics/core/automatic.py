"""Properties that the library for pages sets by itself; nobody has to say of them that they are automatic."""

AUTOMATIC = frozenset(
    {
        "campaign content",
        "campaign medium",
        "campaign name",
        "campaign source",
        "campaign terms",
        "referrer",
        "returning",
        "search engine",
        "search terms",
        "url",
        "viewed url",
    }
)
