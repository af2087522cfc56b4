// All of them in one process: `node tests/unit/tracker/all.js`.
import "./addresses.test.js";
import "./query.test.js";
import "./rules.test.js";
import "./tracker.test.js";
