"""The settings: environment variables TILDE_*, over one TOML file, over the defaults here. Command line options go
over all.
"""

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Annotated, Any, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from tilde.data_folder import master_path, operator_token_path
from tilde.dialects.known import DialectSettings
from tilde.domain.hits.visitor import Addresses
from tilde.domain.sites.dates import WeekBegins
from tilde.errors import SettingsError
from tilde.keys.keyring import Keyring
from tilde.keys.secret_files import load_master, load_operator_token
from tilde.runtime.urls import PORT_MAX, is_port
from tilde.runtime.wording import predicate
from tilde.schemas.dead_letters import POISON_RUN_MAX

Port = Annotated[int, Field(ge=1, le=PORT_MAX)]
KeepAlive = Annotated[int, Field(ge=1, le=86_400)]
TlsVersion = Annotated[Literal["1.0", "1.1", "1.2", "1.3"], BeforeValidator(str)]  # a TOML file may have the number

READS_PER_ADDRESS = 4  # the API reads for three at a time; more would only wait there, and others behind them
KEEP_ALIVE_S = 65  # longer than clients and most balancers keep one idle: nobody sends into a closing one
_ADDRESS = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[^\s:/,\[\]]+)(?::(\d+))?")
_SENDER = re.compile(r"[^<>\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+")
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/,*?#@]+|null")  # as browsers write it
_NOT_SHOWN = {"key", "operator_token", "store", "http_proxy", "smtp"}  # the URLs among them may have a password


class Ack(StrEnum):
    """When an edge on Kafka answers: once the broker has the batch (waiting at most 500 ms), or its own disk has."""

    BROKER = "broker"
    DISK = "disk"


