"""The account that a data folder begins with: it is made before anybody is let in, so an account that somebody asks for
while the first start is under way is the second one.

It takes a process of its own: the supervisor, which stays, needs nothing of what makes an account.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from run.process.folder_lock import DataFolder
from run.process.supervisor import TILDE
from run.process.untold_token import UntoldToken
from tilde import own_paths
from tilde.domain.catalog.keys import KeyKind
from tilde.runtime.telling import tell
from tilde.settings import Settings, open_keyring

FIRST_ACCOUNT = "main"
COMMAND = "embedded-first-account"
PATIENCE_S = 300  # nobody is let in before, and nothing else is begun


def first_account(lock: int, config: Path | None) -> dict[str, Any] | None:
    """Makes it, in a folder that is held by `lock`; with its token, for the only time. None where it could not be made:
    then its process has told why, and posts are taken all the same.
    """
    with_config = ["--config", str(config.absolute())] if config is not None else []
    command = [*TILDE, COMMAND, "--lock", str(lock), *with_config]
    try:
        done = subprocess.run(command, pass_fds=[lock], stdout=subprocess.PIPE, check=True, timeout=PATIENCE_S)  # noqa: S603 - words of ours
    except subprocess.CalledProcessError:
        tell("up", f"the account {FIRST_ACCOUNT} is not made yet: what said why stands above")
        return None
    except subprocess.TimeoutExpired:
        tell("up", f"the account {FIRST_ACCOUNT} is not made yet: it was waited for {PATIENCE_S} seconds")
        return None
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def make_first_account(settings: Settings, lock: int) -> dict[str, Any]:
    """Makes it, in the process that was begun for it. Raises TildeError."""
    from run.roles.offline import offline_operator  # noqa: PLC0415 - the supervisor, which stays, needs no web framework

    folder = DataFolder(settings.data)
    untold = UntoldToken(folder, open_keyring(settings))
    with offline_operator(settings, folder, lock, needs_store=False) as here:
        made: dict[str, Any] = here.call("POST", own_paths.ACCOUNTS, account_request(untold))
    return made


def account_request(untold: UntoldToken) -> dict[str, Any]:
    """What makes it, with a token that outlives whoever is to show it. Raises TildeError."""
    return {"name": FIRST_ACCOUNT, "keys": {KeyKind.TOKEN.value: untold.kept()}}
