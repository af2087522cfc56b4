"""The dialects that Tilde speaks. Another one adds its record here, and what its users may set, where there is
something: no general room hears of either.
"""

from tilde.dialects.clicky import CLICKY
from tilde.dialects.dialect import Dialects
from tilde.dialects.kissmetrics import KISSMETRICS
from tilde.dialects.links import LINKS
from tilde.dialects.stathat.record import STATHAT
from tilde.dialects.stathat.settings import StatHatSettings
from tilde.dialects.statsmix.record import STATSMIX
from tilde.dialects.statsmix.settings import StatsMixSettings
from tilde.dialects.tilde_v1 import TILDE_V1

# A script is asked for by a key or by a site's number: a key may have no letter in it, and no site has so many digits.
DIALECTS = Dialects((STATHAT, STATSMIX, KISSMETRICS, CLICKY, LINKS, TILDE_V1))
TRIALS = [dialect.trial for dialect in DIALECTS.records if dialect.trial is not None]


class DialectSettings(StatHatSettings, StatsMixSettings):
    """The settings of all dialects; `Settings` inherits them."""
