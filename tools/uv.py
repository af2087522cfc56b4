"""Runs the uv beside this interpreter; the user's settings of pip hold: index, certificates, proxy and the like.

uv asks the same questions as pip and reads none of pip's answers. Who has told pip of a company's index need not find
that out. What is set for uv itself, by a UV_ variable, is left as it is.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

# What pip calls it, and what uv does.
VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
    "retries": "UV_HTTP_RETRIES",
    "keyring-provider": "UV_KEYRING_PROVIDER",
}
SEPARATORS = {"UV_FIND_LINKS": ","}  # of a variable that takes several; others' are blanks
SECTIONS = ("global", "install", ":env:")  # the later ones win
OF_REQUESTS = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # pip reads them for its library's sake


def settings_of_pip(listing: str) -> dict[str, str]:
    """The settings that `pip config list` prints, a line each: `global.index-url='https://...'`."""
    found: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for line in listing.splitlines():
        name, _, value = line.partition("=")
        section, _, option = name.rpartition(".")
        if section in found and value:
            found[section][option] = str(ast.literal_eval(value))
    return {option: value for section in SECTIONS for option, value in found[section].items()}


def environment(pip: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """What to add to the environment `given`, so that uv does as pip does with its settings."""
    added: dict[str, str] = {}
    for option, variable in VARIABLES.items():
        if option in pip and not (variable.startswith("UV_") and variable in given):
            added[variable] = SEPARATORS.get(variable, " ").join(pip[option].split())
    if "UV_NO_INDEX" in added:
        added["UV_NO_INDEX"] = str(added["UV_NO_INDEX"].lower() in ("1", "yes", "true", "on")).lower()
    if added.get("UV_KEYRING_PROVIDER") not in (None, "subprocess"):
        del added["UV_KEYRING_PROVIDER"]  # pip's others mean its own Python's keyring, or none
    if "ALL_PROXY" in added:  # pip's option is above the usual variables
        added |= {"HTTP_PROXY": added["ALL_PROXY"], "HTTPS_PROXY": added["ALL_PROXY"]}
    for variable in OF_REQUESTS:
        if variable in given and "SSL_CERT_FILE" not in {*given, *added}:
            added["SSL_CERT_FILE"] = given[variable]
    return added


def main(arguments: Iterable[str]) -> None:
    """Becomes uv."""
    pip = [sys.executable, "-m", "pip", "config", "list"]
    listing = subprocess.run(pip, capture_output=True, text=True, check=False).stdout
    uv = Path(sys.executable).with_name("uv")
    os.execve(uv, [str(uv), *arguments], os.environ | environment(settings_of_pip(listing), os.environ))


if __name__ == "__main__":
    main(sys.argv[1:])
