"""Whatever a user agent says: nothing that tells one device or somebody is left of it in plain."""

import re

from hypothesis import given
from hypothesis import strategies as st

from tilde.domain.hits.user_agent import plain_agent

HEX = "0123456789abcdef"
LETTERS = st.text("abcxyzABCXYZ", min_size=1, max_size=8)
MAILS = st.builds("{}@{}.org".format, LETTERS, LETTERS)
CARDS = st.builds(
    lambda pairs, between: between.join(pairs),
    st.lists(st.from_regex(r"[0-9A-F]{2}|[0-9a-f]{2}", fullmatch=True), min_size=6, max_size=6),
    st.sampled_from(":-"),
)
CAPITALS = st.from_regex(r"(?=[A-Z]*[0-9])[A-Z0-9]{8,16}", fullmatch=True)
SMALL = st.text(HEX, min_size=8, max_size=40).filter(lambda text: sum(map(str.isdigit, text)) > 2)
NUMBERS = st.from_regex(r"[0-9]{6,20}", fullmatch=True)
SECRETS = MAILS | CARDS | CAPITALS | SMALL | NUMBERS
AROUND = st.sampled_from(
    [
        *("{}", "App/{}", "App/2.{}", "App/2 id={}", "App/2 ({}; iOS 17)", "App/2 [x]{}", "mailto:{}", "App/2 ({})"),
        *("id:{}", "<{}>", '"{}"', "Gecko/{}", "App/2-{}", "App-{}/2", "v{}", "App_{}", "https://a.example/{}", "#{},"),
    ]
)
BROWSERS = st.sampled_from(["", "Mozilla/5.0 (Linux; Android 14; SM-G991B) ", "Opera/9.80 (J2ME/MIDP; "])
PIECES = st.sampled_from(
    ["(", ")", ";", " ", "/", "[", "]", ".", "_", "-", ":", "1", "12", "345", "Ab", "rv", "'s", "é"]
)
ANYTHING = st.text(max_size=60) | st.lists(PIECES | SECRETS, max_size=14).map("".join)


@given(BROWSERS, AROUND, SECRETS)
def test_no_mail_no_network_card_no_serial_and_no_long_number_is_left(browser, around, secret):
    assert secret not in plain_agent(browser + around.format(secret))


@given(ANYTHING)
def test_what_is_left_has_no_long_number_and_is_left_again(agent):
    plain = plain_agent(agent)

    assert "@" not in plain
    assert re.search(r"\d{6}", plain) is None
    assert plain_agent(plain) == plain