class Settings(DialectSettings, BaseSettings):
    """What every process of Tilde is told. docs/settings.md is made from this class."""

    model_config = SettingsConfigDict(env_prefix="TILDE_", env_ignore_empty=True, extra="forbid", frozen=True)

    data: Path = Field(
        Path("tilde-data"), validate_default=True, description="Folder for everything that is kept on this machine."
    )
    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for all.")
    port: Port = Field(
        8000, description="The port that users see: http; with a certificate and without TILDE_TLS_PORT, https."
    )
    tls_port: Port | None = Field(None, description="Port for https, beside http on TILDE_PORT.")
    tls_cert: Path | None = Field(None, description="Certificate chain (PEM), to serve https by itself.")
    tls_key: Path | None = Field(None, description="Its private key (PEM), without a password.")
    tls_version_min: TlsVersion = Field(
        "1.2", description="The oldest TLS that is spoken; 1.0 and 1.1 are broken, for clients that know no other."
    )
    keep_alive_s: KeepAlive = Field(
        KEEP_ALIVE_S,
        description="Seconds a connection is kept without a request; more than a balancer in front keeps its own.",
    )
    reads_per_address: Annotated[int, Field(ge=1, le=1_000)] = Field(
        READS_PER_ADDRESS,
        description="So many answers of the query API move to one address at a time; others wait for their turn. More"
        " where a balancer in front hides the clients' own, and is not in TILDE_TRUSTED_PROXIES.",
    )
    trusted_proxies: str | None = Field(
        None,
        description="Networks of proxies in front, 10.0.0.0/8,2001:db8::7: what these say of a client in"
        " X-Forwarded-For and X-Forwarded-Proto is believed, nobody else's word is.",
    )
    log: str = Field("sqlite", description="`sqlite` for the embedded log, or kafka://HOST:PORT[,HOST:PORT].")
    store: str = Field(
        "chdb", repr=False, description="`chdb` for the embedded store, or clickhouse://USER:PASSWORD@HOST:PORT."
    )
    api_host: str = Field("127.0.0.1", description="Where `tilde api` and `tilde store` listen.")
    api_port: Port = Field(8001, description="Their port.")
    api_url: str = Field("http://127.0.0.1:8001", description="Where `tilde edge` on Kafka finds the query API.")
    api_peers: str | None = Field(
        None,
        description="http://HOST:PORT,... of all `tilde api`, where there are several: each has the queries about"
        " people that it took, and asks the others for one that it does not know.",
    )
    edges: str | None = Field(
        None,
        description="http://HOST:PORT,... of all edges, for `tilde api` and `tilde store`, which have them open what is"
        " sealed of people; without them people are told by number, and no text is searched for a part of it.",
    )
    edges_gone: str | None = Field(
        None, description="Numbers of edges that will never run again, 0,3: keys that they alone had are lost."
    )
    http_proxy: str | None = Field(
        None,
        repr=False,
        description="http://HOST:PORT of a proxy on the way to another Tilde (`--url`). HTTP_PROXY and its kin are not"
        " taken, and this machine and the roles are always asked directly.",
    )
    ca_file: Path | None = Field(
        None,
        description="Certificates (PEM) of authorities that are believed beside the well-known ones, where Tilde itself"
        " asks by https: `--url`, TILDE_API_URL, TILDE_API_PEERS, TILDE_EDGES.",
    )
    cors_origins: str = Field(
        "*",
        description="Origins whose pages may read with an account's token: `*` for all, `none`, or"
        " https://HOST[:PORT],... Posts may come from any.",
    )
    operator_cors_origins: str = Field("none", description="The same, for the operator's API.")
    ack: Ack = Field(Ack.BROKER, description="When an edge on Kafka answers: `broker` or `disk`.")
    output_retention_hours: Annotated[int, Field(ge=1)] = Field(
        168, description="How long output topics are kept; they can be made again from the raw ones."
    )
    poison_run_max: Annotated[int, Field(ge=0)] = Field(
        POISON_RUN_MAX,
        description="So many messages of a raw partition in a row that cannot be decoded become dead letters; one more"
        " stops its processor.",
    )
    key: SecretStr | None = Field(
        None, description="Master secret, 64 hex digits; without it the file `key` in the data folder is made and used."
    )
    operator_token: SecretStr | None = Field(
        None, description="What an operator's Bearer must be; without it the file `operator_token` is made and used."
    )
    smtp: str | None = Field(
        None,
        repr=False,
        description="smtp://USER:PASSWORD@HOST:587 (STARTTLS) or smtps://.. of the server that mail is sent by; without"
        " it each letter is a file in `mail/` of the data folder.",
    )
    mail_from: str | None = Field(
        None,
        description="Whom mail is from, `stats@example.com` or `Stats <stats@example.com>`; without it the user of"
        " TILDE_SMTP, where that is an address.",
    )
    public_url: str | None = Field(
        None,
        description="Where users reach this Tilde, https://HOST[:PORT], for links in mail and the urls of shared stats;"
        " without it in mail where it listens, that of https where it does, and as its sender reached us in an answer.",
    )

    visitor_addresses: Addresses = Field(
        Addresses.TRUNCATED,
        description="What is kept of web sites' visitors' addresses: `truncated` to their network, `none`, or `full`:"
        " then the address itself, too, sealed with the visitor's key.",
    )

    week_begins: WeekBegins = Field(
        WeekBegins.MONDAY,
        description="On which day a week begins, where `this-week`, `last-week` or `3-weeks-ago` is asked for: `monday`"
        " or `sunday`. Of all processes the same.",
    )

    @field_validator("log")
    @classmethod
    def _is_a_log(cls, value: str) -> str:
        scheme, _, addresses = value.partition("://")
        if value != "sqlite" and not (scheme == "kafka" and all(map(_is_address, addresses.split(",")))):
            raise ValueError("must be `sqlite` or kafka://HOST:PORT[,HOST:PORT]")
        return value

    @field_validator("store")
    @classmethod
    def _is_a_store(cls, value: str) -> str:
        if value != "chdb" and not _has_host(value, ("clickhouse", "clickhouses")):
            raise ValueError("must be `chdb` or clickhouse://USER:PASSWORD@HOST:PORT")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                _networks(value)
            except ValueError:
                raise ValueError("must be networks or addresses, 10.0.0.0/8,2001:db8::7") from None
        return value

    @field_validator("api_url", "public_url")
    @classmethod
    def _is_a_url(cls, value: str | None) -> str | None:
        if value is not None and not _has_host(value, ("http", "https")):
            raise ValueError("must be http://HOST:PORT or https://HOST:PORT")
        return value

    @field_validator("edges", "api_peers")
    @classmethod
    def _are_urls(cls, value: str | None) -> str | None:
        if value is not None and not all(_has_host(url, ("http", "https")) for url in _each(value)):
            raise ValueError("must be http://HOST:PORT or https://HOST:PORT, with commas between")
        return value

    @field_validator("edges_gone", mode="before")
    @classmethod
    def _are_numbers(cls, value: object) -> str | None:
        if value is not None and not all(number.isdecimal() for number in _each(str(value))):
            raise ValueError("must be numbers of edges, 0,3")
        return None if value is None else str(value)

    @field_validator("smtp")
    @classmethod
    def _is_a_mail_server(cls, value: str | None) -> str | None:
        if value is not None and not _has_host(value, ("smtp", "smtps")):
            raise ValueError("must be smtp://USER:PASSWORD@HOST:PORT or smtps://USER:PASSWORD@HOST:PORT")
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_a_sender(cls, value: str | None) -> str | None:
        if value is not None and not _SENDER.fullmatch(value):
            raise ValueError("must be an address, `stats@example.com` or `Stats <stats@example.com>`")
        return value

    @field_validator("http_proxy")
    @classmethod
    def _is_a_proxy(cls, value: str | None) -> str | None:
        if value is not None and not _has_host(value, ("http", "https")):
            raise ValueError("must be http://HOST:PORT or https://HOST:PORT")
        return value

    @field_validator("cors_origins", "operator_cors_origins")
    @classmethod
    def _are_origins(cls, value: str) -> str:
        if value not in ("*", "none") and not all(map(_ORIGIN.fullmatch, _listed(value))):
            raise ValueError("must be `*`, `none`, or https://HOST[:PORT],... without a path")
        return value

    @field_validator("data", "tls_cert", "tls_key", "ca_file")
    @classmethod
    def _stays_that_file(cls, value: Path | None) -> Path | None:
        return value.absolute() if value is not None else None  # chDB moves the working directory for a moment

    @model_validator(mode="after")
    def _has_both_parts_of_tls(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("https needs both TILDE_TLS_CERT and TILDE_TLS_KEY")
        if self.tls_port is not None and self.tls_cert is None:
            raise ValueError("TILDE_TLS_PORT needs TILDE_TLS_CERT and TILDE_TLS_KEY")
        if self.tls_port == self.port:
            raise ValueError(
                f"TILDE_PORT and TILDE_TLS_PORT are both {self.port}: http and https need a port each; for https alone"
                " leave TILDE_TLS_PORT out"
            )
        return self

    @model_validator(mode="after")
    def _knows_whom_mail_is_from(self) -> Self:
        if self.smtp is not None and self.mail_from is None and "@" not in _user_of(self.smtp):
            raise ValueError("TILDE_SMTP needs TILDE_MAIL_FROM: the address that mail is from")
        return self

    @classmethod
    def names(cls) -> list[str]:
        """The names of all settings, those of dialects last."""
        return sorted(cls.model_fields, key=lambda name: name in DialectSettings.model_fields)

    @property
    def mail_sender(self) -> str:
        """Whom mail is from: an address, or a name and one."""
        if self.mail_from is not None:
            return self.mail_from
        return "Tilde <tilde@localhost>" if self.smtp is None else _user_of(self.smtp)

    @property
    def proxy_networks(self) -> list[IPv4Network | IPv6Network]:
        """Where proxies stand whose word about clients is believed."""
        return [] if self.trusted_proxies is None else _networks(self.trusted_proxies)

    @property
    def peer_urls(self) -> list[str]:
        """Where all query APIs are, if there are several."""
        return [] if self.api_peers is None else _each(self.api_peers)

    @property
    def edge_urls(self) -> list[str]:
        """Where all edges are, on Kafka."""
        return [] if self.edges is None else _each(self.edges)

    @property
    def edges_gone_numbers(self) -> frozenset[int]:
        """Edges that nobody asks for keys any more."""
        return frozenset() if self.edges_gone is None else frozenset(map(int, _each(self.edges_gone)))

    @property
    def origins(self) -> list[str]:
        """Whose pages may read with an account's token."""
        return [] if self.cors_origins == "none" else _listed(self.cors_origins)

    @property
    def operator_origins(self) -> list[str]:
        """Whose pages may use the operator's API."""
        return [] if self.operator_cors_origins == "none" else _listed(self.operator_cors_origins)

    @property
    def is_embedded(self) -> bool:
        """Whether the log is the embedded one."""
        return self.log == "sqlite"

    @property
    def store_shown(self) -> str:
        """The store, without user and password."""
        scheme, _, rest = self.store.partition("://")
        return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}" if rest else self.store

    @property
    def brokers(self) -> str:
        """Kafka's bootstrap servers."""
        return self.log.removeprefix("kafka://")


