"""Keys: made, hashed, sealed and derived. What is not ours to the last character opens nothing."""

import base64

import pytest

from tilde.domain.catalog.keys import KeyKind, normal_email
from tilde.domain.stats.metrics import Kind, metric_id
from tilde.keys.keyring import KeyFileError, Keyring, make_key

MASTER = bytes(range(32))
KEYRING = Keyring(MASTER)
SIGNUPS = metric_id(1, "counter", "signups")
MADE = [kind for kind in KeyKind if kind is not KeyKind.EMAIL]
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


# Hashes.


def test_a_hash_is_the_same_for_ever() -> None:
    """It stands in the catalog: with another rule no key would be found any more."""
    assert KEYRING.hash(KeyKind.EZKEY, "EZKEY").hex() == "b8207c0d4d2dfda81a78475c9196b33a"


def test_one_text_under_two_kinds_has_two_hashes() -> None:
    """So a key of one scope cannot be looked up under another."""
    assert len({KEYRING.hash(kind, "same") for kind in KeyKind}) == len(KeyKind)


def test_hashes_of_another_master_are_others() -> None:
    """A stolen catalog is of no use without the key file."""
    assert KEYRING.hash(KeyKind.EZKEY, "EZKEY") != Keyring(bytes(32)).hash(KeyKind.EZKEY, "EZKEY")


@pytest.mark.parametrize("text", ["john+a@example.com", "john a@example.com", " John+A@Example.COM "])
def test_an_email_is_compared_with_a_space_for_its_plus(text: str) -> None:
    """As clients send it that do not encode; case and white space around it do not matter."""
    assert normal_email(text) == "john+a@example.com"
    assert KEYRING.hash(KeyKind.EMAIL, text) == KEYRING.hash(KeyKind.EMAIL, "john+a@example.com")


def test_other_keys_are_compared_as_they_stand() -> None:
    """Case and spaces belong to them."""
    hashes = {KEYRING.hash(KeyKind.EZKEY, text) for text in ("a b", "a+b", "A b", "a b ")}

    assert len(hashes) == 4


@pytest.mark.parametrize("text", ["", "\x00", "é", "日本", "\ud800", "x" * 100_000])
def test_any_text_has_a_hash(text: str) -> None:
    """Whatever a client sends is looked up and not found; nothing breaks."""
    assert len(KEYRING.hash(KeyKind.EZKEY, text)) == 16


# Sealed keys.


@pytest.mark.parametrize("text", ["EZKEY", "", "ümläut ~-_", "x" * 1000])
def test_a_sealed_key_is_opened_again(text: str) -> None:
    """Users must be able to see it; the bytes show nothing of it."""
    sealed = KEYRING.seal(text)

    assert KEYRING.open(sealed) == text
    assert not text or text.encode() not in sealed
    assert KEYRING.seal(text) != sealed


def test_a_sealed_key_with_any_bit_changed_is_refused() -> None:
    """It is authenticated, and says what may be wrong."""
    sealed = KEYRING.seal("EZKEY")

    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1 << at % 8
        with pytest.raises(KeyFileError, match="another master secret"):
            KEYRING.open(bytes(changed))


def test_a_key_sealed_with_another_master_is_refused() -> None:
    """In plain words, as when somebody restored the data folder without its key file."""
    with pytest.raises(KeyFileError, match="another master secret"):
        Keyring(bytes(32)).open(KEYRING.seal("EZKEY"))


def test_a_stored_key_is_sealed_but_for_a_token() -> None:
    """Access tokens are shown once."""
    stored = {kind: KEYRING.store(kind, "a key") for kind in KeyKind}

    assert [kind for kind, key in stored.items() if key.sealed is None] == [KeyKind.TOKEN]
    assert all(KEYRING.open(key.sealed) == "a key" for key in stored.values() if key.sealed is not None)
    assert all(key.hash == KEYRING.hash(kind, "a key") for kind, key in stored.items())


# Stat keys.


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("metric", [0, 1, SIGNUPS, 2**52 - 1])
@pytest.mark.parametrize("product", [1, 2**32 - 1])
def test_a_stat_key_says_which_stat(product: int, kind: Kind, metric: int) -> None:
    """A post by key needs no look-up."""
    assert KEYRING.read_stat_key(KEYRING.stat_key(product, kind, metric)) == (product, kind, metric)


def test_a_stat_key_is_the_same_for_ever() -> None:
    """It stands in programs we cannot change."""
    assert KEYRING.stat_key(1, Kind.COUNTER, SIGNUPS) == "AAAAAR-o2uyVenqeSlWghwhByhZMq7A"


def test_a_stat_key_with_any_character_changed_is_refused() -> None:
    """Each of its characters, by each other one: also where only spare bits of the last differ."""
    key = KEYRING.stat_key(1, Kind.COUNTER, SIGNUPS)

    for at in range(len(key)):
        for other in BASE64 + "+/=~ é":
            changed = key[:at] + other + key[at + 1 :]
            assert (KEYRING.read_stat_key(changed) is None) == (changed != key), changed


