"""uv is told what the user has told pip: index, certificates, proxy."""

import pytest

from tools.uv import environment, settings_of_pip

LISTING = """\
:env:.cert='/etc/company.pem'
:env:.config-file='/home/a/pip.conf'
global.cert='/etc/old.pem'
global.extra-index-url='\\nhttps://a.example/simple\\nhttps://b.example/simple'
global.index-url='https://user:pass@index.example/simple?a=b'
install.find-links='/wheels /more'
list.format='columns'
"""


def test_every_line_that_pip_prints_of_an_installation_is_read():
    """What the environment says stands above the files; what is about other commands is passed over."""
    assert settings_of_pip(LISTING) == {
        "cert": "/etc/company.pem",
        "config-file": "/home/a/pip.conf",
        "extra-index-url": "\nhttps://a.example/simple\nhttps://b.example/simple",
        "index-url": "https://user:pass@index.example/simple?a=b",
        "find-links": "/wheels /more",
    }


def test_a_company_index_with_its_certificate_holds_for_uv_too():
    assert environment(settings_of_pip(LISTING), {}) == {
        "UV_DEFAULT_INDEX": "https://user:pass@index.example/simple?a=b",
        "UV_INDEX": "https://a.example/simple https://b.example/simple",
        "UV_FIND_LINKS": "/wheels,/more",
        "SSL_CERT_FILE": "/etc/company.pem",
    }


@pytest.mark.parametrize(
    ("pip", "given", "added"),
    [
        ({}, {}, {}),
        ({"index-url": "https://a"}, {"UV_DEFAULT_INDEX": "https://b"}, {}),
        ({"cert": "/a"}, {"SSL_CERT_FILE": "/b"}, {"SSL_CERT_FILE": "/a"}),
        ({}, {"REQUESTS_CA_BUNDLE": "/a"}, {"SSL_CERT_FILE": "/a"}),
        ({}, {"REQUESTS_CA_BUNDLE": "/a", "SSL_CERT_FILE": "/b"}, {}),
        ({"cert": "/c"}, {"REQUESTS_CA_BUNDLE": "/a"}, {"SSL_CERT_FILE": "/c"}),
        ({"proxy": "http://p:1"}, {"HTTPS_PROXY": "http://q:1"}, dict.fromkeys(("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY"), "http://p:1")),
        ({"no-index": "yes"}, {}, {"UV_NO_INDEX": "true"}),
        ({"no-index": "false"}, {}, {"UV_NO_INDEX": "false"}),
        ({"trusted-host": "\na:1\nb"}, {}, {"UV_INSECURE_HOST": "a:1 b"}),
        ({"keyring-provider": "subprocess"}, {}, {"UV_KEYRING_PROVIDER": "subprocess"}),
        ({"keyring-provider": "auto"}, {}, {}),
    ],
)  # fmt: skip
def test_each_setting_becomes_the_one_that_uv_knows(pip, given, added):
    """What was set for uv itself stands; pip's own options stand above what is set for all programs."""
    assert environment(pip, given) == added
