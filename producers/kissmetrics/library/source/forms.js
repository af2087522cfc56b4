// What somebody typed into a form that the page has submitted: what Kissmetrics' library took, and nothing that is secret.

const SECRET = /pass|billing|creditcard|cardnum|^cc|ccnum|exp|seccode|securitycode|securitynum|cvc|cvv|ssn|socialsec|socsec|csc/i;
const NEVER = /^(?:password|file)$/; // whatever classes say
const EMAIL = /email/i;
const IDENTITY = /userid|login|username|email/i;

/** `user[name]` is called user_name. */
const nameOf = ({ name }) => name.replace(/^(.+?)\[(.+?)\]/, "$1_$2");
const bareOf = (field) => nameOf(field).replace(/[_\-\\[\]]/g, "");
const isIdentity = (field) => IDENTITY.test(bareOf(field));

function isTaken(field) {
  const { name, type, classList } = field;
  const is = (...tags) => tags.includes(field.tagName);
  if (!name || NEVER.test(type) || (/^(?:radio|checkbox)$/.test(type) && !field.checked)) return false;
  if (classList.contains("km_include")) return true;
  if (classList.contains("km_ignore") || SECRET.test(bareOf(field))) return false;
  const isText = /^(?:text|radio|checkbox)$/.test(type) || (type !== "hidden" && isIdentity(field));
  return is("SELECT") || (is("INPUT") && isText);
}

function valueOf(field) {
  if (field.tagName !== "SELECT") return field.value;
  return [...field.selectedOptions].map((option) => option.value || option.text).join(",");
}

/** The fields of a form as properties, and who it says that it is: `{properties, identity}`. */
export function filledOf(form) {
  const properties = {};
  const taken = [...form.elements].filter(isTaken);
  for (const field of taken) {
    const name = nameOf(field).replace(/\[\]$/, "");
    const isOneOfSeveral = name in properties && field.type === "checkbox";
    properties[name] = isOneOfSeveral ? `${properties[name]},${valueOf(field)}` : valueOf(field);
  }
  const says = (name) => taken.find((field) => name.test(bareOf(field)) && field.value.trim())?.value.trim();
  return { properties, identity: says(EMAIL) ?? says(IDENTITY) }; // many are called Ann
}
