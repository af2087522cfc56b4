"""Wild requests: structured at random, or recorded ones with some of their bytes changed. Always the same for a seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

METHODS = [*("GET", "POST") * 6, "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "M-SEARCH"]
PATHS = [
    *("/ez", "/c", "/v") * 5,
    *("/", "/health", "/metrics", "/docs", "/openapi.json", "/ready", "/docs-assets/x", "/docs-assets/../x"),
    *("/x/TOKEN/statlist", "/x/TOKEN/stats/000000000", "/x/TOKEN/data/000000000", "/x//", "/x/%2e%2e/%00"),
    *("/a1/stats", "/a1/comments", "/stats/000000000", "/embed/graph/000000000", "/javascripts/embed.js"),
    *("/tilde/v1/accounts", "/tilde/v1/accounts/main", "/tilde/v1/accounts/main/keys", "/tilde/v1/accounts/main/stats"),
    *("/tilde/v1/accounts/%FF%00", "/tilde/v1/accounts/main/stats/000000000", "/tilde/v1/generations/9/activate"),
    *("/api/v2/track", "/api/v2/track.json", "/api/v2/stats", "/api/v1/stats", "/stats/iapi") * 2,
    *("/api/v2/stats/5", "/api/v1/stats/5.xml", "/api/v2/stats/a%2Fb.json", "/api/v2/metrics", "/api/v2/metrics/5"),
    *("/api/v2/profiles", "/api/v2/profiles/1.json", "/api/v2/partners/users", "/api/v2/partners/users/1"),
    *("/e", "/s", "/a", "/e", "/m/trk", "/v1/products/x/tracking/e", "/v1/products/", "/v1/products/%FF/tracking/e"),
    *("/tilde/v1/products", "/tilde/v1/products/1", "/tilde/v1/products/99999999999999999999"),
    *(
        "/tilde/v1/tokens",
        "/tilde/v1/tokens/1",
        "/tilde/v1/products/1/definitions/events",
        "/tilde/v1/products/1/reports",
    ),
    *("/tilde/v1/reports/x", "/core", "/core/events", "/core/products/x/properties", "/core/reports/%00"),
    *("//", "/ez/", "/%65z", "/ez%00", "/ez;x", "/../etc/passwd", "/" + "a" * 5000, "*", "http://h/ez?stat=a", ""),
]
WORD = "{word}"
"""In a path: one of the texts, or of the words that a source was given."""
STATSMIX_PATHS = [
    *("/api/v2/track", "/api/v2/track.json", "/api/v2/track.xml", "/api/v2/track/track", "/stats/iapi") * 2,
    *("/api/v2/stats", "/api/v2/stats.json", "/api/v2/stats/{word}", "/api/v2/stats/{word}.json") * 3,
    *("/api/v1/stats", "/api/v1/stats.xml", "/api/v1/stats/{word}", "/api/v1/stats/{word}.xml") * 2,
    *("/api/v2/metrics", "/api/v2/metrics.json", "/api/v2/metrics/{word}", "/api/v2/metrics/{word}.json") * 2,
    *("/api/v2/profiles", "/api/v2/profiles.json", "/api/v2/profiles/{word}", "/api/v2/profiles/{word}.xml"),
    *("/api/v2/partners/users", "/api/v2/partners/users.json", "/api/v2/partners/users/{word}", "/d/{word}"),
    *("/api/v2", "/api/v2/", "/api/v2/{word}", "/api/v1/stats/", "/api/v2/stats/{word}/{word}", "/api/v2/stats/.json"),
]
CLICKY_PATHS = [
    *("/api/whitelabel/", "/api/whitelabel") * 5,
    *("/api/whitelabel/sites", "/api/whitelabel/sites/", "/api/whitelabel/{word}", "/api/whitelabel//", "/api/"),
    *("/in.php", "/{word}ns.gif", "/{word}.js", "/js"),
]
KISSMETRICS_PATHS = [
    *("/e", "/s", "/a") * 5,
    *("/m/trk", "/v1/products/{word}/tracking/e", "/v1/products/{word}", "/{word}.js", "/i.js", "/e/", "//e", "/E"),
]
WHITE_LABEL_TYPES = ["user", "site", "add_user_to_site", "remove_user_from_site", "move_site_to_user", "get_user_id"]
WHITE_LABEL_TYPES += ["get_username", "traffic", "traffic_per_user", "goal"]
CLICKY = ["auth", "type", "user_id", "site_id", "username", "password", "password_remove", "logo", "css", "onsitestats"]
CLICKY += ["delete", "nickname", "mirrors", "dst", "admin", "date", "output", "sitekey_admin", "href", "ip_address"]
CLICKY += [f"goal[{name}]" for name in ("id", "name", "url", "funnel_type", "funnel", "revenue", "cost", "manual")]
STATSMIX = ["api_key", "name", "generated_at", "meta", "ref_id", "metric_id", "profile_id", "format", "p", "m", "v"]
STATSMIX += ["value", "limit", "start_date", "end_date", "email", "id"]
STATSMIX += ["sharing", "include_in_email", "url", "metrics[]", "time_zone"]
KISSMETRICS = ["_k", "_p", "_n", "_t", "_d", "_c", "_ip", "_signature", "product_key", "Plan Type", "a:b,c"]
NAMES = [
    *STATSMIX,
    *CLICKY,
    *KISSMETRICS,
    "ezkey",
    "email",
    "stat",
    "count",
    "value",
    "t",
    "key",
    "ukey",
    "vb",
    "id",
    "text",
    "",
    "a" * 300,
]
NAMES += ["domain", "timezone", "account", "product", "kind", "report_hour", "mail"]
NUMBERS = ["1", "0", "-1", "1e400", "nan", "0x1", "9" * 400, "1e+21", "4294967296", "1363118126", "1_0", "٣", ""]
TEXTS = [
    *("a", "a~b,c", "~", "a~" + "b," * 300, "x" * 256, "\x00", "\r\nX: y", "é", "😀" * 100, "%", "%zz", "&=+;", "../"),
    *("2012-07-08 12:33:53", "10/5/2012 3:04:05 PM", "2026-11-21GMT09:29:55", "0000-00-00", "a@b.example", "public"),
    *("'\"><script>", "{}", "[]", "null", "\ufeff", "\u202e", "\ud7ff", "-" * 5000),
]
TYPES = [
    *(b"application/x-www-form-urlencoded", b"application/json") * 4,
    *(b"application/json; charset=utf-16", b"multipart/form-data; boundary=x", b"multipart/form-data", b"text/xml"),
    *(b"", b"\xff", b";", b"application/" + b"x" * 3000),
]
HEADERS = [
    (b"Expect", b"100-continue"),
    (b"Upgrade", b"websocket"),
    (b"Upgrade", b"h2c"),
    (b"Connection", b"Upgrade, HTTP2-Settings"),
    (b"Connection", b"close"),
    (b"Content-Encoding", b"gzip"),
    (b"Accept-Encoding", b"gzip, br"),
    (b"Accept", b"text/html"),
    (b"Range", b"bytes=0-"),
    (b"Range", b"bytes=9-1,x"),
    (b"Cookie", b"a=b; c"),
    (b"X-Forwarded-For", b"1.2.3.4"),
    (b"X-Forwarded-Proto", b"https"),
    (b"If-None-Match", b'"x"'),
    (b"Origin", b"null"),
    (b"Host", b"\xff"),
    (b"X", b"\xe9" * 100),
]
TOKENS = [b"x", b"\xff", b"", b"!!!", b"Og==", b"//8=", b"w6k=", b"TOKEN:", b"eA==" * 500]


@dataclass(frozen=True)
class Wild:
    """One request. `is_whole`: it is well-formed, so it must be answered."""

    method: str
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def raw(self) -> bytes:
        """As it stands on the wire."""
        lines = [self.method.encode() + b" " + self.target + b" HTTP/1.1"]
        lines += [name + b": " + value for name, value in self.headers]
        return b"\r\n".join((*lines, b"", self.body))


class Source:
    """Gives wild requests. `keys` are used now and then, so that some of them are taken."""

    def __init__(
        self,
        seed: int | str,
        keys: Sequence[str] = ("EZKEY",),
        operator_token: str = "operator",
        paths: Sequence[str] = PATHS,
        words: Sequence[str] = (),
    ) -> None:
        """`words` are texts that mean something there, as the ids of what there is."""
        self.random = random.Random(seed)
        self._keys = keys
        self._operator_token = operator_token.encode()
        self._paths = paths
        self._names = {id(CLICKY_PATHS): CLICKY, id(KISSMETRICS_PATHS): KISSMETRICS}.get(id(paths), NAMES)
        self._words = words

    def request(self) -> Wild:
        """A well-formed request that says anything."""
        pick = self.random.choice
        method = pick(METHODS)
        path = self._path(pick(self._paths))
        query = self._form() if self.random.random() < 0.4 else b""
        target = (path or b"/") + (b"?" + _visible(query) if query else b"")
        body = self._body() if method in ("POST", "PUT", "PATCH") or self.random.random() < 0.1 else b""
        headers = [(b"Host", b"h")]
        if self.random.random() < 0.8:
            headers.append((b"Content-Type", pick(TYPES)))
        if self.random.random() < 0.3:
            scheme = pick([b"Bearer", b"Basic", b"basic", b"", b"Digest"])
            headers.append((b"Authorization", scheme + b" " + pick([self._operator_token, *TOKENS])))
        if self._words and self.random.random() < 0.6:
            headers.append((b"X-StatsMix-Token", pick(self._keys).encode()))
        headers += [header for header in HEADERS if self.random.random() < 0.03]
        if body and self.random.random() < 0.3:
            headers.append((b"Transfer-Encoding", b"chunked"))
            return Wild(method, target, tuple(headers), self._chunked(body))
        headers.append((b"Content-Length", b"%d" % len(body)))
        return Wild(method, target, tuple(headers), body)

    def _path(self, path: str) -> bytes:
        while WORD in path:
            path = path.replace(WORD, quote(self._text(), safe=""), 1)
        if self.random.random() < 0.1:
            path += self.random.choice(["/", "//", "/.", "%2F", "%00", "?", "~", "/\u00e9"])
        return _visible(path.encode())

    def _text(self) -> str:
        if self._words and self.random.random() < 0.5:
            return self.random.choice(self._words)
        return self.random.choice([*TEXTS, *NUMBERS, *self._keys])

    def _form(self) -> bytes:
        pairs = []
        if self.random.random() < 0.5:
            key = self.random.choice(self._keys).encode()
            pairs = [b"ezkey=" + key, b"stat=wild", b"count=1", b"api_key=" + key, b"name=wild"]
            pairs += [b"_k=" + key, b"_p=wild", b"_n=wild"]
            if self._paths is CLICKY_PATHS:
                pairs = [b"auth=" + key, b"type=" + self.random.choice(WHITE_LABEL_TYPES).encode()]
                pairs += [name + b"=" + self.random.choice(self._words).encode() for name in (b"user_id", b"site_id")]
            if self._paths is KISSMETRICS_PATHS:
                pairs = [b"_k=" + key, b"_p=" + self._text().encode("utf-8", "replace"), b"_n=wild"]
            pairs.append(b"metric_id=" + (self.random.choice(self._words).encode() if self._words else b"5"))
        for _ in range(self.random.randrange(6)):
            name, value = self.random.choice(self._names), self._text()
            raw = value.encode("utf-8", "replace")
            if self.random.random() < 0.5:
                raw = b"".join(b"%%%02X" % byte for byte in raw)
            pairs.append(name.encode() + b"=" + raw)
        self.random.shuffle(pairs)
        return b"&".join(pairs)

    def _json(self, depth: int = 0) -> str:
        kind = self.random.randrange(9 if depth < 4 else 6)
        if kind < 2:
            return '"' + self._text().replace("\\", "").replace('"', "") + '"'
        if kind < 4:
            return self.random.choice(
                ["1", "0", "-1.5", "1e400", "null", "true", "1" * 400, "NaN", '"\\ud800"', '"\\u0000"']
            )
        if kind < 5:
            return "[" * self.random.choice([1, 50, 2000])
        if kind < 7:
            names = self.random.choices(
                ["ezkey", "data", "stat", "count", "value", "t", "name", "kind", "keys", "email"], k=3
            )
            return "{" + ",".join(f'"{name}":{self._json(depth + 1)}' for name in names) + "}"
        return "[" + ",".join(self._json(depth + 1) for _ in range(self.random.randrange(4))) + "]"

    def _body(self) -> bytes:
        kind = self.random.randrange(6)
        if kind == 5:
            return self._multipart()
        if kind == 0:
            return self.random.randbytes(self.random.randrange(200))
        if kind == 1:
            items = ",".join(f'{{"stat":"wild","count":{self.random.choice(NUMBERS) or 1}}}' for _ in range(3))
            return f'{{"ezkey":"{self.random.choice(self._keys)}","data":[{items}]}}'.encode()
        return self._json().encode("utf-8", "replace") if kind == 2 else self._form()

    def _multipart(self) -> bytes:
        """With the boundary that a content type of TYPES has."""
        parts = []
        for name in ("api_key", "name", *self.random.choices(NAMES, k=3)):
            value = self.random.choice(self._keys) if name == "api_key" else self._text()
            parts.append(f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n')
        return "".join((*parts, self.random.choice(["--x--\r\n", "", "--x"]))).encode("utf-8", "replace")

    def _chunked(self, body: bytes) -> bytes:
        chunks = []
        while body:
            size = self.random.randrange(1, len(body) + 1)
            chunks.append(b"%x\r\n" % size + body[:size] + b"\r\n")
            body = body[size:]
        return b"".join((*chunks, b"0\r\n\r\n"))

    def mutated(self, raw: bytes) -> bytes:
        """A recorded request with some bytes changed, doubled, left out or put in; or glued to itself."""
        data = bytearray(raw)
        for _ in range(self.random.randrange(1, 5)):
            at = self.random.randrange(len(data) + 1)
            length = self.random.choice([1, 1, 1, 4, 20])
            match self.random.randrange(6):
                case 0:
                    data[at:at] = self.random.randbytes(length)
                case 1:
                    del data[at : at + length]
                case 2:
                    data[at:at] = data[at : at + length]
                case 3:
                    data[at : at + 1] = bytes((self.random.choice(b"\x00\r\n :&=%+~\xff0A"),))
                case 4:
                    data[at:at] = self.random.choice(
                        [b"\r\n", b"\r\n\r\n", b"Content-Length: 5\r\n", b"0\r\n\r\n", raw]
                    )
                case _:
                    del data[at:]
            data = data or bytearray(b"\r\n")
        return bytes(data)


def _visible(target: bytes) -> bytes:
    return b"".join(bytes((byte,)) if 0x21 <= byte <= 0x7E else b"%%%02X" % byte for byte in target)
