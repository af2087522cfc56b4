// All of them in one process: `node tests/unit/scripts/all.js`.
import "./browser/cookies.test.js";
import "./browser/encoded.test.js";
import "./browser/privacy.test.js";
import "./library/arrival.test.js";
import "./library/forms.test.js";
import "./library/outbox.test.js";
import "./library/patterns.test.js";
import "./library/person.test.js";
import "./library/queries.test.js";
import "./library/variations.test.js";
import "./library/watching.test.js";
import "./tracker/addresses.test.js";
import "./tracker/query.test.js";
import "./tracker/rules.test.js";
import "./tracker/tracker.test.js";
