"""By which of his identities somebody is called."""

import pytest

from tilde.domain.people.called import called

BY_CHANCE, BY_CHANCE_TOO = "q83vEjRWeJCrze8SNFZ4kKvN7xI=", "AAAAAAAAAAAAAAAAAAAAAAAAAA+="


@pytest.mark.parametrize(
    ("identities", "name"),
    [
        ([], None),
        (["bob"], "bob"),
        (["anonymous-1", "bob"], "bob"),
        ([BY_CHANCE, "bob"], "bob"),
        (["bob", BY_CHANCE], "bob"),
        (["bob", BY_CHANCE, "rob", BY_CHANCE_TOO], "rob"),
        ([BY_CHANCE, BY_CHANCE_TOO], BY_CHANCE_TOO),
        ([BY_CHANCE, "ann@example.com", "ann", "a@example.com"], "ann@example.com"),
        (["bob", BY_CHANCE[:-1]], BY_CHANCE[:-1]),
    ],
)
def test_somebody_is_called_by_an_address_else_by_the_last_name_that_he_was_given(
    identities: list[str], name: str | None
) -> None:
    """Who used another browser before he said his name has an identity by chance that came behind it: nobody calls him so."""
    assert called(identities) == name