def load_settings(toml_file: Path | None = None, **given: object) -> Settings:
    """The settings, with those given (and not None) over all. Raises SettingsError that names what is wrong."""

    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file)

    if toml_file is not None and not toml_file.is_file():
        raise SettingsError(f"there is no settings file {toml_file}")
    try:
        settings = FromFile(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except TOMLDecodeError as error:
        raise SettingsError(f"{toml_file} is no TOML: {error}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{toml_file} is no TOML: it is no UTF-8 text") from None
    except ValidationError as error:
        raise SettingsError("; ".join(_told(problem, toml_file, given) for problem in error.errors())) from None
    return settings


def _networks(text: str) -> list[IPv4Network | IPv6Network]:
    """Raises ValueError. Bits behind the mask do not count: 10.1.2.3/8 is 10.0.0.0/8."""
    return [ip_network(each.strip(), strict=False) for each in text.split(",")]


def _each(text: str) -> list[str]:
    return [each.strip() for each in text.split(",")]


def _listed(origins: str) -> list[str]:
    return [origin.strip().lower() for origin in origins.split(",")]


def _user_of(url: str) -> str:
    """The user in a URL, with its escapes undone."""
    return unquote(urlsplit(url).username or "")


def _is_address(text: str) -> bool:
    """Whether it is a host, with a port or without."""
    address = _ADDRESS.fullmatch(text)
    return address is not None and (address[1] is None or is_port(address[1]))


def _has_host(text: str, schemes: tuple[str, ...]) -> bool:
    """Whether it is a URL of one of the schemes, with a host and a port that can be."""
    try:
        url = urlsplit(text)
        return url.scheme in schemes and bool(url.hostname) and url.port != 0
    except ValueError:  # of its port
        return False


def _told(problem: Mapping[str, Any], toml_file: Path | None, given: Mapping[str, object]) -> str:
    """Which setting is wrong, by the name it was given with; what it is, unless that is a secret; what it may be."""
    if not problem["loc"]:
        return predicate(problem)  # of several settings, named in it
    name = str(problem["loc"][0])
    if problem["type"] == "extra_forbidden":
        return f"{_origin(name, toml_file, given)} is no setting; there are {', '.join(Settings.names())}"
    must = _range(name) or predicate(problem)
    if name in _NOT_SHOWN:
        return f"{_origin(name, toml_file, given)} {must}"
    return f"{_origin(name, toml_file, given)} is {str(problem['input'])!r}, and {must}"


def _origin(name: str, toml_file: Path | None, given: Mapping[str, object]) -> str:
    """Options go over the environment, the environment over the file."""
    variable = f"TILDE_{name.upper()}"
    if given.get(name) is not None:
        return f"--{name.removeprefix('api_').replace('_', '-')}"
    return variable if os.environ.get(variable) or toml_file is None else f"`{name}` in {toml_file}"


def _range(name: str) -> str | None:
    """What a whole number may be; None for other settings."""
    schema = Settings.model_json_schema()["properties"].get(name, {})
    schema = schema.get("anyOf", [schema])[0]  # the other one is null
    if schema.get("type") != "integer" or "minimum" not in schema:
        return None
    least, most = schema["minimum"], schema.get("maximum")
    return (
        f"must be a whole number of at least {least}" if most is None else f"must be a whole number, {least} to {most}"
    )


def open_keyring(settings: Settings) -> Keyring:
    """The keyring of the data folder. Raises KeyFileError."""
    return Keyring(load_master(master_path(settings.data), _plain(settings.key)))


def open_operator_token(settings: Settings) -> str:
    """The operator token of the data folder. Raises KeyFileError."""
    return load_operator_token(operator_token_path(settings.data), _plain(settings.operator_token))


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None