def test_a_stat_key_has_one_spelling() -> None:
    """Nothing may be put in, left out or added; the decoder alone would pass over much of it."""
    key = KEYRING.stat_key(1, Kind.COUNTER, SIGNUPS)
    others = [key[:at] + extra + key[at:] for at in range(len(key) + 1) for extra in ("!", " ", "=", "A", "\n", "\x00")]
    others += [key[:at] + key[at + 1 :] for at in range(len(key))]
    others += [key + "=", key + "==", key.swapcase(), key * 2, "", "=", "A", "é", "\ud800"]

    assert {KEYRING.read_stat_key(other) for other in others} == {None}


def test_a_stat_key_of_another_master_is_refused() -> None:
    """Nobody makes one without the key file."""
    assert KEYRING.read_stat_key(Keyring(bytes(32)).stat_key(1, Kind.COUNTER, SIGNUPS)) is None


def test_a_stat_key_does_not_sign_another_identity() -> None:
    """The signature covers product, kind and metric."""
    key = KEYRING.stat_key(1, Kind.COUNTER, SIGNUPS)
    signature = base64.urlsafe_b64decode(key + "=")[11:]
    identity = (2).to_bytes(4, "big") + (SIGNUPS << 1).to_bytes(7, "big")
    forged = base64.urlsafe_b64encode(identity + signature).decode().rstrip("=")

    assert len(forged) == len(key)
    assert KEYRING.read_stat_key(forged) is None


def test_a_public_id_says_which_stat_and_since_when_it_is_shared() -> None:
    """So it needs no look-up, and ends when the sharing does."""
    for shared in ((1, SIGNUPS, 7), (2**32 - 1, 2**52 - 1, 2**40 - 1), (0, 0, 0)):
        assert KEYRING.read_public_id(KEYRING.public_id(*shared)) == shared


def test_a_public_id_is_the_same_for_ever() -> None:
    """It stands in pages of others."""
    assert KEYRING.public_id(1, SIGNUPS, 7) == "AAAAAQ_UbXZKvT0AAAAAB4qmMFwBjISYyTjNig"


def test_a_public_id_cannot_be_guessed_or_changed() -> None:
    """By no character, and by nobody without the key file; a stat's other keys are none."""
    told = KEYRING.public_id(1, SIGNUPS, 7)
    for at in range(len(told)):
        for other in BASE64 + "+/=~ é":
            changed = told[:at] + other + told[at + 1 :]
            assert (KEYRING.read_public_id(changed) is None) == (changed != told), changed
    others = [Keyring(bytes(32)).public_id(1, SIGNUPS, 7), KEYRING.stat_key(1, Kind.COUNTER, SIGNUPS)]
    others += [KEYRING.embed_key(1, SIGNUPS), told + "=", told[:-1], "", "é", "\ud800"]
    assert {KEYRING.read_public_id(other) for other in others} == {None}
    assert KEYRING.read_stat_key(told) is None


def test_an_embed_key_is_neither_a_stat_key_nor_another_stats() -> None:
    """It shows one stat in a page, and nothing else."""
    key = KEYRING.embed_key(1, SIGNUPS)

    assert KEYRING.read_stat_key(key) is None
    assert key not in {KEYRING.embed_key(1, SIGNUPS + 1), KEYRING.embed_key(2, SIGNUPS)}


# Keys that are made.


@pytest.mark.parametrize("kind", MADE)
def test_a_made_key_is_new_every_time_and_plain_to_send(kind: KeyKind) -> None:
    """It survives a URL, a form and a shell un-encoded."""
    keys = {make_key(kind) for _ in range(100)}

    assert len(keys) == 100
    assert all(set(key) <= set(BASE64 + "~") for key in keys)


def test_made_keys_have_the_length_that_each_services_users_know() -> None:
    """13 characters for Clicky's sitekey, 39 for the admin's; a ukey ends with a tilde."""
    lengths = {kind.value: len(make_key(kind)) for kind in MADE}

    assert lengths == {
        "ezkey": 22,
        "ukey": 28,
        "token": 32,
        "api_key": 20,
        "white_label_key": 32,
        "sitekey": 13,
        "sitekey_admin": 39,
        "tracking_key": 40,
    }
    assert make_key(KeyKind.UKEY).endswith("~")


def test_an_ezkey_and_an_address_that_read_alike_are_twins() -> None:
    """Each knows the hash under which the other is found, however the address is spelled; other keys have none."""
    ring = Keyring(bytes(32))
    address, ezkey = ring.store(KeyKind.EMAIL, " A+b@c.example"), ring.store(KeyKind.EZKEY, "a B@C.example ")

    assert ezkey.twins == (address.hash,)
    assert ring.store(KeyKind.EZKEY, "a+b@c.example").hash in address.twins
    assert ring.store(KeyKind.EZKEY, " A+b@c.example").hash in address.twins
    assert ring.store(KeyKind.EZKEY, "no address").twins == ring.store(KeyKind.TOKEN, "a@b").twins == ()
