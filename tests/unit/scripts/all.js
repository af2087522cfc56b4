// All of them in one process: `node tests/unit/scripts/all.js`.
import "./browser/cookies.test.js";
import "./browser/encoded.test.js";
import "./browser/privacy.test.js";
import "./tracker/addresses.test.js";
import "./tracker/query.test.js";
import "./tracker/rules.test.js";
import "./tracker/tracker.test.js";
