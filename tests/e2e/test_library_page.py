"""A page in a real browser that has Kissmetrics' code: it loads the library from its Tilde's own host, and what somebody
does there is in the log, as his.
"""

import re
from contextlib import closing
from typing import Any

import pytest

from testkit.activity import activity_in
from testkit.browser import PROGRAM, Browser
from testkit.library_pages import LibraryPages
from testkit.waiting import PATIENCE_S, until
from tilde.data_folder import edge_folder, keyholders_path
from tilde.domain.people.activity import PERSON
from tilde.keys.keyholder_file import KeyholderFile
from tilde.keys.keyholders import Keyholders
from tilde.settings import load_settings, open_keyring

pytestmark = pytest.mark.e2e

KEY = "c0ffee0123456789abcdef0123456789abcdef01"
ANN = "ann@example.com"
PAGE = """<!doctype html><title>Shop</title>
<script type="text/javascript">
var _kmq = _kmq || [];
var _kmk = _kmk || 'KEY';
function _kms(u){
  setTimeout(function(){
    var d = document, f = d.getElementsByTagName('script')[0], s = d.createElement('script');
    s.type = 'text/javascript'; s.async = true; s.src = u; f.parentNode.insertBefore(s, f);
  }, 1);
}
_kms('//stats.test:TILDE/i.js');
_kms('//stats.test:TILDE/' + _kmk + '.2.js');
_kmq.push(['record', 'Viewed Offer', {'Offer': 'red shoes', 'Price': 99.95}]);
_kmq.push(['trackClick', 'open', 'Opened Cart']);
_kmq.push(['trackSubmit', 'order', 'Ordered', {'Step': 1}]);
_kmq.push(['trackClickOnOutboundLink', '.away', 'Left']);
</script>
<button id="open">Open the cart</button>
<form id="order" action="/thanks"><input name="email" type="email" value="ann@example.com">
<input name="colour" value="blue"><input name="password" type="password" value="hunter2"><button id="send">Order</button></form>
<a class="away" href="AWAY">Our partner</a>
"""
HAS_LEFT = """
new Promise((done) => {
  const count = () => performance.getEntriesByType("resource").filter(({name}) => /\\/[esa](\\?|$)/.test(name)).length;
  const look = () => (count() < NUMBER ? setTimeout(look, 20) : done());
  look();
})
"""


def said_in(tilde: Any, product: int) -> list[dict[str, Any]]:
    """What stands in topic `activity` of a product, with what its people's keys open: each thing once, by its time."""
    folder = edge_folder(tilde.data)
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    with closing(
        Keyholders(KeyholderFile(keyholders_path(folder)), open_keyring(load_settings(data=tilde.data)))
    ) as keyholders:
        for record in activity_in(folder):
            if record["product"] != product:
                continue
            texts = iter(keyholders.opened(record["key"], record["said"])["texts"] if record["said"] else ())
            said = {
                each["name"]: each["number"] if each["text"] is None else next(texts) for each in record["properties"]
            }
            who = keyholders.opened(record["key"], record["who"])["id"]
            other = record["other"] and keyholders.opened(record["other_key"], record["other_who"])["id"]
            told = {name: record[name] for name in ("act", "name", "identity", "at")}
            found.setdefault(
                (record["act"], record["name"], who, record["at"]), told | {"who": who, "other": other, "said": said}
            )
    return list(found.values())


@pytest.mark.skipif(PROGRAM is None, reason="Chromium is missing (Debian package chromium)")
def test_what_somebody_does_on_a_page_with_kissmetrics_code_is_in_the_log_as_his(shared):
    """He sees an offer, opens the cart, says who he is by a form, leaves to the next page and from there to elsewhere.
    What he did before he had a name is joined to it; what he typed as a password is nowhere.
    """
    product = shared.client.get(f"/tilde/v1/accounts/{shared.account['name']}", headers=shared.operator()).json()[
        "product"
    ]["id"]
    given = shared.client.patch(f"/tilde/v1/products/{product}", headers=shared.operator(), json={"tracking_key": KEY})
    assert given.is_success, given.text

    with LibraryPages() as pages:
        away = pages.url("partner.test", "/away")
        shop = PAGE.replace("TILDE", str(shared.port)).replace("KEY", KEY).replace("AWAY", away)
        pages.pages |= {"/shop": shop, "/thanks": shop, "/away": "<title>Away</title>"}
        browser = Browser()
        try:
            with browser.tab() as tab:
                tab.open(pages.url("www.awesome.test", "/shop?utm_source=news&kme=Clicked+Mail&km_Letter=March"))
                tab.run(HAS_LEFT.replace("NUMBER", "4"))
                tab.click("#open")
                tab.click("#send")
                tab.loaded()
                tab.run(HAS_LEFT.replace("NUMBER", "1"))
                name = tab.run("KM.i()")
                tab.click(".away")
                tab.loaded()
        finally:
            browser.close()

    wanted = {"clicked mail", "viewed offer", "visited site", "ad campaign hit", "opened cart", "ordered", "left"}
    until(
        lambda: {each["name"] for each in said_in(shared, product)} >= wanted,
        PATIENCE_S,
        lambda: f"not there: {said_in(shared, product)}",
    )
    activity = said_in(shared, product)
    events = {each["name"]: each for each in activity if each["act"] == "event"}
    (alias,) = [each for each in activity if each["act"] == "alias"]
    unknown = events["visited site"]["who"]
    assert name == ANN
    assert re.fullmatch(r"[A-Za-z\d+/]{27}=", unknown)
    assert {alias["who"], alias["other"]} == {unknown, ANN}
    assert {name: (each["who"], each["said"]) for name, each in events.items() if name != "viewed offer"} == {
        "clicked mail": (unknown, {"letter": "March"}),
        "visited site": (unknown, {"url": events["ad campaign hit"]["said"]["url"], "referrer": "Direct"}),
        "ad campaign hit": (
            unknown,
            {
                "url": pages.url("www.awesome.test", "/shop?utm_source=news&kme=Clicked+Mail&km_Letter=March"),
                "campaign source": "news",
            },
        ),
        "opened cart": (unknown, {}),
        "ordered": (ANN, {"step": 1, "email": ANN, "colour": "blue"}),
        "left": (ANN, {}),
    }
    offers = [each for each in activity if each["name"] == "viewed offer"]
    offer = {"offer": "red shoes", "price": 99.95}
    assert {each["who"]: each["said"] for each in offers} == {unknown: offer, ANN: offer}
    keyring = open_keyring(load_settings(data=shared.data))
    assert {(each["who"], each["identity"]) for each in activity} == {
        (who, keyring.keyed_hash(product, PERSON, who)) for who in (unknown, ANN)
    }
    assert "hunter2" not in str(activity)


def test_the_library_is_forbidden_where_nobody_has_the_key(shared):
    answer = shared.client.get(f"/{'0' * 40}.2.js")

    assert (answer.status_code, answer.headers["cache-control"]) == (403, "no-store")
